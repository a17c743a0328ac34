#include "ui/panels/link_dialog.hpp"

#include "ui/draw/widgets.hpp"
#include "ui/panels/dialogs.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

void draw_warnings(const WebLink& link) {
    if (!link.written_host.empty()) {
        words_wrapped(say(Text::link_written, {link.written_host}), Type::small, palette().ink);
    }
    if (link.is_look_alike) {
        words_wrapped(say(Text::link_look_alike), Type::small, palette().bad);
    }
    if (!link.user.empty()) {
        words_wrapped(say(Text::link_user, {link.user}), Type::small, palette().bad);
    }
    if (!link.is_encrypted) {
        words_wrapped(say(Text::link_plain), Type::small, palette().ink_soft);
    }
}

}  // namespace

void ask_about_link(UiState& state, std::string_view url) {
    auto link = look_at_link(url);
    if (!link) return;
    state.trust.link = {std::move(link), true};
}

void draw_link_dialog(UiState& state) {
    LinkDialog& dialog = state.trust.link;
    if (!begin_dialog("link", dialog.is_to_open, 480)) return;
    const WebLink& link = *dialog.link;
    const float width = ImGui::GetContentRegionAvail().x;
    const float third = (width - pt(16)) / 3;
    words(say(Text::link_title), Type::strong, palette().ink);
    words(say(Text::link_leads_to), Type::tiny, palette().ink_soft);
    words_wrapped(link.host, Type::title, palette().ink);
    draw_warnings(link);
    words_cut(link.url, Type::tiny, palette().ink_soft, width);
    ImGui::Spacing();
    if (button(1, say(Text::cancel), ButtonLook::plain, third)) ImGui::CloseCurrentPopup();
    ImGui::SameLine(0, pt(8));
    if (button(2, say(Text::copy), ButtonLook::plain, third)) {
        copy_text(state, link.url);
        ImGui::CloseCurrentPopup();
    }
    ImGui::SameLine(0, pt(8));
    if (button(3, say(Text::link_open), ButtonLook::primary, third)) {
        state.requests.push_back(request::OpenLink{link.url});
        ImGui::CloseCurrentPopup();
    }
    end_dialog();
}

}  // namespace dropline::ui
