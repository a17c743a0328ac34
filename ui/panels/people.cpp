#include "ui/panels/people.hpp"

#include <algorithm>
#include <string>

#include "ui/draw/widgets.hpp"
#include "ui/panels/trust_dialogs.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

constexpr float person_row_points = 50;

std::size_t unread(const Model& model, const UiState& state, const Conversation& conversation) {
    const auto known = model.timelines().find(conversation);
    if (known == model.timelines().end()) return 0;
    const auto view = state.views.find(conversation);
    const std::size_t seen = view == state.views.end() ? 0 : view->second.seen_news;
    return known->second.news_count() - std::min(known->second.news_count(), seen);
}

/// The row's ground: chosen, lit under the mouse or under a dragged file.
void paint_ground(ImVec2 min, ImVec2 max, bool is_open, bool is_hovered, bool is_dropping) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    if (is_dropping) {
        list.AddRectFilled(min, max, ink(palette().accent), pt(10));
    } else if (is_open || is_hovered) {
        list.AddRectFilled(min, max, ink(is_open ? palette().pressed : palette().hover), pt(10));
    }
    paint_focus_of_last_item(pt(10));
}

/// What is known about whose key this is.
struct TrustMark {
    Text label;
    Color color;
    std::string tip;
};

TrustMark trust_mark(const Peer& peer) {
    if (peer.is_verified) {
        return {Text::verified, palette().good, std::string(say(Text::verified_tip))};
    }
    if (peer.imitates) {
        return {Text::imitates, palette().bad,
                say(Text::imitates_tip, {key_tag(peer.id), key_tag(*peer.imitates)})};
    }
    if (peer.is_known) {
        return {Text::known, palette().ink_soft, std::string(say(Text::known_tip))};
    }
    return {Text::not_verified, palette().ink_soft, std::string(say(Text::not_met_tip))};
}

/// The second line: where they are, and what is to be known about them.
void paint_details(const Model& model, const Person& person, ImVec2 where, float width) {
    float x = where.x;
    const auto chip = [&](std::string_view text, Color color) {
        if (x + chip_width(text) > where.x + width) return;
        x += paint_chip({x, where.y}, text, color) + pt(5);
    };
    const TrustMark trust = trust_mark(person.peer);
    const float kept = person.is_here ? chip_width(say(trust.label)) + pt(5) : 0;
    const float host_width = chip_width(say(Text::host_mark));
    // Where both marks have no room, the one that warns stays.
    if (person.peer.role == Role::host && person.is_here && host_width + kept <= width + pt(5)) {
        chip(say(Text::host_mark), palette().accent_ink);
    }
    if (person.is_here && person.peer.role == Role::guest) {
        chip(say(Text::guest_mark), palette().ink_soft);
    }
    if (person.is_here && person.peer.is_muted) chip(say(Text::muted_mark), palette().warn);
    if (!person.is_here) chip(say(Text::away), palette().ink_soft);
    if (person.is_here) {
        const float trust_x = x;
        chip(say(trust.label), trust.color);
        const ImVec2 max{x, where.y + line_height(Type::tiny)};
        if (x > trust_x && ImGui::IsWindowHovered() &&
            ImGui::IsMouseHoveringRect({trust_x, where.y}, max)) {
            tip_at_mouse(trust.tip);
        }
    }
    if (model.shares_name(person.peer.id)) return;
    if (x + pt(40) < where.x + width) {
        paint_cut({x, where.y + pt(1)}, person.peer.address, Type::tiny, palette().ink_soft,
                  where.x + width - x);
    }
}

/// What waits for this person: messages to read, and offers to answer unless they are in sight.
std::size_t waiting(const Model& model, const UiState& state, const PeerId& from) {
    const Conversation conversation{from};
    const std::size_t offers =
        state.open == conversation ? 0 : model.transfers().unanswered_count(from);
    return unread(model, state, conversation) + offers;
}

void paint_person(const Model& model, const UiState& state, const Person& person, ImVec2 min,
                  ImVec2 max, bool is_dropping) {
    const std::size_t news = waiting(model, state, person.peer.id);
    const float badge = news > 0 ? pt(34) : 0;
    const float text_x = min.x + pt(48);
    const float width = max.x - text_x - pt(8) - badge;
    paint_avatar({min.x + pt(25), (min.y + max.y) / 2}, pt(16), person.peer.id, person.peer.name,
                 person.is_here ? 1.0F : 0.5F);
    const Color name_color = is_dropping      ? palette().on_accent
                             : person.is_here ? palette().ink
                                              : palette().ink_soft;
    const std::string tag =
        model.shares_name(person.peer.id) ? " " + key_tag(person.peer.id) : std::string();
    const float tag_width = tag.empty() ? 0 : width_of(tag, Type::tiny) + pt(4);
    const Type type = news > 0 ? Type::strong : Type::body;
    paint_cut({text_x, min.y + pt(5)}, person.peer.name, type, name_color, width - tag_width);
    if (!tag.empty()) {
        const float name_width = std::min(width_of(person.peer.name, type), width - tag_width);
        paint({text_x + name_width, min.y + pt(9)}, tag, Type::tiny, ink(palette().ink_soft));
    }
    const ImVec2 second{text_x, min.y + pt(27)};
    if (is_dropping) {
        paint_cut(second, say(Text::drop_to_send, {person.peer.name}), Type::tiny,
                  palette().on_accent, width);
    } else {
        paint_details(model, person, second, width);
    }
    if (news > 0) paint_badge({max.x - pt(8), (min.y + max.y) / 2}, news);
}

/// What only a host can wish.
Commands draw_host_entries(UiState& state, const Peer& peer) {
    Commands commands;
    ImGui::Separator();
    if (menu_entry(say(peer.is_muted ? Text::unmute : Text::mute))) {
        commands.push_back({command::Mute{to_text(peer.id), !peer.is_muted}, "mute"});
    }
    const bool is_guest = peer.role == Role::guest;
    if (menu_entry(say(is_guest ? Text::make_member : Text::make_guest))) {
        const Role role = is_guest ? Role::member : Role::guest;
        commands.push_back({command::SetRole{to_text(peer.id), role}, "role"});
    }
    if (menu_entry(say(Text::kick))) state.kick = {peer.id, {}, true};
    if (menu_entry(say(Text::ban))) state.ban = {peer.id, 0, {}, true};
    return commands;
}

Commands draw_menu_entries(const Model& model, UiState& state, const Person& person) {
    const Conversation to{person.peer.id};
    if (menu_entry(say(Text::open_private))) open_conversation(state, to);
    if (person.is_here) {
        if (menu_entry(say(Text::send_files))) {
            state.requests.push_back(request::ChooseFiles{to});
        }
        if (menu_entry(say(Text::send_folder))) {
            state.requests.push_back(request::ChooseFolderToSend{to});
        }
    }
    if (menu_entry(say(Text::copy_fingerprint))) {
        copy_text(state, fingerprint_text(person.peer.id));
    }
    ImGui::Separator();
    Commands commands = draw_trust_entries(model, state, person);
    if (!model.is_host() || !person.is_here) return commands;
    Commands wished = draw_host_entries(state, person.peer);
    append(commands, wished);
    return commands;
}

/// Whose menu it is: the list may have moved since it was opened.
void draw_menu_head(const std::string& name) {
    ImGui::SetCursorPosX(ImGui::GetCursorPosX() + pt(12));
    words_cut(name, Type::tiny, palette().ink_soft, pt(188));
    ImGui::Separator();
}

Commands draw_menu(const Model& model, UiState& state, const Person& person) {
    if (!begin_menu_of_last_item("menu")) return {};
    draw_menu_head(model.name_of(person.peer.id));
    Commands commands = draw_menu_entries(model, state, person);
    end_menu();
    return commands;
}

Commands draw_person(const Model& model, UiState& state, const Person& person) {
    ImGui::PushID(person.number);
    const Conversation to{person.peer.id};
    const ImVec2 min = ImGui::GetCursorScreenPos();
    const Pressed row = area("person", {ImGui::GetContentRegionAvail().x, pt(person_row_points)});
    const ImVec2 max = ImGui::GetItemRectMax();
    if (row.is_pressed) open_conversation(state, to);
    Commands commands = draw_menu(model, state, person);
    const bool is_dropping = person.is_here && add_drop_target(state, {min, max, to});
    paint_ground(min, max, state.open == to, row.is_hovered, is_dropping);
    paint_person(model, state, person, min, max, is_dropping);
    ImGui::PopID();
    return commands;
}

void draw_everyone(const Model& model, UiState& state) {
    ImGui::PushID(-1);
    const Conversation to{};
    const std::size_t here = model.people().here_count();
    const ImVec2 min = ImGui::GetCursorScreenPos();
    const Pressed row = area("everyone", {ImGui::GetContentRegionAvail().x, pt(person_row_points)});
    const ImVec2 max = ImGui::GetItemRectMax();
    if (row.is_pressed) open_conversation(state, to);
    const bool is_dropping = here > 0 && add_drop_target(state, {min, max, to});
    paint_ground(min, max, state.open == to, row.is_hovered, is_dropping);
    const Color name_color = is_dropping ? palette().on_accent : palette().ink;
    const Color soft = is_dropping ? palette().on_accent : palette().ink_soft;
    const std::size_t news = unread(model, state, to);
    const ImVec2 center{min.x + pt(25), (min.y + max.y) / 2};
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddCircleFilled(center, pt(16), ink(palette().accent));
    draw_icon(list, Icon::people, center, pt(17), ink(palette().on_accent));
    const float width = max.x - min.x - pt(92);
    paint_cut({min.x + pt(48), min.y + pt(5)}, say(Text::everyone),
              news > 0 ? Type::strong : Type::body, name_color, width);
    std::string count(say(model.is_in_room() ? Text::members_one : Text::status_none));
    if (here > 0) count = say(Text::members_many, {std::to_string(here + 1)});
    paint_cut({min.x + pt(48), min.y + pt(28)}, count, Type::tiny, soft, width);
    if (news > 0) paint_badge({max.x - pt(8), (min.y + max.y) / 2}, news);
    ImGui::PopID();
}

/// Those away are listed only while there is something between us.
std::vector<const Person*> listed(const Model& model, const UiState& state) {
    std::vector<const Person*> rows;
    rows.reserve(model.people().here_count());
    for (const Person& person : model.people().all()) {
        const Conversation to{person.peer.id};
        const bool is_listed = person.is_here || state.open == to || !model.timeline(to).is_empty();
        if (is_listed) rows.push_back(&person);
    }
    return rows;
}

void draw_nobody(const Model& model) {
    ImGui::SetCursorPosX(ImGui::GetCursorPosX() + pt(8));
    ImGui::BeginGroup();
    if (!model.is_in_room()) {
        words_wrapped(say(Text::people_appear), Type::tiny, palette().ink_soft);
    } else {
        words_wrapped(say(Text::nobody_here), Type::tiny, palette().ink_soft);
        if (model.is_host()) {
            words_wrapped(say(Text::nobody_here_host), Type::tiny, palette().ink_soft);
        }
    }
    ImGui::EndGroup();
}

}  // namespace

Commands draw_people(const Model& model, UiState& state) {
    Commands commands;
    words_cut(say(Text::people), Type::tiny, palette().ink_soft, ImGui::GetContentRegionAvail().x);
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, pt(8, 2));
    draw_everyone(model, state);
    const std::vector<const Person*> rows = listed(model, state);
    ImGuiListClipper clipper;
    clipper.Begin(static_cast<int>(rows.size()), pt(person_row_points) + pt(2));
    while (clipper.Step()) {
        for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
            const Commands wished = draw_person(model, state, *rows[static_cast<std::size_t>(i)]);
            append(commands, wished);
        }
    }
    ImGui::PopStyleVar();
    if (rows.empty()) draw_nobody(model);
    return commands;
}

}  // namespace dropline::ui
