// Draws the whole window without a display: ImGui's asserts and its search for equal ids are on.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>

#include "tests/ui/made_up.hpp"
#include "tests/ui/undisplayed_window.hpp"
#include "ui/panels/status.hpp"

using namespace dropline;
using namespace dropline::ui;
using made_up::Screen;

namespace {

const std::vector<std::string> hostile_names{
    "%s%n%p",
    "Alice##x",
    "###",
    "##",
    "Alice###y",
    "%",
    "a\nb",
    "\xFF\xFE",
    "שלום",
    "👩‍👩‍👧",
    "Alice##x",
    "x/../../etc",
    "日本語の長い名前がここに入りますとても長い名前がここに入ります"};

Model hostile_room() {
    const Peer me = made_up::peer(1, "%s%s%s##me");
    Model model(me.id, me.name);
    std::vector<Peer> people{made_up::peer(2, "###", Role::host)};
    for (std::uint32_t i = 0; i < hostile_names.size(); ++i) {
        people.push_back(made_up::peer(100 + i, hostile_names[i]));
    }
    model.apply(made_up::happens(event::Joined{"%n##room", me, people[0], people, true}));
    std::uint32_t number = 0;
    std::uint64_t seq = 0;
    const auto says = [&](std::string text) {
        const Peer& from = people[++number % people.size()];
        model.apply(made_up::happens(
            event::Message{made_up::room_message(number, from, std::move(text), ++seq)}));
    };
    for (const std::string& name : hostile_names) says(name);
    says(std::string(8192, 'W'));
    std::string marks = "a";
    for (int i = 0; i < 200; ++i) marks += "\xCC\x81";
    says(marks);
    says("مرحبا %s بالعالم ##x");
    for (std::uint32_t i = 0; i < hostile_names.size(); ++i) {
        event::Offer offer;
        offer.transfer = made_up::id<TransferId>(500 + i);
        offer.from = people[i + 1];
        offer.name = hostile_names[i];
        offer.files = 3;
        offer.preview = {{hostile_names[i], "%n##", 5, true, false},
                         {hostile_names[i], {}, 5, false, false}};
        offer.default_folder = "%s##folder";
        offer.existing = 2;
        offer.left_out = 1;
        offer.left_out_preview = {hostile_names[i]};
        model.apply(made_up::happens(offer));
        Transfer transfer = made_up::transfer(600 + i, people[i + 1], Direction::out,
                                              static_cast<TransferState>(i % 10));
        transfer.name = hostile_names[i];
        transfer.peer_name = hostile_names[i];
        transfer.batch = made_up::id<TransferId>(i % 3);
        transfer.fault = Fault{FaultCode::internal, "%s%n ##" + hostile_names[i]};
        model.apply(made_up::happens(event::TransferChanged{transfer}));
    }
    model.apply(made_up::happens(event::Error{{FaultCode::internal, "%s%s%n##"}}));
    return model;
}

}  // namespace

TEST_CASE("D13 a trouble too long for one line takes as many as it needs, until it is put away") {
    Model model(made_up::id<PeerId>(1), "Anna");
    Screen screen({900, 640});
    const auto height = [&] {
        ImGui::NewFrame();
        const float pixels = status_height(model, screen.state, 880);
        ImGui::EndFrame();
        return pixels;
    };
    screen.draw(model);
    const float usual = height();
    std::string sentence = "The history was damaged.";
    for (int i = 0; i < 20; ++i) sentence += " Ban people again.";
    model.apply(made_up::happens(event::Error{{FaultCode::profile_damaged, sentence}}));
    screen.draw(model);
    CHECK(height() > usual + 3 * line_height(Type::small));
    screen.state.troubles_put_away.insert(model.damage()->number);
    CHECK(height() == usual);
    screen.state.notice = sentence;
    CHECK(height() > usual + 3 * line_height(Type::small));
}

TEST_CASE("B4 T43 hostile names and texts are drawn without an assert or two equal ids") {
    const Model model = hostile_room();
    Screen screen;
    screen.draw(model);
    screen.sweep(model);
    screen.state.open = Conversation{made_up::id<PeerId>(101)};
    screen.sweep(model);
    CHECK(screen.worst_conflicts <= 1);
}

TEST_CASE("every dialog is drawn over a hostile room") {
    const Model model = hostile_room();
    for (int dialog = 0; dialog < 3; ++dialog) {
        Screen screen({900, 640}, ThemeChoice::light);
        screen.draw(model);
        if (dialog == 0) screen.state.is_settings_to_open = true;
        if (dialog == 1) screen.state.kick = {made_up::id<PeerId>(102), "%s##", true};
        if (dialog == 2) screen.state.to_whom = {{"/tmp/%s##"}, true};
        screen.draw(model);
        screen.sweep(model);
        CHECK(screen.worst_conflicts <= 1);
    }
}

TEST_CASE("what was said before is asked for once, and again when its host is back") {
    const Peer me = made_up::peer(1, "Mara");
    const Peer host = made_up::peer(2, "Hanna");
    Model model(me.id, me.name);
    Screen screen;
    const auto asked = [&] {
        std::size_t count = 0;
        for (int frame = 0; frame < 5; ++frame) {
            count += static_cast<std::size_t>(
                std::ranges::count_if(screen.draw(model), [](const Command& command) {
                    return std::holds_alternative<command::LoadHistory>(command.body);
                }));
        }
        return count;
    };
    const event::Joined joined{"Room", me, host, {host}, false, "10.0.0.2:7788"};
    model.apply(made_up::happens(joined));
    CHECK(asked() == 1);
    CHECK(asked() == 0);
    Event refusal =
        made_up::happens(event::Error{{FaultCode::disconnected, "It cannot be had now."}});
    refusal.ref = history_ref(Conversation{});
    model.apply(refusal);
    model.apply(made_up::happens(event::Disconnected{"The line broke.", 0, {}}));
    CHECK(asked() == 0);
    model.apply(made_up::happens(joined));
    CHECK(asked() == 1);
    CHECK(asked() == 0);
}

TEST_CASE("a window of the smallest size holds every state") {
    const Peer me = made_up::peer(1, "Mara");
    Model model(me.id, me.name);
    Screen screen({560, 420});
    screen.draw(model);
    model.apply(made_up::happens(event::Connecting{"somewhere:7788", "no answer", 2}));
    screen.draw(model);
    model.apply(made_up::happens(event::Hosting{"Room", {"10.0.0.1:7788"}, 7788, {}, me}));
    screen.draw(model);
    model.apply(made_up::happens(event::RoleEnded{Fault{FaultCode::internal, "It broke."}}));
    screen.draw(model);
    CHECK(screen.worst_conflicts <= 1);
}

TEST_CASE("what is typed is sent by Enter, and Shift with Enter begins a line") {
    const Model model = hostile_room();
    Screen screen;
    ImGuiIO& io = ImGui::GetIO();
    screen.draw(model);
    screen.draw(model);
    // ImGui spreads events that could hide each other over several frames.
    const auto draw_some = [&] {
        Commands commands;
        for (int frame = 0; frame < 4; ++frame) {
            for (const Command& command : screen.draw(model)) {
                if (std::holds_alternative<command::Say>(command.body)) {
                    commands.push_back(command);
                }
            }
        }
        return commands;
    };
    const auto press = [&](ImGuiKey key) {
        io.AddKeyEvent(key, true);
        io.AddKeyEvent(key, false);
        return draw_some();
    };
    io.AddInputCharactersUTF8("你好 %s");
    draw_some();
    io.AddKeyEvent(ImGuiMod_Shift, true);
    CHECK(press(ImGuiKey_Enter).empty());
    io.AddKeyEvent(ImGuiMod_Shift, false);
    draw_some();
    io.AddInputCharactersUTF8("second");
    draw_some();
    const Commands sent = press(ImGuiKey_Enter);
    REQUIRE(sent.size() == 1);
    const auto& said = std::get<command::Say>(sent[0].body);
    CHECK(said.text == "你好 %s\nsecond");
    CHECK(said.to.empty());
    CHECK(screen.state.view().draft.is_empty());
    CHECK(press(ImGuiKey_Enter).empty());
}

TEST_CASE("T43 a pasted book is not said, is not lost, and only what is in sight is drawn") {
    const Model model = hostile_room();
    Screen screen;
    screen.draw(model);
    screen.draw(model);
    const auto drawn_vertices = [&] {
        screen.draw(model);
        return ImGui::GetDrawData()->TotalVtxCount;
    };
    const int without = drawn_vertices();
    std::string book;
    while (book.size() < 1024 * 1024)
        book += "A line of it, and \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d.\n";
    screen.state.view().draft.insert(book);
    screen.state.is_composer_to_focus = true;
    constexpr int vertices_of_seven_lines = 7 * 200 * 4;
    for (int frame = 0; frame < 20; ++frame) {
        CHECK(drawn_vertices() < without + vertices_of_seven_lines);
    }
    REQUIRE(ImGui::IsAnyItemActive());  // it has the caret
    ImGui::GetIO().AddKeyEvent(ImGuiKey_Enter, true);
    ImGui::GetIO().AddKeyEvent(ImGuiKey_Enter, false);
    for (int frame = 0; frame < 4; ++frame) CHECK(screen.draw(model).empty());
    CHECK(screen.state.view().draft.text() == book);
}

TEST_CASE("a window where nothing moves asks for no further frame") {
    const Model model = hostile_room();
    Screen screen;
    for (int frame = 0; frame < 5; ++frame) {
        screen.state.redraw_in.reset();
        screen.draw(model);
    }
    CHECK_FALSE(screen.state.redraw_in);
}

TEST_CASE("a tip shows where the pointer rests, in a window that draws only when it is asked to") {
    const Model model = hostile_room();
    Screen screen;
    const auto has_tip = [] {
        const auto& windows = ImGui::GetCurrentContext()->Windows;
        return std::any_of(windows.begin(), windows.end(), [](const ImGuiWindow* window) {
            return window->Active && !window->Hidden &&
                   (window->Flags & ImGuiWindowFlags_Tooltip) != 0;
        });
    };
    for (int frame = 0; frame < 3; ++frame) screen.draw(model);
    CHECK_FALSE(has_tip());
    bool was_seen = false;
    // Along the row of the own name, where the pencil and the gear stand.
    for (float x = 200; x < 300 && !was_seen; x += 9) {
        ImGui::GetIO().AddMousePosEvent(x, 40);
        ImGui::GetIO().DeltaTime = 1.0F / 60;
        screen.draw(model);
        int frames = 0;
        do {
            screen.state.redraw_in.reset();
            screen.draw(model);
            const auto wait = screen.state.redraw_in.value_or(std::chrono::milliseconds(0));
            ImGui::GetIO().DeltaTime = std::max(1.0F / 60, static_cast<float>(wait.count()) / 1000);
        } while (screen.state.redraw_in && ++frames < 20);
        CHECK(frames < 20);
        was_seen = has_tip();
    }
    CHECK(was_seen);
}

TEST_CASE("B6: a notice that warns of a name is shown whole, in as many lines as it needs") {
    const auto height_of_warning = [](const std::string& name) {
        Model model(made_up::mara.id, made_up::mara.name);
        const Peer host = made_up::peer(2, name, Role::host);
        model.apply(made_up::happens(event::Joined{"S", made_up::mara, host, {host}, false}));
        model.apply(made_up::happens(event::PeerJoined{made_up::peer(3, name)}));
        Screen screen({700, 600});
        for (int frame = 0; frame < 3; ++frame) screen.draw(model);
        const Timeline& timeline = model.timeline({});
        const Entry& last = timeline.at(timeline.size() - 1);
        REQUIRE(std::get<Notice>(last.body).kind == NoticeKind::looks_alike);
        return screen.state.view().heights.at(timeline.size() - 1);
    };
    const float extra = height_of_warning(std::string(120, 'W')) - height_of_warning("W");
    CHECK(extra > 8);
}

TEST_CASE("a new message is followed at the end and leaves a reader further up alone") {
    const Peer me = made_up::peer(1, "Mara");
    const Peer ann = made_up::peer(2, "Ann", Role::host);
    Model model(me.id, me.name);
    model.apply(made_up::happens(event::Joined{"S", me, ann, {ann}, false}));
    std::uint32_t number = 0;
    const auto says_something = [&] {
        ++number;
        model.apply(made_up::happens(
            event::Message{made_up::room_message(number, ann, "line one\nline two", number)}));
    };
    for (int i = 0; i < 100; ++i) says_something();
    Screen screen;
    const auto settle = [&] {
        for (int frame = 0; frame < 4; ++frame) screen.draw(model);
    };
    settle();
    CHECK(screen.state.view().is_at_bottom);
    says_something();
    settle();
    CHECK(screen.state.view().is_at_bottom);
    ImGui::GetIO().AddMousePosEvent(600, 400);
    ImGui::GetIO().AddMouseWheelEvent(0, 10);
    settle();
    CHECK_FALSE(screen.state.view().is_at_bottom);
    const std::uint32_t read = screen.state.view().anchor_serial;
    says_something();
    settle();
    CHECK(screen.state.view().anchor_serial == read);
    // Older ones come in above: the row being read stays where it is.
    event::History history;
    for (std::uint32_t i = 0; i < 50; ++i) {
        ChatMessage message = made_up::room_message(5000 + i, ann, "older", 0);
        message.sent_at = made_up::time_at(-1000);
        history.messages.push_back(message);
    }
    model.apply(made_up::happens(history));
    settle();
    CHECK(screen.state.view().anchor_serial == read);
}

/// In a room of this host, who says these lines to everyone.
void enter_and_hear(Model& model, const Peer& me, const Peer& host,
                    const std::vector<std::string>& lines) {
    model.apply(made_up::happens(event::Joined{"Room", me, host, {host}, false}));
    for (const std::string& line : lines) {
        const auto number = static_cast<std::uint32_t>(model.timeline({}).size() + 1);
        ChatMessage message = made_up::room_message(number, host, line, number);
        message.id = made_up::id<MessageId>(number + 10'000 * host.id.bytes.back());
        model.apply(made_up::happens(event::Message{message}));
    }
}

/// The first line of the room's first message, as it stands on the screen.
std::string first_line(Screen& screen, const Model& model) {
    for (int frame = 0; frame < 3; ++frame) screen.draw(model);
    const std::uint32_t serial = model.timeline({}).at(0).serial;
    return screen.state.views[Conversation{}].layouts.at(serial).text.lines.at(0).visual;
}

TEST_CASE("the words of one room are not shown in the next, and what is half written is kept") {
    const Peer me = made_up::peer(1, "Mara");
    const Peer ann = made_up::peer(2, "Ann", Role::host);
    const Peer bob = made_up::peer(3, "Bob", Role::host);
    // As many bytes, letter for letter in another order.
    const std::string said_by_ann = "שלום לך";
    const std::string said_by_bob = "םולש ךל";
    std::string line_of_bob;
    {
        Model model(me.id, me.name);
        enter_and_hear(model, me, bob, {said_by_bob});
        Screen screen;
        line_of_bob = first_line(screen, model);
        REQUIRE_FALSE(line_of_bob.empty());
    }
    Model model(me.id, me.name);
    enter_and_hear(model, me, ann, {said_by_ann});
    Screen screen;
    REQUIRE_FALSE(first_line(screen, model) == line_of_bob);
    screen.state.view().draft.insert("half a sentence");
    model.apply(made_up::happens(event::RoleEnded{}));
    enter_and_hear(model, me, bob, {said_by_bob});
    CHECK(first_line(screen, model) == line_of_bob);
    CHECK(screen.state.view().draft.text() == "half a sentence");
}

TEST_CASE("what was read in one room leaves nothing of the next one out of what is new there") {
    const Peer me = made_up::peer(1, "Mara");
    const Peer ann = made_up::peer(2, "Ann", Role::host);
    const Peer bob = made_up::peer(3, "Bob", Role::host);
    Model model(me.id, me.name);
    enter_and_hear(model, me, ann, std::vector<std::string>(150, "hello"));
    Screen screen;
    for (int frame = 0; frame < 3; ++frame) screen.draw(model);
    REQUIRE(screen.state.view().seen_news == 150);
    screen.state.open = Conversation{ann.id};
    model.apply(made_up::happens(event::RoleEnded{}));
    enter_and_hear(model, me, bob, {"hello"});
    screen.draw(model);
    CHECK(screen.state.views[Conversation{}].seen_news == 0);
}

TEST_CASE("a room with one thing of a kind and none of the others is drawn") {
    const Peer me = made_up::peer(1, "Mara");
    const Peer ann = made_up::peer(2, "Ann", Role::host);
    Model model(me.id, me.name);
    Screen screen;
    model.apply(made_up::happens(event::Joined{"S", me, ann, {ann}, false}));
    screen.draw(model);
    event::Offer offer;
    offer.transfer = made_up::id<TransferId>(9);
    offer.from = ann;
    model.apply(made_up::happens(offer));
    for (int frame = 0; frame < 3; ++frame) screen.draw(model);
    model.apply(made_up::happens(
        event::TransferChanged{made_up::transfer(9, ann, Direction::in, TransferState::done)}));
    for (int frame = 0; frame < 3; ++frame) screen.draw(model);
    screen.state.put_away.insert(offer.transfer);
    for (int frame = 0; frame < 3; ++frame) screen.draw(model);
    model.apply(made_up::happens(event::PeerLeft{ann, "removed by the host: spam"}));
    for (int frame = 0; frame < 3; ++frame) screen.draw(model);
    CHECK(model.timeline({}).size() == 1);
}

void press_key(Screen& screen, const Model& model, ImGuiKey key) {
    for (const bool is_down : {true, false}) {
        ImGui::GetIO().AddKeyEvent(key, is_down);
        for (int frame = 0; frame < 2; ++frame) screen.draw(model);
    }
}

TEST_CASE("files dropped on a person go to that person, on nobody ask to whom") {
    const Model model = hostile_room();
    Screen screen;
    screen.draw(model);
    screen.draw(model);
    REQUIRE_FALSE(screen.state.drop_targets.empty());
    const DropTarget target = screen.state.drop_targets[1];
    const ImVec2 middle{(target.min.x + target.max.x) / 2, (target.min.y + target.max.y) / 2};
    const Commands sent = take_dropped(model, screen.state, {"/tmp/a.txt"}, middle, 1);
    REQUIRE(sent.size() == 1);
    CHECK(std::get<command::Send>(sent[0].body).to == peer_text(target.to));
    CHECK(take_dropped(model, screen.state, {"/tmp/a.txt"}, {-1, -1}, 1).empty());
    CHECK(screen.state.to_whom.is_to_open);
}

TEST_CASE("what is dropped on nobody while it is asked to whom joins the question") {
    const Model model = hostile_room();
    Screen screen;
    const Paths both{"/tmp/a.txt", "/tmp/b.txt"};
    take_dropped(model, screen.state, {both[0]}, {-1, -1}, 1);
    SECTION("before the question is drawn") {}
    SECTION("while it is drawn") {
        for (int frame = 0; frame < 3; ++frame) screen.draw(model);
        REQUIRE(ImGui::IsPopupOpen(nullptr, ImGuiPopupFlags_AnyPopup));
    }
    take_dropped(model, screen.state, {both[1]}, {-1, -1}, 1);
    take_dropped(model, screen.state, {both[0]}, {-1, -1}, 1);  // once more
    for (int frame = 0; frame < 3; ++frame) screen.draw(model);
    REQUIRE(ImGui::IsPopupOpen(nullptr, ImGuiPopupFlags_AnyPopup));
    CHECK(screen.state.to_whom.paths == both);
    press_key(screen, model, ImGuiKey_Escape);
    REQUIRE_FALSE(ImGui::IsPopupOpen(nullptr, ImGuiPopupFlags_AnyPopup));
    take_dropped(model, screen.state, {both[1]}, {-1, -1}, 1);
    CHECK(screen.state.to_whom.paths == Paths{both[1]});
}

TEST_CASE("behind a dialog there is nobody to drop on, and it is asked to whom afterwards") {
    const Model model = hostile_room();
    Screen screen;
    for (int frame = 0; frame < 2; ++frame) screen.draw(model);
    REQUIRE(screen.state.drop_targets.size() > 1);
    const DropTarget target = screen.state.drop_targets[1];
    const ImVec2 middle{(target.min.x + target.max.x) / 2, (target.min.y + target.max.y) / 2};
    screen.state.kick.peer = target.to.peer;
    screen.state.kick.is_to_open = true;
    for (int frame = 0; frame < 2; ++frame) screen.draw(model);
    CHECK(take_dropped(model, screen.state, {"/tmp/a.txt"}, middle, 1).empty());
    screen.state.kick.reason = "half a sentence";
    for (int frame = 0; frame < 3; ++frame) screen.draw(model);
    CHECK(screen.state.to_whom.is_to_open);  // the reason is not torn away
    press_key(screen, model, ImGuiKey_Escape);
    for (int frame = 0; frame < 2; ++frame) screen.draw(model);
    CHECK_FALSE(screen.state.to_whom.is_to_open);
    REQUIRE(ImGui::IsPopupOpen(nullptr, ImGuiPopupFlags_AnyPopup));
    CHECK(screen.state.to_whom.paths == Paths{"/tmp/a.txt"});
}

TEST_CASE("a drop outside of any room says what to do first") {
    const Peer me = made_up::peer(1, "Mara");
    const Model model(me.id, me.name);
    Screen screen;
    CHECK(take_dropped(model, screen.state, {"/tmp/a.txt"}, {5, 5}, 1).empty());
    CHECK_FALSE(screen.state.notice.empty());
    CHECK_FALSE(screen.state.to_whom.is_to_open);
}

TEST_CASE("a hundred thousand messages, a thousand people and 200 transfers draw in time",
          "[.bench]") {
    const Peer me = made_up::peer(1, "Mara");
    Model model(me.id, me.name);
    std::vector<Peer> people;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        people.push_back(made_up::peer(5000 + i, "Person " + std::to_string(i)));
    }
    model.apply(made_up::happens(event::Joined{"Hall", me, people[0], people, false}));
    for (std::uint32_t i = 0; i < 100'000; ++i) {
        model.apply(made_up::happens(event::Message{made_up::room_message(
            100'000 + i, people[i * 7 % 1000], "Message with a few words, number", i + 1)}));
    }
    for (std::uint32_t i = 0; i < 200; ++i) {
        model.apply(made_up::happens(event::TransferChanged{
            made_up::transfer(9000 + i, people[i], Direction::in, TransferState::active)}));
    }
    Screen screen;
    using Clock = std::chrono::steady_clock;
    const auto first = Clock::now();
    screen.draw(model);
    const auto settled = Clock::now();
    constexpr int frames = 200;
    for (int i = 0; i < frames; ++i) screen.draw(model);
    const std::chrono::duration<double, std::milli> opening = settled - first;
    const std::chrono::duration<double, std::milli> all = Clock::now() - settled;
    WARN("first frame " << opening.count() << " ms, then " << all.count() / frames << " ms each");
    CHECK(all.count() / frames < 16);
}
