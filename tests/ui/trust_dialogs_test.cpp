// What the window says about trust, and that only the buttons meant for it change any.
#include "ui/panels/trust_dialogs.hpp"

#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <string>

#include "net/api/safety_symbols.hpp"
#include "tests/ui/made_up.hpp"
#include "tests/ui/undisplayed_window.hpp"
#include "ui/panels/conversation.hpp"
#include "ui/panels/safety_dialog.hpp"

using namespace dropline;
using namespace dropline::ui;
using made_up::happens;
using made_up::Screen;

namespace {

const Peer hanna = made_up::peer(2, "Hanna", Role::host);

Peer false_ann() {
    Peer peer = made_up::peer(4, "\u0410nn");
    peer.imitates = made_up::ann.id;
    return peer;
}

Model room_with(const std::vector<Peer>& others) {
    Model model(made_up::mara.id, made_up::mara.name);
    std::vector<Peer> people{hanna};
    people.insert(people.end(), others.begin(), others.end());
    model.apply(happens(event::Joined{"Room", made_up::mara, hanna, people, false}));
    return model;
}

std::vector<Notice> notices(const Model& model) {
    std::vector<Notice> all;
    const Timeline& timeline = model.timeline(Conversation{});
    for (std::size_t row = 0; row < timeline.size(); ++row) {
        if (const auto* notice = std::get_if<Notice>(&timeline.at(row).body)) {
            all.push_back(*notice);
        }
    }
    return all;
}

bool is_dialog_open() { return ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopup); }

/// Clicks all over the window, from the left edge or `left`; `open` is called before each click.
/// What was asked for comes back.
Commands click_everywhere(Screen& screen, const Model& model, const std::function<void()>& open,
                          float left = 10) {
    Commands all;
    const auto draw = [&] {
        const Commands commands = screen.draw(model);
        all.insert(all.end(), commands.begin(), commands.end());
    };
    const ImVec2 size = ImGui::GetIO().DisplaySize;
    for (float y = 10; y < size.y; y += 18) {
        for (float x = left; x < size.x; x += 70) {
            open();
            draw();
            ImGui::GetIO().AddMousePosEvent(x, y);
            draw();
            ImGui::GetIO().AddMouseButtonEvent(ImGuiMouseButton_Left, true);
            draw();
            ImGui::GetIO().AddMouseButtonEvent(ImGuiMouseButton_Left, false);
            draw();
        }
    }
    return all;
}

template <typename Wanted>
std::vector<Wanted> only(const Commands& commands) {
    std::vector<Wanted> found;
    for (const Command& command : commands) {
        if (const auto* wanted = std::get_if<Wanted>(&command.body)) found.push_back(*wanted);
    }
    return found;
}

event::Safety safety_with(const Peer& peer) {
    return {peer, {std::string(60, '4'), {0, 1, 2, 3, 60, 61, 62, 63}}};
}

}  // namespace

TEST_CASE("the window's words for the symbols are those of the list, in its order") {
    for (std::size_t i = 0; i < safety_symbol_list.size(); ++i) {
        CHECK(say_in(Language::english, text_of_symbol(static_cast<std::uint8_t>(i))) ==
              safety_symbol_list[i].word);
    }
}

TEST_CASE("C2 what marks a person as verified says that it is the digits that match") {
    for (const auto language : {Language::english, Language::chinese}) {
        use_language(language);
        CHECK(std::string(say(Text::safety_match)).find("60") != std::string::npos);
    }
    use_language(Language::english);
    CHECK(std::string(say(Text::safety_symbols)).find("verifies nobody") != std::string::npos);
}

TEST_CASE("that nobody else reads along is said only of those whose keys were compared") {
    Peer checked = made_up::peer(5, "Bea");
    checked.is_verified = true;
    Peer known = made_up::peer(6, "Carl");
    known.is_known = true;
    Model model = room_with({made_up::ann, checked, known});
    CHECK(private_note(model, made_up::ann.id) == Text::private_note_unchecked);
    CHECK(private_note(model, known.id) == Text::private_note_unchecked);
    CHECK(private_note(model, checked.id) == Text::private_note);
    model.apply(happens(event::PeerLeft{checked, "left"}));
    CHECK(private_note(model, checked.id) == Text::private_note_away);
    for (const Peer& peer : {made_up::ann, checked}) {
        Screen screen;
        screen.state.open = Conversation{peer.id};
        for (int frame = 0; frame < 2; ++frame) screen.draw(model);
    }
}

TEST_CASE("B6: names that look alike carry key tags, and it is said when they meet") {
    Model model = room_with({made_up::ann});
    CHECK(model.name_of(made_up::ann.id) == "Ann");
    const Peer other = made_up::peer(5, "ANN");
    model.apply(happens(event::PeerJoined{other}));
    CHECK(model.name_of(made_up::ann.id) == "Ann " + key_tag(made_up::ann.id));
    CHECK(model.name_of(other.id) == "ANN " + key_tag(other.id));
    CHECK(notices(model).back().kind == NoticeKind::looks_alike);
    // What the other one said still stands there.
    model.apply(happens(event::PeerLeft{other, "left"}));
    CHECK(model.name_of(made_up::ann.id) == "Ann " + key_tag(made_up::ann.id));
    model.apply(happens(event::Disconnected{"lost", 1, {}}));
    CHECK(model.name_of(other.id) == "ANN " + key_tag(other.id));
}

TEST_CASE("B6: who wrote under somebody's name and has gone is not taken for that one") {
    Model model = room_with({made_up::ann});
    ChatMessage earlier = made_up::room_message(70, made_up::peer(6, "Ann"), "send me the key", 1);
    earlier.is_earlier = true;
    model.apply(happens(event::History{Conversation{}, {earlier}}));
    CHECK(model.name_of(earlier.from) == "Ann " + key_tag(earlier.from));
    CHECK(model.name_of(made_up::ann.id) == "Ann " + key_tag(made_up::ann.id));
}

TEST_CASE("B6: who looks like a verified person is marked, also when that one is away") {
    Model model = room_with({});
    model.apply(happens(event::PeerJoined{false_ann()}));
    CHECK(notices(model).back().kind == NoticeKind::imitates);
    CHECK(model.name_of(false_ann().id) == "\u0410nn " + key_tag(false_ann().id));
}

TEST_CASE("B6: what is meant for a look-alike alone waits until somebody is sure") {
    const Model model = room_with({made_up::ann, false_ann()});
    UiState state;
    const Conversation to{false_ann().id};
    const Commands wishes{{command::Say{to_text(false_ann().id), "secret", {}}, {}},
                          send_command(to, {"/tmp/a"}),
                          {command::Say{to_text(made_up::ann.id), "hello", {}}, {}},
                          {command::Say{"", "to all", {}}, {}},
                          {command::Say{to_text(false_ann().id), "sure", {}, true}, {}}};
    const Commands now = hold_back_for_look_alikes(model, state, wishes);
    CHECK(now.size() == 3);
    CHECK(state.trust.look_alike.held.size() == 2);
    CHECK(state.trust.look_alike.is_to_open);
}

TEST_CASE("B6: thinking twice about a look-alike loses no text, and sends nothing") {
    const Model model = room_with({false_ann()});
    Screen screen;
    const Command wish{command::Say{to_text(false_ann().id), "secret", {}}, {}};
    CHECK(hold_back_for_look_alikes(model, screen.state, {wish}).empty());
    screen.draw(model);
    CHECK(is_dialog_open());
    ImGui::GetIO().AddKeyEvent(ImGuiKey_Escape, true);
    CHECK(only<command::Say>(screen.draw(model)).empty());
    screen.draw(model);
    CHECK_FALSE(is_dialog_open());
    CHECK(screen.state.views[Conversation{false_ann().id}].draft.text() == "secret");
}

TEST_CASE("C1: the screen of a changed key shows both keys and offers no way on") {
    Model model(made_up::mara.id, made_up::mara.name);
    Screen screen({900, 640});
    const auto open = [&] {
        if (is_dialog_open()) return;
        const auto change = std::make_shared<const KeyChange>(KeyChange{
            "lab:7788", "Hanna", fingerprint_text(hanna.id), fingerprint_text(made_up::ann.id)});
        model.apply(happens(
            event::RoleEnded{Fault{FaultCode::key_changed, "Another key.", false, change}}));
        screen.draw(model);
        CHECK(is_dialog_open());
    };
    CHECK(click_everywhere(screen, model, open).empty());
    CHECK(screen.state.requests.empty());
    CHECK(screen.worst_conflicts <= 1);
}

TEST_CASE("C10: comparing verifies the key that was compared, and no other") {
    Model model = room_with({made_up::ann});
    Screen screen({900, 640});
    const auto open = [&] {
        screen.state.trust.safety.is_different = false;
        if (is_dialog_open()) return;
        screen.state.trust.safety = {made_up::ann.id, false, true};
        CHECK(only<command::ShowSafety>(screen.draw(model)).size() == 1);
        model.apply(happens(safety_with(made_up::ann)));
    };
    const auto wishes = only<command::Trust>(click_everywhere(screen, model, open));
    CHECK_FALSE(wishes.empty());
    bool is_matched = false;
    bool is_different = false;
    for (const command::Trust& wish : wishes) {
        CHECK(wish.peer == to_text(made_up::ann.id));
        CHECK_FALSE(wish.has_auto_accept);
        is_matched = is_matched || wish.is_verified == true;
        is_different = is_different || wish.is_verified == false;
    }
    CHECK(is_matched);
    CHECK(is_different);
}

TEST_CASE("C10: the comparison ends when the person leaves, whoever comes instead") {
    Model model = room_with({made_up::ann});
    Screen screen;
    screen.state.trust.safety = {made_up::ann.id, false, true};
    screen.draw(model);
    model.apply(happens(safety_with(made_up::ann)));
    screen.draw(model);
    CHECK(is_dialog_open());
    model.apply(happens(event::PeerLeft{made_up::ann, "left"}));
    model.apply(happens(event::PeerJoined{made_up::peer(6, "Ann")}));
    screen.draw(model);
    screen.draw(model);
    CHECK_FALSE(is_dialog_open());
}

TEST_CASE("C10: a number of somebody else is never shown as this person's") {
    Model model = room_with({made_up::ann});
    model.apply(happens(safety_with(hanna)));
    Screen screen;
    const auto open = [&] {
        screen.state.trust.safety = {made_up::ann.id, false, !is_dialog_open()};
    };
    CHECK(only<command::Trust>(click_everywhere(screen, model, open)).empty());
}

TEST_CASE("a host is forgotten by the second press, not by the first") {
    Model model(made_up::mara.id, made_up::mara.name);
    event::Known known;
    known.hosts.push_back({"lab:7788", hanna.id, "Hanna", {}, false});
    model.apply(happens(known));
    Screen screen({900, 640});
    const auto afresh = [&] {
        if (!is_dialog_open()) screen.state.trust.is_known_to_open = true;
        screen.state.trust.forgetting.clear();
    };
    CHECK(only<command::ForgetHost>(click_everywhere(screen, model, afresh)).empty());
    const auto asked = [&] {
        if (!is_dialog_open()) {
            screen.state.trust.is_known_to_open = true;
            screen.draw(model);
        }
        screen.state.trust.forgetting = "lab:7788";
    };
    const auto forgotten = only<command::ForgetHost>(click_everywhere(screen, model, asked));
    REQUIRE_FALSE(forgotten.empty());
    CHECK(forgotten.front().address == "lab:7788");
}

TEST_CASE(
    "auto-accept is offered for a verified person, and asks for its key with size and folder") {
    Peer verified = made_up::ann;
    verified.is_verified = true;
    const Model model = room_with({verified});
    Screen screen({900, 640});
    const auto open = [&] {
        if (!is_dialog_open()) {
            screen.state.trust.auto_accept = {made_up::ann.id, 1'000'000'000, "/home/mara/in",
                                              true};
        }
    };
    const auto wishes = only<command::Trust>(click_everywhere(screen, model, open));
    bool is_on = false;
    for (const command::Trust& wish : wishes) {
        CHECK(wish.peer == to_text(made_up::ann.id));
        CHECK_FALSE(wish.is_verified);
        CHECK(wish.auto_accept_bytes_max > 0U);
        CHECK(wish.auto_accept_into == "/home/mara/in");
        is_on = is_on || wish.has_auto_accept == true;
    }
    CHECK(is_on);
}

TEST_CASE("B5: a click on a link asks first, and only the button opens it") {
    Model model = room_with({made_up::ann});
    model.apply(happens(event::Message{made_up::room_message(
        1, made_up::ann, "look: https://user@evil.example/x and file:///etc/passwd", 1)}));
    Screen screen({900, 640});
    screen.draw(model);
    constexpr float right_of_the_people = 330;
    const auto open_again = [&] {
        LinkDialog& dialog = screen.state.trust.link;
        dialog.is_to_open = dialog.link && !is_dialog_open();
    };
    // The newest message stands below the middle, where the dialog is: once to ask, once to answer.
    click_everywhere(screen, model, open_again, right_of_the_people);
    REQUIRE(screen.state.trust.link.link);
    click_everywhere(screen, model, open_again, right_of_the_people);
    CHECK(screen.state.trust.link.link->host == "evil.example");
    std::size_t opened = 0;
    for (const WindowRequest& request : screen.state.requests) {
        if (const auto* link = std::get_if<request::OpenLink>(&request)) {
            CHECK(link->url == "https://user@evil.example/x");
            ++opened;
        }
    }
    CHECK(opened > 0);
    CHECK(screen.worst_conflicts <= 1);
}

TEST_CASE("B4: every dialog about trust is drawn over hostile names, in both languages") {
    Peer hostile = made_up::peer(7, "%s%n##x###");
    hostile.is_verified = true;
    Peer alike = made_up::peer(8, "%s%n##x###");
    alike.imitates = hostile.id;
    Model model = room_with({hostile, alike});
    model.apply(happens(safety_with(hostile)));
    event::Known known;
    known.hosts.push_back({"%s##:7788", hanna.id, "###", {}, false});
    known.people.push_back(hostile);
    model.apply(happens(known));
    for (const Language language : {Language::english, Language::chinese}) {
        for (int dialog = 0; dialog < 5; ++dialog) {
            Screen screen({560, 420}, ThemeChoice::light);
            use_language(language);
            TrustDialogs& trust = screen.state.trust;
            if (dialog == 0) trust.safety = {hostile.id, false, true};
            if (dialog == 1) trust.auto_accept = {hostile.id, 5, "/tmp/%s##", true};
            if (dialog == 2) trust.look_alike = {alike.id, {}, true};
            if (dialog == 3) trust.is_known_to_open = true;
            if (dialog == 4) trust.link = {look_at_link("http://%25s%n@a.example/%n"), true};
            screen.draw(model);
            screen.sweep(model);
            CHECK(screen.worst_conflicts <= 1);
        }
    }
    use_language(Language::english);
}
