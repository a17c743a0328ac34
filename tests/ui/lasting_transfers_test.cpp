// Transfers that last, drawn and used by mouse and keyboard without a display.
#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <optional>
#include <set>

#include "tests/store/scratch_folder.hpp"
#include "tests/ui/made_up_transfers.hpp"
#include "tests/ui/undisplayed_window.hpp"
#include "ui/panels/offer_list.hpp"
#include "ui/panels/plain_chooser.hpp"

using namespace dropline;
using namespace dropline::ui;
using made_up::first;
using made_up::happens;
using made_up::Screen;

namespace {

const Peer odd_ann = made_up::peer(3, "Ann##%s", Role::host);
const Peer odd_bob = made_up::peer(4, "###");

Model room_of_odd_people(const std::vector<Transfer>& transfers) {
    Model model(made_up::mara.id, made_up::mara.name);
    model.apply(happens(event::Joined{"Studio", made_up::mara, odd_ann, {odd_ann}, false}));
    for (const Transfer& transfer : transfers) {
        model.apply(happens(event::TransferChanged{transfer}));
    }
    return model;
}

/// Presses everything in the list of transfers, a step at a time; the commands that came of it.
Commands press_everywhere(Screen& screen, const Model& model) {
    Commands all;
    const ImVec2 size = ImGui::GetIO().DisplaySize;
    for (float y = 60; y < size.y; y += 11) {
        for (float x = size.x - 345; x < size.x; x += 17) {
            ImGui::GetIO().AddMousePosEvent(x, y);
            screen.draw(model);
            Screen::click(ImGuiMouseButton_Left);
            for (int frame = 0; frame < 2; ++frame) {
                const Commands commands = screen.draw(model);
                all.insert(all.end(), commands.begin(), commands.end());
            }
        }
    }
    return all;
}

/// From one frame to the next a second goes by: what has just come takes no answer.
void rest_before_every_click() { ImGui::GetIO().DeltaTime = 1; }

/// As somebody without a mouse: Tab until the keyboard is on something in the part of the window
/// of that name, and the space bar there; until a command of the kind comes.
template <typename Body>
std::optional<Body> reach_by_keyboard(Screen& screen, const Model& model, const std::string& part) {
    const auto press = [&](ImGuiKey key) {
        Commands all;
        for (const bool is_down : {true, false}) {
            ImGui::GetIO().AddKeyEvent(key, is_down);
            for (int frame = 0; frame < 2; ++frame) {
                const Commands commands = screen.draw(model);
                all.insert(all.end(), commands.begin(), commands.end());
            }
        }
        return all;
    };
    for (int step = 0; step < 60; ++step) {
        press(ImGuiKey_Tab);
        const ImGuiWindow* window = ImGui::GetCurrentContext()->NavWindow;
        if (!window || std::string(window->Name).find(part) == std::string::npos) continue;
        const Commands commands = press(ImGuiKey_Space);
        if (const Body* body = first<Body>(commands)) return *body;
    }
    return std::nullopt;
}

}  // namespace

TEST_CASE("every way to stand still is drawn, and nothing asks for a further frame") {
    const Model model =
        room_of_odd_people(made_up::lasting_transfers(odd_ann, odd_bob, made_up::time_at(0)));
    for (const ImVec2 size : {ImVec2{1200, 1600}, ImVec2{560, 420}}) {
        Screen screen(size, ThemeChoice::light);
        screen.draw(model);
        screen.sweep(model);
        screen.state.open = Conversation{odd_ann.id};
        screen.sweep(model);
        CHECK(screen.worst_conflicts <= 1);
        ImGui::GetIO().AddMousePosEvent(1, 1);
        // A pointer that has just come to rest may still want its tip.
        for (int frame = 0; frame < 40; ++frame) {
            screen.state.redraw_in.reset();
            screen.draw(model);
        }
        CHECK_FALSE(screen.state.redraw_in);
    }
}

TEST_CASE("interrupted ones are listed before any room is joined, and are no news") {
    Model model(made_up::mara.id, made_up::mara.name);
    Transfer cut = made_up::transfer(7, odd_bob, Direction::in, TransferState::interrupted);
    cut.peer_name = "Bob";
    model.apply(happens(event::TransferChanged{cut}));
    CHECK(model.timeline(Conversation{odd_bob.id}).news_count() == 0);
    Screen screen;
    screen.draw(model);
    CHECK(first<command::Cancel>(press_everywhere(screen, model)));
}

TEST_CASE("the answers to an offer stand in sight in a small window, without scrolling") {
    for (const ImVec2 size : {ImVec2{760, 520}, ImVec2{560, 480}}) {
        CAPTURE(size.x);
        Model model = room_of_odd_people({});
        model.apply(happens(made_up::offer_of(made_up::many_entries(900), odd_ann, 9)));
        Screen screen(size);
        for (int frame = 0; frame < 3; ++frame) screen.draw(model);
        bool is_accepted = false;
        for (float y = size.y - 40; y > size.y - 110 && !is_accepted; y -= 11) {
            for (float x = 250; x < size.x && !is_accepted; x += 31) {
                ImGui::GetIO().AddMousePosEvent(x, y);
                screen.draw(model);
                Screen::click(ImGuiMouseButton_Left);
                for (int frame = 0; frame < 2; ++frame) {
                    is_accepted |= first<command::Accept>(screen.draw(model)) != nullptr;
                }
            }
        }
        CHECK(is_accepted);
    }
}

TEST_CASE("an active one can be paused and cancelled") {
    const Model model =
        room_of_odd_people({made_up::transfer(7, odd_ann, Direction::in, TransferState::active)});
    Screen screen;
    screen.draw(model);
    const Commands commands = press_everywhere(screen, model);
    REQUIRE(first<command::Pause>(commands));
    CHECK(first<command::Pause>(commands)->transfer == made_up::id<TransferId>(7));
    CHECK(first<command::Cancel>(commands));
    CHECK_FALSE(first<command::Resume>(commands));
}

TEST_CASE("an own pause can be lifted, somebody else's only cancelled") {
    Transfer paused = made_up::transfer(7, odd_ann, Direction::in, TransferState::paused);
    paused.paused_by = PausedBy::us;
    Screen screen;
    CHECK(first<command::Resume>(press_everywhere(screen, room_of_odd_people({paused}))));
    paused.paused_by = PausedBy::peer;
    const Commands commands = press_everywhere(screen, room_of_odd_people({paused}));
    CHECK_FALSE(first<command::Resume>(commands));
    CHECK(first<command::Cancel>(commands));
}

TEST_CASE("an interrupted one can be tried again only while the person is here") {
    const Transfer with_ann =
        made_up::transfer(7, odd_ann, Direction::in, TransferState::interrupted);
    const Transfer with_bob =
        made_up::transfer(8, odd_bob, Direction::in, TransferState::interrupted);
    Screen screen;
    CHECK(first<command::Resume>(press_everywhere(screen, room_of_odd_people({with_ann}))));
    const Commands commands = press_everywhere(screen, room_of_odd_people({with_bob}));
    CHECK_FALSE(first<command::Resume>(commands));
    CHECK(first<command::Cancel>(commands));
}

TEST_CASE("a waiting one can be started now and moved") {
    std::vector<Transfer> queue;
    for (std::uint32_t place = 1; place <= 3; ++place) {
        queue.push_back(made_up::transfer(place, odd_ann, Direction::out, TransferState::waiting));
        queue.back().queue_place = place;
    }
    Screen screen;
    const Commands commands = press_everywhere(screen, room_of_odd_people(queue));
    CHECK(first<command::StartNow>(commands));
    CHECK(first<command::Move>(commands));
}

TEST_CASE("E14 a stale one is offered for cleaning") {
    Transfer stale = made_up::transfer(7, odd_ann, Direction::in, TransferState::interrupted);
    stale.is_stale = true;
    stale.quiet_since = made_up::time_at(-20'000);
    const Model model = room_of_odd_people({stale});
    Screen screen;
    bool is_cleaned = false;
    for (const Command& command : press_everywhere(screen, model)) {
        is_cleaned |=
            command.ref == "clean up" && std::holds_alternative<command::Cancel>(command.body);
    }
    CHECK(is_cleaned);
}

TEST_CASE("the failed ones of one wish are sent again in one click") {
    std::vector<Peer> people{odd_ann};
    for (std::uint32_t i = 0; i < 20; ++i) people.push_back(made_up::peer(50 + i, "##"));
    const Model model = room_of_odd_people(made_up::batch_to(people, 300));
    Screen screen;
    const Commands commands = press_everywhere(screen, model);
    REQUIRE(first<command::Retry>(commands));
    CHECK(first<command::Retry>(commands)->is_whole_batch);
    CHECK(screen.worst_conflicts <= 1);
}

TEST_CASE("what the mouse can do with a transfer, the keyboard can") {
    Screen screen;
    const Model active =
        room_of_odd_people({made_up::transfer(7, odd_ann, Direction::in, TransferState::active)});
    screen.draw(active);
    CHECK(reach_by_keyboard<command::Pause>(screen, active, "cards"));
}

TEST_CASE("a part of a long offer is chosen and the rest named as unwanted") {
    const std::vector<OfferedFile> entries = made_up::many_entries(2'500);
    Model model = room_of_odd_people({});
    const event::Offer offer = made_up::offer_of(entries, odd_ann, 50);
    model.apply(happens(offer));
    Screen screen;
    open_offer_list(screen.state, {offer.transfer, 0});
    std::size_t asked = 0;
    for (int frame = 0; frame < 6; ++frame) {
        for (const Command& command : screen.draw(model)) {
            const auto* wish = std::get_if<command::ListOffer>(&command.body);
            if (!wish) continue;
            ++asked;
            model.apply(happens(made_up::page_of(entries, *wish)));
        }
    }
    CHECK(asked == 3);
    REQUIRE(screen.state.offer_list.is_choice_made);
    screen.sweep(model);
    CHECK(screen.worst_conflicts <= 1);

    screen.state.offer_list.choice.tick_all(true);
    screen.state.offer_list.choice.toggle(1);
    ImGui::GetIO().AddMousePosEvent(1, 1);
    for (int frame = 0; frame < 3; ++frame) screen.draw(model);
    const ImVec2 size = ImGui::GetIO().DisplaySize;
    std::optional<command::Accept> accept;
    for (float y = size.y - 40; y > size.y / 2 && !accept; y -= 20) {
        ImGui::GetIO().AddMousePosEvent(size.x / 2 - 200, y);
        screen.draw(model);
        Screen::click(ImGuiMouseButton_Left);
        for (int frame = 0; frame < 3 && !accept; ++frame) {
            const Commands commands = screen.draw(model);
            if (const auto* body = first<command::Accept>(commands)) accept = *body;
        }
    }
    REQUIRE(accept);
    CHECK(accept->transfer == offer.transfer);
    CHECK_FALSE(accept->except.empty());
    CHECK(accept->only.empty());
    CHECK(screen.state.answered.contains({offer.transfer, 0}));
}

TEST_CASE("the entries of an offer are ticked by keyboard") {
    const std::vector<OfferedFile> entries = made_up::many_entries(20);
    Model model = room_of_odd_people({});
    const event::Offer offer = made_up::offer_of(entries, odd_ann, 50);
    model.apply(happens(offer));
    model.apply(happens(made_up::page_of(entries, {offer.transfer, 0, 1000})));
    Screen screen;
    open_offer_list(screen.state, {offer.transfer, 0});
    for (int frame = 0; frame < 3; ++frame) screen.draw(model);
    REQUIRE(screen.state.offer_list.choice.files_taken() == 20);
    const auto press = [&](ImGuiKey key) {
        for (const bool is_down : {true, false}) {
            ImGui::GetIO().AddKeyEvent(key, is_down);
            for (int frame = 0; frame < 2; ++frame) screen.draw(model);
        }
    };
    // All, None, two folders, and the second of the files in them.
    for (int step = 0; step < 6; ++step) press(ImGuiKey_Tab);
    press(ImGuiKey_Space);
    CHECK(screen.state.offer_list.choice.files_taken() == 19);
}

TEST_CASE("A6 hidden files are taken by a second click only, and by no double click") {
    event::Offer offer = made_up::offer_of({{"a.txt", {}, 1, false, false}}, odd_ann, 50);
    const auto clicks_needed = [&offer] {
        Model model = room_of_odd_people({});
        model.apply(happens(offer));
        Screen screen;
        rest_before_every_click();
        const auto is_accepted_by_click = [&] {
            Screen::click(ImGuiMouseButton_Left);
            Commands commands = screen.draw(model);
            for (const Command& command : screen.draw(model)) commands.push_back(command);
            return first<command::Accept>(commands) != nullptr;
        };
        for (float y = 100; y < 400; y += 5) {
            ImGui::GetIO().AddMousePosEvent(ImGui::GetIO().DisplaySize.x - 300, y);
            screen.draw(model);
            if (is_accepted_by_click()) return 1;
            if (!screen.state.asked_twice.contains({offer.transfer, 0})) continue;
            // Before the question that comes now has been seen.
            CHECK_FALSE(is_accepted_by_click());
            return is_accepted_by_click() ? 2 : 0;
        }
        return 0;
    };
    CHECK(clicks_needed() == 1);
    offer.preview.push_back({".ssh/authorized_keys", {}, 1, true, false});
    CHECK(clicks_needed() == 2);
    offer.preview = {{"run.sh", {}, 1, true, false}};
    offer.files = 200;
    CHECK(clicks_needed() == 2);
}

/// What the network says when it cannot do as `command` wishes.
Event refusal_of(const Command& command) {
    const Fault fault{FaultCode::disk_full, "There is no room for it there."};
    return {event::Error{fault}, command.ref, made_up::time_at(0)};
}

TEST_CASE("an offer whose yes was refused is a question again") {
    const event::Offer offer = made_up::offer_of({{"a.txt", {}, 1, false, false}}, odd_ann, 50);
    Model model = room_of_odd_people({});
    model.apply(happens(offer));
    Screen screen;
    rest_before_every_click();
    const OfferedList list{offer.transfer, 0};
    const auto accept_at = [&](float y) -> std::optional<Command> {
        ImGui::GetIO().AddMousePosEvent(ImGui::GetIO().DisplaySize.x - 300, y);
        screen.draw(model);
        Screen::click(ImGuiMouseButton_Left);
        Commands commands = screen.draw(model);
        for (const Command& command : screen.draw(model)) commands.push_back(command);
        return first<command::Accept>(commands) ? std::optional(commands.front()) : std::nullopt;
    };
    std::optional<Command> yes;
    float button_y = 100;
    for (; button_y < 400 && !yes; button_y += 5) yes = accept_at(button_y);
    button_y -= 5;
    REQUIRE(yes);
    CHECK_FALSE(accept_at(button_y));
    // What is said of other wishes is no answer to this one.
    take_refusal(screen.state, refusal_of({command::Accept{}, ""}));
    take_refusal(screen.state, refusal_of(answer_offer(screen.state, {offer.transfer, 1},
                                                       command::Decline{offer.transfer})));
    take_refusal(screen.state, {event::Joined{}, yes->ref, made_up::time_at(0)});
    CHECK_FALSE(accept_at(button_y));
    take_refusal(screen.state, refusal_of(*yes));
    CHECK(accept_at(button_y));
    SECTION("and into another folder too") {
        take_refusal(screen.state, refusal_of(*yes));
        const Commands saved =
            commands_for_chosen(screen.state, request::ChooseFolderToSave{list, {}}, {"/full"});
        REQUIRE(saved.size() == 1);
        CHECK(screen.state.answered.contains(list));
        take_refusal(screen.state, refusal_of(saved.front()));
        CHECK(accept_at(button_y));
    }
}

TEST_CASE("A6 a list that takes the place of another is taken by a second click only") {
    event::Offer offer = made_up::offer_of({{"a.txt", {}, 1, false, false}}, odd_ann, 50);
    Model model = room_of_odd_people({});
    model.apply(happens(offer));
    Screen screen;
    rest_before_every_click();
    const auto accepts_after_click = [&](float y) {
        ImGui::GetIO().AddMousePosEvent(ImGui::GetIO().DisplaySize.x - 300, y);
        screen.draw(model);
        Screen::click(ImGuiMouseButton_Left);
        Commands commands = screen.draw(model);
        for (const Command& command : screen.draw(model)) commands.push_back(command);
        const auto* accept = first<command::Accept>(commands);
        return accept ? std::optional(accept->version) : std::nullopt;
    };
    float button_y = 100;
    while (button_y < 400 && !accepts_after_click(button_y)) button_y += 5;
    REQUIRE(screen.state.answered.contains({offer.transfer, 0}));
    // The yes was too late, and the offer stands again with another list, one line taller.
    offer.version = 1;
    offer.preview = {{"b.txt", {}, 1, false, false}};
    model.apply(happens(offer));
    for (float y = button_y; y < 450; y += 5) {
        const auto accepted = accepts_after_click(y);
        if (!screen.state.asked_twice.contains({offer.transfer, 1})) continue;
        CHECK_FALSE(accepted);
        button_y = y;
        break;
    }
    const auto accepted = accepts_after_click(button_y);
    REQUIRE(accepted);
    CHECK(*accepted == 1U);
}

TEST_CASE("A6 ticks made in a list that is replaced are forgotten, and the new list is read") {
    const std::vector<OfferedFile> entries = made_up::many_entries(20);
    Model model = room_of_odd_people({});
    event::Offer offer = made_up::offer_of(entries, odd_ann, 50);
    model.apply(happens(offer));
    const auto first_page = made_up::page_of(entries, {offer.transfer, 0, 1000});
    model.apply(happens(first_page));
    Screen screen;
    open_offer_list(screen.state, {offer.transfer, 0});
    for (int frame = 0; frame < 3; ++frame) screen.draw(model);
    REQUIRE(screen.state.offer_list.is_choice_made);
    offer.version = 1;
    model.apply(happens(offer));
    const Commands commands = screen.draw(model);
    CHECK(first<command::ListOffer>(commands));
    CHECK_FALSE(screen.state.offer_list.is_choice_made);
    // One of the old list that was under way belongs to no list any more.
    model.apply(happens(first_page));
    CHECK(model.transfers().find(offer.transfer)->entries.empty());
}

TEST_CASE("a chosen part can go into a folder of one's own choice") {
    Screen screen;
    const TransferId id = made_up::id<TransferId>(50);
    const Commands commands = commands_for_chosen(
        screen.state, request::ChooseFolderToSave{{id, 3}, {"photos/a"}}, {"/data"});
    REQUIRE(first<command::Accept>(commands));
    CHECK(first<command::Accept>(commands)->version == 3);
    CHECK(first<command::Accept>(commands)->into == "/data");
    CHECK(first<command::Accept>(commands)->except == std::vector<std::string>{"photos/a"});
}

TEST_CASE("the dialog closes when the offer is taken back") {
    Model model = room_of_odd_people({});
    const event::Offer offer = made_up::offer_of(made_up::many_entries(10), odd_ann, 50);
    model.apply(happens(offer));
    Screen screen;
    open_offer_list(screen.state, {offer.transfer, 0});
    for (int frame = 0; frame < 3; ++frame) screen.draw(model);
    CHECK(ImGui::IsPopupOpen(nullptr, ImGuiPopupFlags_AnyPopup));
    model.apply(happens(event::TransferChanged{
        made_up::transfer(50, odd_ann, Direction::in, TransferState::cancelled)}));
    for (int frame = 0; frame < 3; ++frame) screen.draw(model);
    CHECK_FALSE(ImGui::IsPopupOpen(nullptr, ImGuiPopupFlags_AnyPopup));
}

/// In a folder of its own: a file and a folder beside it.
struct FolderToChooseFrom {
    test::ScratchFolder scratch;
    FolderToChooseFrom() {
        std::filesystem::create_directory(scratch / "below");
        test::write_file(scratch / "ticked", "text");
    }
};

TEST_CASE("a file ticked in one folder does not go out with what is chosen in another") {
    const FolderToChooseFrom folder;
    const Model model = room_of_odd_people({});
    Screen screen;
    PlainChooser& chooser = screen.state.chooser;
    chooser.folder = folder.scratch.path();
    open_plain_chooser(screen.state, request::ChooseFiles{{}});
    for (int frame = 0; frame < 3; ++frame) screen.draw(model);
    const auto press_at = [&](float y) {
        ImGui::GetIO().AddMousePosEvent(ImGui::GetIO().DisplaySize.x / 2, y);
        screen.draw(model);
        Screen::click(ImGuiMouseButton_Left);
        for (int frame = 0; frame < 2; ++frame) screen.draw(model);
    };
    // From below: the file comes after the folder.
    float y = ImGui::GetIO().DisplaySize.y / 2 + 150;
    for (; y > 0 && chooser.chosen.empty(); y -= 10) press_at(y);
    REQUIRE(chooser.chosen == std::set{folder.scratch / "ticked"});
    y -= 23;  // the row above, lest the tick is taken back
    for (; y > 0 && chooser.folder == folder.scratch.path(); y -= 33) press_at(y);
    REQUIRE(chooser.folder == folder.scratch / "below");
    CHECK(chooser.chosen.empty());
}

TEST_CASE("folders and several paths dropped on the room go to everyone in one wish") {
    const Model model = room_of_odd_people({});
    Screen screen;
    screen.draw(model);
    screen.draw(model);
    REQUIRE_FALSE(screen.state.drop_targets.empty());
    const DropTarget everyone = screen.state.drop_targets.front();
    REQUIRE(everyone.to.is_everyone());
    const Paths paths{"/tmp", "/etc/hostname", "/usr"};
    const Commands commands =
        take_dropped(model, screen.state, paths, {everyone.min.x + 1, everyone.min.y + 1}, 1);
    REQUIRE(first<command::Send>(commands));
    CHECK(commands.size() == 1);
    CHECK(first<command::Send>(commands)->to == "everyone");
    CHECK(first<command::Send>(commands)->paths == paths);
}

TEST_CASE("a folder is sent by its name, however its path ends") {
    for (const char* path : {"/a/b", "/a/b/", "/a/b/.", "/a/b/./", "/a/b//"}) {
        const Command command = send_command({}, {path});
        CHECK(std::get<command::Send>(command.body).paths == Paths{"/a/b"});
    }
    CHECK(without_slash("/") == "/");
    CHECK(without_slash("/a/../b/") == "/a/../b");
}

TEST_CASE("200 transfers and a list of 100,000 files draw in time", "[.bench]") {
    std::vector<Transfer> transfers;
    for (std::uint32_t i = 0; i < 200; ++i) {
        transfers.push_back(made_up::transfer(9000 + i, made_up::peer(100 + i, "Person"),
                                              Direction::in,
                                              static_cast<TransferState>(1 + i % 9)));
        transfers.back().fault = Fault{FaultCode::internal, "A sentence of some length, to wrap."};
    }
    Model model = room_of_odd_people(transfers);
    const std::vector<OfferedFile> entries = made_up::many_entries(100'000);
    const event::Offer offer = made_up::offer_of(entries, odd_ann, 50);
    model.apply(happens(offer));
    for (std::uint32_t at = 0; at < entries.size(); at += 1000) {
        model.apply(happens(made_up::page_of(entries, {offer.transfer, at, 1000})));
    }
    Screen screen;
    using Clock = std::chrono::steady_clock;
    const auto time_of = [&](int frames) {
        const auto start = Clock::now();
        for (int i = 0; i < frames; ++i) screen.draw(model);
        return std::chrono::duration<double, std::milli>(Clock::now() - start).count() / frames;
    };
    screen.draw(model);
    const double cards = time_of(200);
    open_offer_list(screen.state, {offer.transfer, 0});
    const double opening = time_of(1);
    const double list = time_of(200);
    const auto start = Clock::now();
    screen.state.offer_list.choice.toggle(0);
    const auto left_out = screen.state.offer_list.choice.left_out(entries);
    const std::chrono::duration<double, std::milli> toggling = Clock::now() - start;
    WARN("200 cards " << cards << " ms a frame, opening the list " << opening << " ms, the list "
                      << list << " ms a frame, one tick " << toggling.count() << " ms");
    CHECK(cards < 16);
    CHECK(list < 16);
    CHECK(toggling.count() < 50);
}
