#include "ui/model/model.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/ui/made_up.hpp"

using namespace dropline;
using made_up::happens;
using made_up::peer;
using ui::Model;
using ui::RoleState;
using ui::Urgency;

namespace {

const Peer li_wei = peer(2, "Li Wei", Role::host);

Model fresh() { return {made_up::mara.id, made_up::mara.name}; }

Model joined() {
    Model model = fresh();
    model.apply(
        happens(event::Joined{"Studio", made_up::mara, li_wei, {li_wei, made_up::ann}, false}));
    return model;
}

event::Message arrives(std::uint32_t number, std::uint64_t seq,
                       MessageState state = MessageState::received) {
    const Peer& from = state == MessageState::received ? made_up::ann : made_up::mara;
    ChatMessage message = made_up::room_message(number, from, "text " + std::to_string(seq), seq);
    message.state = state;
    return {message};
}

std::vector<std::uint64_t> seqs_of(const ui::Timeline& timeline) {
    std::vector<std::uint64_t> seqs;
    for (std::size_t row = 0; row < timeline.size(); ++row) {
        const auto* line = std::get_if<ui::MessageLine>(&timeline.at(row).body);
        if (line) seqs.push_back(line->message.seq);
    }
    return seqs;
}

const ui::MessageLine& line_at(const ui::Timeline& timeline, std::size_t row) {
    return std::get<ui::MessageLine>(timeline.at(row).body);
}

}  // namespace

TEST_CASE("a first start is in no room and knows only itself") {
    const Model model = fresh();
    CHECK(model.link().state == RoleState::none);
    CHECK(model.self().name == "Mara");
    CHECK(model.people().all().empty());
    CHECK_FALSE(model.is_in_room());
}

TEST_CASE("hosting shows the addresses to tell others, and ending it takes them away") {
    Model model = fresh();
    model.apply(happens(event::Hosting{"Room", {"10.0.0.1:7788"}, 7788, {}, made_up::mara}));
    CHECK(model.is_host());
    CHECK(model.room().addresses == std::vector<std::string>{"10.0.0.1:7788"});
    model.apply(happens(event::RoleEnded{}));
    CHECK(model.link().state == RoleState::none);
    CHECK(model.room().addresses.empty());
    CHECK_FALSE(model.trouble());
}

TEST_CASE("C21 only the host's acceptance counts as joined") {
    Model model = fresh();
    model.apply(happens(event::Connecting{"studio:7788", {}, 1}));
    CHECK(model.link().state == RoleState::connecting);
    CHECK_FALSE(model.is_in_room());
    model.apply(
        happens(event::Joined{"Studio", made_up::mara, li_wei, {li_wei, made_up::ann}, true}));
    CHECK(model.link().state == RoleState::joined);
    CHECK(model.link().target == "studio:7788");
    CHECK(model.people().here_count() == 2);
    CHECK(model.room().is_first_contact);
}

TEST_CASE("losing the host says reconnecting and when it is tried again") {
    Model model = joined();
    const WallTime at = made_up::time_at(5);
    model.apply(happens(event::Disconnected{"timed out", 1, std::chrono::seconds(2)}, at));
    CHECK(model.link().state == RoleState::reconnecting);
    CHECK(model.link().retry_at == at + std::chrono::seconds(2));
    CHECK(model.people().here_count() == 0);
    model.apply(happens(event::Connecting{"studio", "timed out", 2}));
    CHECK(model.link().state == RoleState::reconnecting);
    model.apply(happens(event::Joined{"Studio", made_up::mara, li_wei, {li_wei}, false}));
    CHECK(model.link().state == RoleState::joined);
}

TEST_CASE("what was said stays through a reconnect and goes with another room") {
    Model model = joined();
    model.apply(happens(arrives(10, 1)));
    model.apply(happens(event::Disconnected{}));
    model.apply(
        happens(event::Joined{"Studio", made_up::mara, li_wei, {li_wei, made_up::ann}, false}));
    CHECK(seqs_of(model.timeline({})) == std::vector<std::uint64_t>{1});
    model.apply(happens(event::RoleEnded{}));
    CHECK(seqs_of(model.timeline({})) == std::vector<std::uint64_t>{1});
    model.apply(happens(event::Joined{"Elsewhere", made_up::mara, li_wei, {li_wei}, false}));
    CHECK(model.timeline({}).is_empty());
}

TEST_CASE("a host who has opened another room meanwhile is not shown as the one before") {
    Model model = joined();
    model.apply(happens(arrives(10, 300)));
    const std::size_t rooms = model.rooms_entered();
    model.apply(happens(event::Disconnected{"The host closed the room.", 0, {}}));
    event::Joined other{"Studio", made_up::mara, li_wei, {li_wei}, false};
    other.log = made_up::id<LogId>(2);
    SECTION("under another name") { other.room = "Elsewhere"; }
    SECTION("under the same name") {}
    model.apply(happens(other));
    CHECK(model.timeline({}).is_empty());
    CHECK(model.rooms_entered() == rooms + 1);
    CHECK(model.room().name == other.room);
}

TEST_CASE("a message that was not taken says so, until it is said again") {
    Model model = joined();
    model.apply(happens(arrives(20, 0, MessageState::pending)));
    const auto id = made_up::id<MessageId>(20);
    model.apply(happens(event::Error{{FaultCode::refused, "You are muted."}, id}));
    CHECK(line_at(model.timeline({}), 0).is_refused);
    model.apply(happens(event::Sent{id, 2, made_up::time_at(30)}));
    CHECK_FALSE(line_at(model.timeline({}), 0).is_refused);
}

TEST_CASE("B6 nobody hides a message of somebody else by taking its id") {
    Model model = joined();
    const Peer mallory = peer(9, "Mallory");
    event::History page{Conversation{}, {}};
    page.messages.push_back(made_up::room_message(60, made_up::ann, "hers", 100));
    page.messages.push_back(made_up::room_message(60, mallory, "his", 101));
    model.apply(happens(page));
    CHECK(seqs_of(model.timeline({})) == std::vector<std::uint64_t>{100, 101});
}

TEST_CASE("a private conversation keeps the order in which it was kept, whatever clocks say") {
    Model model = joined();
    const auto page = [&](std::uint32_t first, std::uint32_t last) {
        event::History history{Conversation{made_up::ann.id}, {}};
        for (std::uint32_t number = first; number <= last; ++number) {
            ChatMessage message =
                made_up::private_message(number, made_up::ann, made_up::ann, "text");
            message.seq = number;
            message.is_earlier = true;
            // The newest comes from somebody whose clock stands at its beginning.
            if (number == 50) message.sent_at = WallTime{};
            history.messages.push_back(message);
        }
        return history;
    };
    model.apply(happens(page(41, 50)));
    const ui::Timeline& with_ann = model.timeline(Conversation{made_up::ann.id});
    CHECK(with_ann.oldest_seq() == 41);
    model.apply(happens(page(31, 40)));
    std::vector<std::uint64_t> expected;
    for (std::uint64_t seq = 31; seq <= 50; ++seq) expected.push_back(seq);
    CHECK(seqs_of(with_ann) == expected);
}

TEST_CASE("what was said before an offer stands above its card, also when more was said since") {
    Model model = joined();
    event::Offer offer;
    offer.transfer = made_up::id<TransferId>(80);
    offer.from = made_up::ann;
    Event offered = happens(offer);
    offered.at = made_up::time_at(500);
    model.apply(offered);
    ChatMessage since = made_up::private_message(501, made_up::ann, made_up::ann, "see file");
    model.apply(happens(event::Message{since}));
    event::History page{Conversation{made_up::ann.id}, {}};
    for (std::uint32_t number : {48U, 49U, 501U}) {
        page.messages.push_back(
            made_up::private_message(number, made_up::ann, made_up::ann, "text"));
        page.messages.back().seq = number;
        page.messages.back().is_earlier = true;
    }
    model.apply(happens(page));
    const ui::Timeline& with_ann = model.timeline(Conversation{made_up::ann.id});
    REQUIRE(with_ann.size() == 4);
    CHECK(seqs_of(with_ann) == std::vector<std::uint64_t>{48, 49, 501});
    CHECK(std::holds_alternative<ui::TransferCard>(with_ann.at(2).body));
}

TEST_CASE("a failed join ends with the reason as a sentence") {
    Model model = fresh();
    model.apply(happens(event::Connecting{"nowhere", {}, 1}));
    model.apply(happens(event::RoleEnded{Fault{FaultCode::cannot_connect, "Nobody."}}));
    REQUIRE(model.trouble());
    CHECK(model.trouble()->sentence == "Nobody.");
}

TEST_CASE("D13 that keys and bans were lost is said until it is put away, whatever goes right") {
    Model model = fresh();
    model.apply(happens(event::Error{{FaultCode::profile_damaged, "Keys and bans are gone."}}));
    model.apply(happens(event::Error{{FaultCode::internal, "Something else."}}));
    model.apply(happens(event::Hosting{"Room", {"10.0.0.1:7788"}, 7788, {}, made_up::mara}));
    CHECK_FALSE(model.trouble());
    REQUIRE(model.damage());
    CHECK(model.damage()->sentence == "Keys and bans are gone.");
    model.apply(happens(event::RoleEnded{}));
    model.apply(happens(event::Connecting{"studio:7788", {}, 1}));
    model.apply(
        happens(event::Joined{"Studio", made_up::mara, li_wei, {li_wei, made_up::ann}, false}));
    CHECK(model.damage());
}

TEST_CASE("being removed keeps the host's reason, not the end of the connection") {
    Model model = joined();
    model.apply(happens(event::Kicked{li_wei, "spam"}));
    model.apply(happens(event::RoleEnded{Fault{FaultCode::disconnected, "closed"}}));
    REQUIRE(model.trouble());
    REQUIRE(model.trouble()->kicked);
    CHECK(model.trouble()->kicked->reason == "spam");
}

TEST_CASE("room messages stand in the host's order whatever order they arrive in") {
    Model model = joined();
    for (const std::uint32_t seq : {3U, 1U, 5U, 2U, 4U}) model.apply(happens(arrives(seq, seq)));
    CHECK(seqs_of(model.timeline({})) == std::vector<std::uint64_t>{1, 2, 3, 4, 5});
}

TEST_CASE("a message that arrives twice is shown once") {
    Model model = joined();
    model.apply(happens(arrives(7, 1)));
    model.apply(happens(arrives(7, 1)));
    CHECK(model.timeline({}).size() == 1);
    CHECK(model.timeline({}).news_count() == 1);
}

TEST_CASE("an own message goes from pending to stored and takes its place in the order") {
    Model model = joined();
    model.apply(happens(arrives(20, 0, MessageState::pending)));
    model.apply(happens(arrives(21, 0, MessageState::pending)));
    model.apply(happens(arrives(8, 1)));
    CHECK(seqs_of(model.timeline({})) == std::vector<std::uint64_t>{1, 0, 0});
    model.apply(happens(event::Sent{made_up::id<MessageId>(20), 2, made_up::time_at(30)}));
    model.apply(happens(arrives(9, 3)));
    CHECK(seqs_of(model.timeline({})) == std::vector<std::uint64_t>{1, 2, 3, 0});
    CHECK(line_at(model.timeline({}), 1).message.state == MessageState::stored);
    CHECK(line_at(model.timeline({}), 3).message.state == MessageState::pending);
}

TEST_CASE("a private message is waiting, then delivered, in its own conversation") {
    Model model = joined();
    ChatMessage message = made_up::private_message(40, made_up::mara, made_up::ann, "psst");
    message.state = MessageState::pending;
    model.apply(happens(event::Message{message}));
    CHECK(model.timeline({}).is_empty());
    const Conversation with_ann{made_up::ann.id};
    model.apply(happens(event::Waiting{message.id, made_up::ann.id}));
    CHECK(line_at(model.timeline(with_ann), 0).is_waiting);
    model.apply(happens(event::Delivered{message.id, made_up::ann.id}));
    CHECK_FALSE(line_at(model.timeline(with_ann), 0).is_waiting);
    CHECK(line_at(model.timeline(with_ann), 0).message.state == MessageState::stored);
}

TEST_CASE("own and earlier messages are no news") {
    Model model = joined();
    model.apply(happens(arrives(50, 0, MessageState::pending)));
    ChatMessage earlier = made_up::room_message(51, made_up::ann, "old", 1);
    earlier.is_earlier = true;
    model.apply(happens(event::Message{earlier}));
    CHECK(model.timeline({}).news_count() == 0);
    model.apply(happens(arrives(52, 2)));
    CHECK(model.timeline({}).news_count() == 1);
}

TEST_CASE("history comes before what is there, and its end is remembered") {
    Model model = joined();
    model.apply(happens(arrives(12, 12)));
    event::History history;
    for (std::uint32_t seq = 9; seq <= 12; ++seq) {
        history.messages.push_back(made_up::room_message(seq, made_up::ann, "old", seq));
    }
    model.apply(happens(history));
    CHECK(seqs_of(model.timeline({})) == std::vector<std::uint64_t>{9, 10, 11, 12});
    CHECK_FALSE(model.timeline({}).has_all_earlier());
    model.apply(happens(event::History{}));
    CHECK(model.timeline({}).has_all_earlier());
}

TEST_CASE("no older messages to be had is no trouble") {
    Model model = joined();
    model.apply(happens(arrives(60, 1)));
    Event refusal = happens(event::Error{{FaultCode::not_available, "not yet"}});
    refusal.ref = ui::history_ref(Conversation{});
    model.apply(refusal);
    CHECK_FALSE(model.trouble());
    CHECK(model.timeline({}).has_all_earlier());
}

TEST_CASE("older messages that cannot be had just now are not taken for none") {
    Model model = joined();
    model.apply(happens(arrives(60, 1)));
    Event refusal = happens(event::Error{{FaultCode::disconnected, "not now"}});
    refusal.ref = ui::history_ref(Conversation{});
    model.apply(refusal);
    CHECK_FALSE(model.trouble());
    CHECK_FALSE(model.timeline({}).has_all_earlier());
    CHECK(model.timeline({}).failed_loads() == 1);
}

TEST_CASE("people are listed host first, then by name, and two of one name are told apart") {
    Model model = fresh();
    const Peer zoe = peer(30, "zoe");
    const Peer bob = peer(31, "Bob");
    const Peer bob_again = peer(32, "Bob");
    model.apply(
        happens(event::Joined{"S", made_up::mara, li_wei, {zoe, bob, li_wei, bob_again}, false}));
    const auto& all = model.people().all();
    REQUIRE(all.size() == 4);
    CHECK(all[0].peer.name == "Li Wei");
    CHECK(all[1].peer.name == "Bob");
    CHECK(all[3].peer.name == "zoe");
    CHECK(model.shares_name(all[1].peer.id));
    CHECK_FALSE(model.shares_name(all[3].peer.id));
}

TEST_CASE("who leaves is away, keeps the conversation, and is here again on return") {
    Model model = joined();
    model.apply(happens(event::PeerLeft{made_up::ann, "closed the window"}));
    REQUIRE(model.people().find(made_up::ann.id));
    CHECK_FALSE(model.people().find(made_up::ann.id)->is_here);
    CHECK(model.people().here_count() == 1);
    model.apply(happens(event::PeerJoined{made_up::ann}));
    CHECK(model.people().find(made_up::ann.id)->is_here);
}

TEST_CASE("many arrivals in a row are one notice") {
    Model model = joined();
    for (std::uint32_t i = 0; i < 5; ++i) {
        model.apply(happens(event::PeerJoined{peer(70 + i, "P" + std::to_string(i))}));
    }
    REQUIRE(model.timeline({}).size() == 1);
    const auto& notice = std::get<ui::Notice>(model.timeline({}).at(0).body);
    CHECK(notice.count == 5);
    CHECK(notice.names == std::vector<std::string>{"P0", "P1", "P2"});
}

TEST_CASE("a new name shows on people and on what they said before") {
    Model model = joined();
    model.apply(happens(arrives(80, 1)));
    Peer renamed = made_up::ann;
    renamed.name = "Anna";
    model.apply(happens(event::PeerChanged{renamed, "Ann"}));
    CHECK(model.name_of(made_up::ann.id) == "Anna");
    Peer self = made_up::mara;
    self.name = "Mara B";
    model.apply(happens(event::PeerChanged{self, "Mara"}));
    CHECK(model.self().name == "Mara B");
}

TEST_CASE("an offer waits for an answer as a card with its sender, and is no message") {
    Model model = joined();
    event::Offer offer;
    offer.transfer = made_up::id<TransferId>(90);
    offer.from = made_up::ann;
    offer.name = "plans.pdf";
    offer.bytes = 5;
    model.apply(happens(offer));
    CHECK(model.transfers().unanswered_count(made_up::ann.id) == 1);
    CHECK(model.transfers().unanswered_count(li_wei.id) == 0);
    CHECK(model.timeline(Conversation{made_up::ann.id}).size() == 1);
    CHECK(model.timeline(Conversation{made_up::ann.id}).news_count() == 0);
    Transfer transfer = made_up::transfer(90, made_up::ann, Direction::in, TransferState::waiting);
    model.apply(happens(event::TransferChanged{transfer}));
    CHECK(model.transfers().unanswered_count(made_up::ann.id) == 0);
    CHECK(model.timeline(Conversation{made_up::ann.id}).size() == 1);
}

TEST_CASE("progress may wait for a frame, a change of state may not") {
    Model model = joined();
    Transfer transfer = made_up::transfer(91, made_up::ann, Direction::out, TransferState::active);
    CHECK(model.apply(happens(event::TransferChanged{transfer})) == Urgency::now);
    transfer.bytes_done += 1000;
    CHECK(model.apply(happens(event::TransferChanged{transfer})) == Urgency::soon);
    transfer.state = TransferState::done;
    CHECK(model.apply(happens(event::TransferChanged{transfer})) == Urgency::now);
}

TEST_CASE("an acknowledgement of something unknown changes nothing") {
    Model model = joined();
    const auto unknown = made_up::id<MessageId>(999);
    CHECK(model.apply(happens(event::Sent{unknown, 4, {}})) == Urgency::none);
    CHECK(model.apply(happens(event::Delivered{unknown, made_up::ann.id})) == Urgency::none);
    CHECK(model.apply(happens(event::Waiting{unknown, made_up::ann.id})) == Urgency::none);
}

TEST_CASE("what a message could do to the screen is written out, its lines and words stay") {
    Model model = joined();
    ChatMessage message =
        made_up::room_message(95, made_up::ann, "a\r\nb\tc\x1b[2J \u202Egnp.exe 你好", 1);
    model.apply(happens(event::Message{message}));
    CHECK(line_at(model.timeline({}), 0).message.text ==
          "a\nb    c\\u{1b}[2J \\u{202e}gnp.exe 你好");
    model.apply(happens(event::Kicked{li_wei, "\x1b]0;x"}));
    CHECK(model.trouble()->kicked->reason == "\\u{1b}]0;x");
}
