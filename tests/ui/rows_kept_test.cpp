// A window may stay open for weeks: what it holds in memory has an end, and nothing is lost by it.
#include "ui/rows_kept.hpp"

#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <string>

#include "tests/ui/made_up.hpp"
#include "tests/ui/undisplayed_window.hpp"

using namespace dropline;
using namespace dropline::ui;
using made_up::Screen;

namespace {

const Conversation everyone;

/// In a room whose host says one message after the other.
struct BusyRoom {
    BusyRoom() {
        model.apply(made_up::happens(
            event::Joined{"Room", made_up::mara, host, {host}, false, "10.0.0.2:7788"}));
    }
    ChatMessage message(std::uint64_t seq, std::string text = "said") const {
        return made_up::room_message(static_cast<std::uint32_t>(seq), host, std::move(text), seq);
    }
    ChatMessage to_me(std::uint32_t number, std::uint64_t seq) const {
        ChatMessage message = made_up::private_message(number, host, host, "said to you");
        message.seq = seq;
        return message;
    }
    /// Messages 1 to `last`, those said already left out.
    void says_up_to(std::uint64_t last, const std::string& text = "said") {
        while (said < last) model.apply(made_up::happens(event::Message{message(++said, text)}));
    }
    void tells_page(std::uint64_t first, std::uint64_t last) {
        event::History page;
        for (std::uint64_t seq = first; seq <= last; ++seq) page.messages.push_back(message(seq));
        model.apply(made_up::happens(page));
    }
    std::uint64_t first_seq() const { return model.timeline(everyone).oldest_seq().value_or(0); }
    std::size_t rows() const { return model.timeline(everyone).size(); }

    Peer host = made_up::peer(2, "Hanna", Role::host);
    Model model{made_up::mara.id, made_up::mara.name};
    std::uint64_t said = 0;
};

/// The first of these frames' commands of the kind that asks for earlier messages.
std::optional<command::LoadHistory> asked_for(Screen& screen, const Model& model) {
    std::optional<command::LoadHistory> asked;
    for (int frame = 0; frame < 6; ++frame) {
        const Commands commands = screen.draw(model);
        const auto* load = made_up::first<command::LoadHistory>(commands);
        if (load && !asked) asked = *load;
    }
    return asked;
}

/// What is asked for on the way to the top.
std::optional<command::LoadHistory> scroll_to_the_top(Screen& screen, const Model& model) {
    std::optional<command::LoadHistory> asked;
    ImGui::GetIO().AddMousePosEvent(600, 400);
    for (int turn = 0; turn < 500 && !asked; ++turn) {
        ImGui::GetIO().AddMouseWheelEvent(0, 10'000);
        asked = asked_for(screen, model);
    }
    return asked;
}

}  // namespace

TEST_CASE("of a very long conversation the older half goes, and comes back as one scrolls up") {
    BusyRoom room;
    Screen screen;
    room.says_up_to(rows_kept_max);
    asked_for(screen, room.model);
    forget_rows_out_of_sight(room.model, screen.state);
    REQUIRE(room.first_seq() == 1);

    room.says_up_to(rows_kept_max + 1);
    forget_rows_out_of_sight(room.model, screen.state);
    REQUIRE(room.rows() == rows_kept_max / 2);
    const std::uint64_t first = room.first_seq();
    CHECK(first == rows_kept_max / 2 + 2);
    CHECK_FALSE(asked_for(screen, room.model));
    CHECK(screen.state.view().is_at_bottom);
    CHECK(screen.state.view().height_by_serial.size() == room.rows());

    const auto asked = scroll_to_the_top(screen, room.model);
    REQUIRE(asked);
    CHECK(asked->before == first);
    room.tells_page(first - 200, first - 1);
    CHECK(room.first_seq() == first - 200);
    CHECK(room.rows() == rows_kept_max / 2 + 200);
}

TEST_CASE("private messages, which have no number as they come, can be had again as well") {
    BusyRoom room;
    Screen screen;
    const Conversation with_host{room.host.id};
    screen.state.open = with_host;
    asked_for(screen, room.model);
    for (std::uint32_t number = 1; number <= rows_kept_max + 1; ++number) {
        room.model.apply(made_up::happens(event::Message{room.to_me(number, 0)}));
    }
    asked_for(screen, room.model);
    forget_rows_out_of_sight(room.model, screen.state);
    REQUIRE(room.model.timeline(with_host).size() == rows_kept_max / 2);
    const auto anew = asked_for(screen, room.model);
    REQUIRE(anew);
    CHECK_FALSE(anew->before);
    event::History newest;
    newest.conversation = with_host;
    for (std::uint32_t number = rows_kept_max - 100; number <= rows_kept_max + 1; ++number) {
        newest.messages.push_back(room.to_me(number, 50'000 + number));
    }
    room.model.apply(made_up::happens(newest));
    CHECK(room.model.timeline(with_host).size() == rows_kept_max / 2);
    const auto further_up = scroll_to_the_top(screen, room.model);
    REQUIRE(further_up);
    CHECK(further_up->before == 50'000 + rows_kept_max - 100);
}

TEST_CASE("of long texts fewer rows stay") {
    BusyRoom room;
    UiState state;
    room.says_up_to(text_bytes_kept_max / 8192, std::string(8192, 'x'));
    forget_rows_out_of_sight(room.model, state);
    CHECK(room.first_seq() == 1);
    room.says_up_to(room.said + 1);
    room.says_up_to(room.said + 1, std::string(8192, 'x'));
    forget_rows_out_of_sight(room.model, state);
    CHECK(room.model.timeline(everyone).text_bytes() <= text_bytes_kept_max / 2);
    CHECK(room.model.timeline(everyone).text_bytes() > text_bytes_kept_max / 2 - 8192);
}

TEST_CASE("nothing goes from before the eyes of a reader further up, until it is far too much") {
    BusyRoom room;
    UiState state;
    state.views[everyone].is_at_bottom = false;
    room.says_up_to(rows_kept_max * kept_while_reading_factor);
    forget_rows_out_of_sight(room.model, state);
    CHECK(room.first_seq() == 1);
    room.says_up_to(room.said + 1);
    forget_rows_out_of_sight(room.model, state);
    CHECK(room.rows() == rows_kept_max / 2);
}

TEST_CASE("nothing goes while earlier messages are on their way, so that no hole comes between") {
    BusyRoom room;
    UiState state;
    state.views[everyone].has_asked = true;
    state.views[everyone].asked_before = 201;
    room.tells_page(201, 201 + rows_kept_max);
    forget_rows_out_of_sight(room.model, state);
    CHECK(room.first_seq() == 201);
    room.tells_page(1, 200);
    forget_rows_out_of_sight(room.model, state);
    CHECK(room.rows() == rows_kept_max / 2);
}

TEST_CASE("a message from among those let go waits until its neighbours are shown again") {
    BusyRoom room;
    UiState state;
    room.says_up_to(rows_kept_max + 1);
    forget_rows_out_of_sight(room.model, state);
    const std::uint64_t first = room.first_seq();
    ChatMessage late = room.message(7);
    late.id = made_up::id<MessageId>(999'999);
    late.is_earlier = true;
    room.model.apply(made_up::happens(event::Message{late}));
    CHECK(room.first_seq() == first);
    CHECK(room.rows() == rows_kept_max / 2);
    // A host that was put back to an earlier state gives its numbers once more: that is new.
    late.id = made_up::id<MessageId>(999'998);
    late.is_earlier = false;
    room.model.apply(made_up::happens(event::Message{late}));
    CHECK(room.rows() == rows_kept_max / 2 + 1);
}
