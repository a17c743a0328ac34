// What one person may use up of another's attention, memory and time: at each limit, and one above.
#include "net/api/limits.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <memory>
#include <string>

#include "net/link/session.hpp"
#include "net/transfer/manifest.hpp"
#include "tests/pair/forged_offer.hpp"
#include "tests/pair/stranger.hpp"
#include "tests/pair/transfer_steps.hpp"

namespace dropline::testing {
namespace {

using std::chrono::seconds;

// ---- Talk ---------------------------------------------------------------------------------------

constexpr auto burst = static_cast<std::size_t>(limits::chat_burst_messages);

/// Says more than may be said, on as many connections as it likes.
struct Chatterer : HostAndMember {
    Stranger chatterer{world, "10.0.0.9"};

    FrameStream come_in() { return chatterer.join(host_target, "Chatterer"); }

    void speak(FrameStream& stream, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            chatterer.send(stream, wire::Say{random_id<MessageId>(), "and another thing"});
        }
    }

    /// The next word that is about what was said.
    wire::Message answer(FrameStream& stream) {
        for (;;) {
            auto heard = chatterer.receive(stream, wire::Phase::member_in_room);
            REQUIRE(heard);
            const bool is_answer = std::holds_alternative<wire::Sent>(*heard) ||
                                   std::holds_alternative<wire::SayRefused>(*heard) ||
                                   std::holds_alternative<wire::Kicked>(*heard);
            if (is_answer) return std::move(*heard);
        }
    }

    std::size_t taken(FrameStream& stream, std::size_t count) {
        speak(stream, count);
        std::size_t sent = 0;
        for (std::size_t i = 0; i < count; ++i) {
            sent += std::holds_alternative<wire::Sent>(answer(stream)) ? 1 : 0;
        }
        return sent;
    }
};

TEST_CASE_METHOD(Chatterer, "E7 who breaks the connection and comes back has no new burst") {
    {
        FrameStream first = come_in();
        CHECK(taken(first, burst) == burst);
    }
    FrameStream second = come_in();
    CHECK(taken(second, 1) == 0);
    constexpr auto a_second = static_cast<std::size_t>(limits::chat_messages_per_second);
    world.clock.advance(seconds(1));
    FrameStream third = come_in();
    CHECK(taken(third, a_second + 1) == a_second);
}

TEST_CASE_METHOD(Chatterer, "E7 who was shown out for flooding does not come back fresh") {
    {
        FrameStream first = come_in();
        speak(first, burst + limits::chat_refused_per_10_s_max + 1);
        const auto is_last = [](const wire::Message& message) {
            return std::holds_alternative<wire::Kicked>(message);
        };
        while (!is_last(answer(first))) {
        }
    }
    // He has hung up without a word: that he was shown out is said at the door once more.
    FrameStream refused = chatterer.connect(host_target);
    chatterer.send(refused, wire::Hello{});
    chatterer.receive<wire::Refused>(refused, wire::Phase::member_expects_welcome);
    FrameStream second = come_in();
    speak(second, 1);
    CHECK(std::holds_alternative<wire::Kicked>(answer(second)));
}

TEST_CASE_METHOD(HostAndMember,
                 "who leaves in the middle of a long talk and comes back loses none of it") {
    for (std::size_t i = 0; i < 2 * burst; ++i) bob.submit(say("", std::to_string(i)));
    bob.await<event::Sent>();
    bob.submit(command::Leave{});
    world.run_until_in_time([&] { return !bob.all<event::RoleEnded>().empty(); }, "the end");
    join(bob);
    const auto is_all_there = [&] { return anna.all<event::Message>().size() == 2 * burst; };
    world.run_until_in_time(is_all_there, "everything that was said");
    std::vector<std::string> heard;
    for (const auto& message : anna.all<event::Message>()) heard.push_back(message.message.text);
    for (std::size_t i = 0; i < heard.size(); ++i) CHECK(heard[i] == std::to_string(i));
    CHECK(bob.all<event::RoleEnded>().size() == 1);
}

// ---- In private ---------------------------------------------------------------------------------

/// As above, but to Anna alone.
struct Whisperer : Chatterer {
    FrameStream room = come_in();

    FrameStream reach_anna() {
        chatterer.send(room, wire::StreamRequest{1, anna.id()});
        return chatterer.converse(
            chatterer.next<wire::StreamTicket>(room, wire::Phase::member_in_room));
    }

    void whisper(FrameStream& stream, const MessageId& id) {
        chatterer.send(stream, wire::PrivateMessage{id, "just between us", 1});
    }
    void whisper(FrameStream& stream, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) whisper(stream, random_id<MessageId>());
    }

    MessageId confirmed(FrameStream& stream) {
        return chatterer.receive<wire::PrivateStored>(stream, wire::Phase::peer_in_conversation).id;
    }

    std::size_t shown() {
        const auto& all = anna.all<event::Message>();
        return static_cast<std::size_t>(std::ranges::count_if(all, says("just between us")));
    }
};

TEST_CASE_METHOD(Whisperer,
                 "E7 a private burst is stored to its last message, and the one above only later") {
    FrameStream stream = reach_anna();
    whisper(stream, burst);
    for (std::size_t i = 0; i < burst; ++i) confirmed(stream);
    const auto above = random_id<MessageId>();
    whisper(stream, above);
    const auto is_answered = chatterer.next_word_or_end(stream, wire::Phase::peer_in_conversation);
    // Anna has read it when she has answered what came behind it in the room.
    CHECK(taken(room, 1) == 1);
    world.settle();
    CHECK_FALSE(*is_answered);
    CHECK(shown() == burst);
    world.clock.advance(seconds(1));
    whisper(stream, above);
    world.run_until([&] { return *is_answered; }, "the answer");
    world.run_until([&] { return shown() == burst + 1; }, "the message");
}

TEST_CASE_METHOD(Whisperer,
                 "E7 who floods in private is cut off, and does not come back with a new burst") {
    FrameStream stream = reach_anna();
    whisper(stream, burst + limits::chat_refused_per_10_s_max);
    for (std::size_t i = 0; i < burst; ++i) confirmed(stream);
    const auto is_over = chatterer.next_word_or_end(stream, wire::Phase::peer_in_conversation);
    world.settle();
    CHECK_FALSE(*is_over);
    whisper(stream, 1);
    world.run_until([&] { return *is_over; }, "the end of the connection");
    FrameStream second = reach_anna();
    whisper(second, 1);
    const auto is_over_again =
        chatterer.next_word_or_end(second, wire::Phase::peer_in_conversation);
    world.run_until([&] { return *is_over_again; }, "the end of the second");
    CHECK(shown() == burst);
}

TEST_CASE_METHOD(Whisperer, "E7 who floods Anna in private keeps nobody else from her") {
    FrameStream stream = reach_anna();
    whisper(stream, burst + limits::chat_refused_per_10_s_max + 1);
    bob.submit(say("Anna", "can you hear me"));
    anna.await<event::Message>(says("can you hear me"));
    bob.await<event::Delivered>();
}

TEST_CASE_METHOD(HostAndMember,
                 "who has much to say in private paces themselves, and loses nothing of it") {
    for (std::size_t i = 0; i < 3 * burst; ++i) bob.submit(say("Anna", std::to_string(i)));
    const auto is_all_confirmed = [&] { return bob.all<event::Delivered>().size() == 3 * burst; };
    world.run_until_in_time(is_all_confirmed, "all confirmations");
    std::vector<std::string> heard;
    for (const auto& message : anna.all<event::Message>()) heard.push_back(message.message.text);
    REQUIRE(heard.size() == 3 * burst);
    for (std::size_t i = 0; i < heard.size(); ++i) CHECK(heard[i] == std::to_string(i));
}

TEST_CASE_METHOD(HostAndMember,
                 "what was refused because somebody began anew comes in the end, and in order") {
    for (std::size_t i = 0; i < 2 * burst; ++i) bob.submit(say("Anna", std::to_string(i)));
    bob.await<event::Delivered>();
    bob.submit(command::Leave{});
    world.run_until_in_time([&] { return !bob.all<event::RoleEnded>().empty(); }, "the end");
    join(bob);  // with a pace of its own that knows nothing of what Anna has counted
    const auto is_all_there = [&] { return anna.all<event::Message>().size() == 2 * burst; };
    world.run_until_in_time(is_all_there, "everything that was said");
    std::vector<std::string> heard;
    for (const auto& message : anna.all<event::Message>()) heard.push_back(message.message.text);
    for (std::size_t i = 0; i < heard.size(); ++i) CHECK(heard[i] == std::to_string(i));
}

// ---- Offers -------------------------------------------------------------------------------------

struct Offers : HostAndMember {
    ScratchFolder folder;
    std::filesystem::path file = write_file(folder.path() / "a.txt", "a");

    std::vector<event::Offer> make_as_many_as_wait() {
        std::vector<event::Offer> made;
        for (std::size_t i = 0; i < limits::offers_pending_per_peer_max; ++i) {
            made.push_back(offer(bob, anna, {file}));
        }
        return made;
    }

    /// Bob's program keeps it back, and Anna does not see it.
    void check_is_held() {
        const std::size_t seen = anna.all<event::Offer>().size();
        bob.submit(command::Send{anna.text_id(), {file}});
        const auto held = bob.await<event::TransferChanged>(
            [](const event::TransferChanged& event) { return event.transfer.queue_place > 0; });
        CHECK(held.transfer.state == TransferState::waiting);
        CHECK(held.transfer.queue_place == 1);
        world.settle();
        CHECK(anna.all<event::Offer>().size() == seen);
    }
    void decline(const event::Offer& offered) {
        anna.submit(command::Decline{offered.transfer});
        bob.await<event::TransferChanged>([&](const event::TransferChanged& event) {
            return event.transfer.id == offered.transfer && event.transfer.is_over();
        });
    }
};

TEST_CASE_METHOD(Offers,
                 "twenty offers of one person wait, and the one above waits at its sender") {
    const auto waiting = make_as_many_as_wait();
    world.advance(seconds(60));  // the rate has long allowed more
    check_is_held();
    decline(waiting.front());
    anna.await<event::Offer>();
    check_is_held();
}

TEST_CASE_METHOD(Offers, "twenty offers come at once, and then one in ten seconds") {
    for (const event::Offer& made : make_as_many_as_wait()) decline(made);
    check_is_held();
    world.advance(seconds(11));
    anna.await<event::Offer>();
    check_is_held();
}

TEST_CASE_METHOD(Offers, "E7 who is accepted need not wait: fifty one after the other") {
    for (int i = 0; i < 50; ++i) {
        const event::Offer made = offer(bob, anna, {file});
        anna.submit(command::Accept{made.transfer, {}, {}, {}});
        await_state(world, bob, made.transfer, TransferState::done);
    }
}

TEST_CASE_METHOD(Offers,
                 "any number can be sent: what is too much at once is offered in its turn") {
    constexpr std::size_t count = limits::offers_pending_per_peer_max + 3;
    for (std::size_t i = 0; i < count; ++i) {
        bob.submit(command::Send{anna.text_id(), {file}});
    }
    std::size_t answered = 0;
    world.run_until_in_time(
        [&] {
            const auto& offered = anna.all<event::Offer>();
            while (answered < offered.size()) {
                anna.submit(command::Accept{offered[answered++].transfer, {}, {}, {}});
            }
            std::size_t done = 0;
            for (const auto& event : bob.all<event::TransferChanged>()) {
                CHECK(event.transfer.state != TransferState::declined);
                if (event.transfer.state == TransferState::done) ++done;
            }
            return done == count;
        },
        "all of them are done");
    CHECK(answered == count);
}

TEST_CASE_METHOD(Offers,
                 "an offer that is held back can be cancelled, and the next one takes its place") {
    const auto waiting = make_as_many_as_wait();
    world.advance(seconds(60));  // the rate has long allowed more
    const auto held_id = [&] {
        bob.submit(command::Send{anna.text_id(), {file}});
        return bob
            .await<event::TransferChanged>(
                [](const event::TransferChanged& event) { return event.transfer.queue_place > 0; })
            .transfer.id;
    };
    const TransferId first = held_id();
    const TransferId second = held_id();
    bob.submit(command::Cancel{first});
    await_state(world, bob, first, TransferState::cancelled);
    CHECK(latest(bob, second).queue_place == 1);
    bob.submit(command::Cancel{waiting.front().transfer});
    CHECK(anna.await<event::Offer>().transfer == second);
}

TEST_CASE_METHOD(Offers, "E7 offers of one person take no place of another's") {
    make_as_many_as_wait();
    check_is_held();
    Person chen(world, "Chen", "10.0.0.3");
    join(chen);
    offer(chen, anna, {file});
}

// ---- Lists of offers ----------------------------------------------------------------------------

struct ForgedOffers : HostAndMember {
    /// Somebody whom nobody has met; another one for each number.
    static PeerId person(std::uint8_t number) {
        PeerId id;
        id.bytes.fill(number);
        return id;
    }

    /// Until Anna is asked, or it is over; true when she was asked.
    bool is_asked(const PeerId& from, const wire::Offer& offer) {
        const auto asked_before = anna.all<event::Offer>().size();
        const auto told_before = anna.all<event::Error>().size();
        anna.hear(from, offer);
        world.run_until(
            [&] {
                return anna.all<event::Offer>().size() > asked_before || is_gone(offer.transfer) ||
                       anna.all<event::Error>().size() > told_before;
            },
            "an answer of some kind");
        return anna.all<event::Offer>().size() > asked_before;
    }
    bool is_gone(const TransferId& id) {
        const Transfer* newest = find_latest(anna, id);
        return newest != nullptr && newest->is_over();
    }
    std::string last_error() {
        const auto& errors = anna.all<event::Error>();
        return errors.empty() ? std::string() : errors.back().fault.sentence;
    }
};

TEST_CASE_METHOD(ForgedOffers,
                 "E7 an unanswered offer is renewed five times, and the sixth ends it") {
    const auto id = random_id<TransferId>();
    for (std::uint32_t version = 0; version <= limits::offer_renewals_max; ++version) {
        CAPTURE(version);
        CHECK(is_asked(bob.id(), forged_offer(id, {"a"}, version)));
    }
    CHECK_FALSE(is_asked(bob.id(), forged_offer(id, {"a"}, limits::offer_renewals_max + 1)));
    const Transfer over = latest(anna, id);
    CHECK(over.state == TransferState::failed);
    CHECK(over.fault->sentence.find("too often") != std::string::npos);
}

TEST_CASE_METHOD(ForgedOffers,
                 "E7 renewals take from the rate of offers: twenty, and not one more") {
    TransferId id;
    for (std::uint32_t said = 0; said < limits::offers_burst; ++said) {
        const std::uint32_t version = said % (limits::offer_renewals_max + 1);
        if (version == 0) id = random_id<TransferId>();
        CHECK(is_asked(bob.id(), forged_offer(id, {"a"}, version)));
    }
    CHECK_FALSE(is_asked(bob.id(), forged_offer(id, {"a"}, limits::offer_renewals_max)));
    CHECK(latest(anna, id).fault->sentence.find("Too many offers") != std::string::npos);
}

TEST_CASE_METHOD(ForgedOffers,
                 "E13 a thousand transfers are listed, then the oldest is forgotten") {
    const auto listed = [this] {
        anna.submit(command::ListTransfers{});
        std::vector<TransferId> ids;
        for (const Transfer& transfer : anna.await<event::Transfers>().transfers) {
            ids.push_back(transfer.id);
        }
        return ids;
    };
    std::vector<TransferId> made;
    const auto make_another = [&] {
        made.push_back(random_id<TransferId>());
        REQUIRE(is_asked(bob.id(), forged_offer(made.back(), {"a"}, 0)));
        anna.submit(command::Decline{made.back()});
        world.advance(seconds(10), seconds(10));  // an offer of six a minute
    };
    for (std::size_t i = 0; i < limits::transfer_records_max; ++i) make_another();
    CHECK(listed().size() == limits::transfer_records_max);
    make_another();
    const auto after = listed();
    CHECK(after.size() == limits::transfer_records_max);
    CHECK(std::ranges::count(after, made.front()) == 0);
    CHECK(std::ranges::count(after, made.back()) == 1);
}

TEST_CASE_METHOD(ForgedOffers, "a list that is begun again too often is still read to its end") {
    wire::Offer offer = forged_offer(random_id<TransferId>(), {"a"}, 0);
    offer.files = 2;
    offer.pages = 2;
    for (int i = 0; i < 100; ++i) anna.hear(bob.id(), offer);
    anna.hear(bob.id(), wire::OfferPage{offer.transfer, 1, {{"b", 0, 0, false, false}}, 0});
    CHECK(anna.await<event::Offer>().files == 2);
}

TEST_CASE_METHOD(ForgedOffers,
                 "the pages of a list are handed out eight times, and not once more") {
    ScratchFolder folder;
    std::filesystem::create_directory(folder.path() / "d");
    Manifest same;
    same.entries.push_back({"d"});
    for (int i = 0; i < 1000; ++i) {
        const std::string name = std::to_string(1000 + i) + std::string(200, 'n');
        write_file(folder.path() / "d" / name, "");
        same.entries.push_back({"d/" + name});
    }
    const std::uint32_t pages_after_first = ManifestPages(same).count() - 1;
    const auto offered = offer(bob, anna, {folder.path() / "d"});
    for (std::uint32_t round = 1; round < limits::offer_page_rounds_max; ++round) {
        for (std::uint32_t page = 1; page <= pages_after_first; ++page) {
            bob.hear(anna.id(), wire::OfferPageRequest{offered.transfer, page});
            world.settle();
        }
    }
    CHECK(latest(bob, offered.transfer).state == TransferState::offered);
    bob.hear(anna.id(), wire::OfferPageRequest{offered.transfer, 1});
    CHECK(await_state(world, bob, offered.transfer, TransferState::failed).fault);
    CHECK(await_state(world, anna, offered.transfer, TransferState::failed).fault);
}

TEST_CASE_METHOD(ForgedOffers, "E13 a hundred offers of all people wait, and then one of each") {
    const std::size_t people = limits::offers_pending_max / limits::offers_pending_per_peer_max;
    for (std::size_t i = 0; i < limits::offers_pending_max; ++i) {
        const auto from = person(static_cast<std::uint8_t>(1 + i % people));
        REQUIRE(is_asked(from, forged_offer(random_id<TransferId>(), {"a"}, 0)));
    }
    for (const PeerId& from : {person(101), person(102)}) {
        CHECK(is_asked(from, forged_offer(random_id<TransferId>(), {"a"}, 0)));
        anna.hear(from, forged_offer(random_id<TransferId>(), {"b"}, 0));
    }
    CHECK(is_asked(person(103), forged_offer(random_id<TransferId>(), {"a"}, 0)));
    CHECK(anna.all<event::Offer>().size() == limits::offers_pending_max + 3);
}

/// A list that counts as so many bytes: names of 984 and 40 for each.
std::vector<std::string> names_of_bytes(std::size_t bytes) {
    std::vector<std::string> names;
    const std::string folders = std::string(240, 'a') + "/" + std::string(240, 'b') + "/" +
                                std::string(240, 'c') + "/" + std::string(13, 'd') + "/";
    for (std::size_t i = 0; i < bytes / 1024; ++i) {
        names.push_back(folders + std::to_string(1'000'000 + i) + std::string(240, 'e'));
    }
    return names;
}

TEST_CASE_METHOD(ForgedOffers, "E13 lists of 32 MiB of one person wait, and not one file more") {
    static_assert(limits::unanswered_lists_bytes_per_peer_max == 32 * 1024 * 1024);
    const auto whole =
        forged_offer(random_id<TransferId>(), names_of_bytes(limits::offer_manifest_bytes_max), 0);
    CHECK(is_asked(bob.id(), whole));
    const auto rest = forged_offer(random_id<TransferId>(), names_of_bytes(8 * 1024 * 1024), 0);
    CHECK(is_asked(bob.id(), rest));
    CHECK_FALSE(is_asked(bob.id(), forged_offer(random_id<TransferId>(), {"one more"}, 0)));
    CHECK(last_error().find("of one person") != std::string::npos);
    // Also not as a new list of an offer that waits: the old one is there until the new one is.
    CHECK_FALSE(is_asked(bob.id(), forged_offer(rest.transfer, {"one more"}, 1)));
    anna.submit(command::Decline{whole.transfer});
    CHECK(is_asked(bob.id(), forged_offer(random_id<TransferId>(), {"one more"}, 0)));
}

TEST_CASE_METHOD(ForgedOffers, "E7 E13 lists of 64 MiB wait in all, and then only short ones") {
    static_assert(limits::unanswered_lists_bytes_max == 4 * 16 * 1024 * 1024);
    for (const PeerId& from : {person(1), person(2), person(3), person(4)}) {
        const auto names = names_of_bytes(16 * 1024 * 1024);
        REQUIRE(is_asked(from, forged_offer(random_id<TransferId>(), names, 0)));
    }
    const auto names = names_of_bytes(limits::unanswered_lists_bytes_always);
    CHECK(is_asked(person(5), forged_offer(random_id<TransferId>(), names, 0)));
    CHECK_FALSE(is_asked(person(5), forged_offer(random_id<TransferId>(), {"one more"}, 0)));
    CHECK(last_error().find("Too many long lists") != std::string::npos);
    CHECK(is_asked(person(6), forged_offer(random_id<TransferId>(), {"a"}, 0)));
}

/// Anna says yes to whatever she is offered.
struct WillingAnna : ForgedOffers {
    const PeerId from = person(9);

    TransferId take(std::vector<std::string> names) { return take_of(from, std::move(names)); }
    TransferId take_of(const PeerId& whom, std::vector<std::string> names) {
        const auto id = random_id<TransferId>();
        const bool was_asked = is_asked(whom, forged_offer(id, std::move(names), 0));
        REQUIRE(was_asked);
        anna.submit(command::Accept{id, {}, {}, {}});
        anna.await<event::TransferChanged>([&](const event::TransferChanged& event) {
            return event.transfer.id == id && event.transfer.state != TransferState::offered;
        });
        return id;
    }
    /// One more is not even shown, another person's is; and one is, when one of these is over.
    void check_no_other_is_taken(const TransferId& one_of_them) {
        const std::size_t asked = anna.all<event::Offer>().size();
        anna.hear(from, forged_offer(random_id<TransferId>(), {"one more"}, 0));
        CHECK(is_asked(person(8), forged_offer(random_id<TransferId>(), {"another's"}, 0)));
        CHECK(anna.all<event::Offer>().size() == asked + 1);
        anna.submit(command::Cancel{one_of_them});
        anna.await<event::TransferChanged>([](const event::TransferChanged& event) {
            return event.transfer.state == TransferState::cancelled;
        });
        CHECK(is_asked(from, forged_offer(random_id<TransferId>(), {"one more"}, 0)));
    }
};

TEST_CASE_METHOD(WillingAnna,
                 "E13 lists of 64 MiB of one person are under way, and then no other is offered") {
    static_assert(limits::accepted_lists_bytes_per_peer_max == 4 * 16 * 1024 * 1024);
    const auto first = take(names_of_bytes(16 * 1024 * 1024));
    for (int i = 1; i < 4; ++i) take(names_of_bytes(16 * 1024 * 1024));
    check_no_other_is_taken(first);
}

TEST_CASE_METHOD(
    WillingAnna,
    "E13 lists of 256 MiB are under way in all, and then none of who has one of them") {
    static_assert(limits::accepted_lists_bytes_max == 16 * 16 * 1024 * 1024);
    const auto first = take(names_of_bytes(16 * 1024 * 1024));
    for (std::uint8_t other = 1; other <= 5; ++other) {
        for (int i = 0; i < 3; ++i) take_of(person(other), names_of_bytes(16 * 1024 * 1024));
    }
    check_no_other_is_taken(first);
}

TEST_CASE_METHOD(WillingAnna,
                 "E13 a thousand transfers of one person are under way, and then no other") {
    const auto first = take({"0"});
    for (std::size_t i = 1; i < limits::accepted_per_peer_max; ++i) take({std::to_string(i)});
    check_no_other_is_taken(first);
}

TEST_CASE_METHOD(ForgedOffers, "E7 what others ask does not end what was agreed to") {
    const auto id = random_id<TransferId>();
    const auto names = names_of_bytes(2 * limits::unanswered_lists_bytes_always);
    const PeerId away = person(9);
    REQUIRE(is_asked(away, forged_offer(id, names, 0)));
    anna.submit(command::Accept{id, {}, {}, {}});
    anna.await<event::TransferChanged>([&](const event::TransferChanged& event) {
        return event.transfer.id == id && event.transfer.state != TransferState::offered;
    });
    for (const PeerId& from : {person(1), person(2), person(3), person(4)}) {
        const auto theirs = names_of_bytes(16 * 1024 * 1024);
        REQUIRE(is_asked(from, forged_offer(random_id<TransferId>(), theirs, 0)));
    }
    // One of the files has changed.
    anna.hear(away, forged_offer(id, names, 1));
    world.settle();
    CHECK_FALSE(is_gone(id));
    CHECK(anna.all<event::Error>().empty());
}

TEST_CASE_METHOD(ForgedOffers, "an offer that ends before its list is whole was never there") {
    wire::Offer offer = forged_offer(random_id<TransferId>(), {"a"}, 0);
    offer.files = 2;
    offer.pages = 2;
    anna.hear(bob.id(), offer);
    anna.hear(bob.id(), wire::TransferOrder{offer.transfer, true, std::nullopt});
    SECTION("its sender takes it back") {
        anna.hear(bob.id(), wire::TransferCancel{offer.transfer, {}});
    }
    SECTION("its list is none") {
        anna.hear(bob.id(), wire::OfferPage{offer.transfer, 1, {{"..", 0, 0, false, false}}, 0});
    }
    SECTION("its sender leaves") {
        bob.submit(command::Leave{});
        anna.await<event::PeerLeft>();
    }
    world.settle();
    CHECK(anna.all<event::TransferChanged>().empty());
    anna.submit(command::ListTransfers{});
    CHECK(anna.await<event::Transfers>().transfers.empty());
}

/// A member whose program knows no limit, in conversation with Anna.
struct Pusher : HostAndMember {
    Stranger pusher{world, "10.0.0.9"};
    FrameStream room = pusher.join(host_target, "Pusher");
    FrameStream talk = reach_anna();

    FrameStream reach_anna() {
        pusher.send(room, wire::StreamRequest{1, anna.id(), wire::Purpose::conversation});
        return pusher.converse(pusher.next<wire::StreamTicket>(room, wire::Phase::member_in_room));
    }

    TransferId push_offer() {
        const auto id = random_id<TransferId>();
        pusher.send(talk, wire::Offer{id, 1, 1, 1, {{"a.txt", 1, 0, false, false}}, 0, 0, {}});
        return id;
    }

    void check_next_is_put_off(std::uint32_t seconds_at_least) {
        const std::size_t seen = anna.all<event::Offer>().size();
        const TransferId id = push_offer();
        const auto answer = pusher.next<wire::OfferAnswer>(talk, wire::Phase::peer_in_conversation);
        CHECK(answer.transfer == id);
        CHECK_FALSE(answer.is_accepted);
        CHECK(answer.reason.find("Too many offers") != std::string::npos);
        CHECK(answer.retry_after_s >= seconds_at_least);
        CHECK(anna.all<event::Offer>().size() == seen);
    }
};

TEST_CASE_METHOD(Pusher,
                 "who offers more than twenty unanswered ones is refused until one is answered") {
    TransferId first;
    for (std::size_t i = 0; i < limits::offers_pending_per_peer_max; ++i) {
        push_offer();
        const auto seen = anna.await<event::Offer>();
        if (i == 0) first = seen.transfer;
    }
    check_next_is_put_off(1);
    anna.submit(command::Decline{first});
    pusher.next<wire::OfferAnswer>(talk, wire::Phase::peer_in_conversation);
    // The rate is another limit: it fills up while the connections are kept alive by hand.
    for (int passed = 0; passed < 11; ++passed) {
        world.advance(seconds(1));
        pusher.send(room, wire::Ping{});
        pusher.send(talk, wire::Ping{});
    }
    push_offer();
    anna.await<event::Offer>();
    check_next_is_put_off(1);
}

TEST_CASE_METHOD(Pusher,
                 "who offers more than twenty at once is refused, also when all are answered") {
    for (std::size_t i = 0; i < limits::offers_pending_per_peer_max; ++i) {
        push_offer();
        anna.submit(command::Decline{anna.await<event::Offer>().transfer});
        pusher.next<wire::OfferAnswer>(talk, wire::Phase::peer_in_conversation);
    }
    check_next_is_put_off(9);
    push_offer();
    const auto answer = pusher.next<wire::OfferAnswer>(talk, wire::Phase::peer_in_conversation);
    CHECK_FALSE(answer.is_accepted);
}

// ---- Who does not read --------------------------------------------------------------------------

/// Joins as anybody does, and then reads nothing any more.
struct DeafMember : HostAndMember {
    Stranger deaf{world, "10.0.0.9"};
    FrameStream stream = deaf.greet(host_target);

    DeafMember() {
        deaf.send(stream, wire::JoinRequest{"Deaf", 0, {}});
        deaf.receive<wire::JoinAccepted>(stream, wire::Phase::member_expects_acceptance);
        bob.await<event::PeerJoined>();
    }

    bool is_there() { return bob.all<event::PeerLeft>().empty(); }

    /// It still speaks: it is not silent, only deaf.
    void pass(Duration time) {
        for (Duration passed{0}; passed < time; passed += seconds(1)) {
            deaf.send(stream, wire::Ping{});
            world.advance(seconds(1));
        }
    }

    /// More than what the network between them holds.
    void fill() {
        const std::string text(limits::chat_text_bytes_max, 'x');
        for (int i = 0; i < 90; ++i) anna.submit(say("everyone", text));
        bob.await<event::Message>(
            [this](const event::Message&) { return bob.all<event::Message>().size() >= 90; });
    }
};

TEST_CASE_METHOD(DeafMember,
                 "T14 who reads nothing for thirty seconds is dropped, and not before") {
    pass(seconds(60));
    CHECK(is_there());  // nothing waited for it
    fill();
    pass(limits::send_stalled_max - seconds(2));
    CHECK(is_there());
    pass(seconds(2) + limits::ping_when_silent_for);
    CHECK_FALSE(is_there());
}

TEST_CASE_METHOD(
    HostAndMember,
    "4 MiB wait for a slow reader, in many frames or few, and one more ends the session") {
    Stranger writer(world, "10.0.0.9");
    FlowGate gate(world.loop.get_executor());
    std::optional<Fault> closed;
    const auto session = Session::start(
        writer.connect(host_target), {world.loop.get_executor(), world.clock, gate},
        wire::Phase::member_expects_welcome,
        {[](const wire::Message&) {}, [&closed](const Fault& fault) { closed = fault; }});
    const auto put = [&session](std::size_t bytes) {
        session->send(std::make_shared<const std::string>(
            bytes - limits::send_queue_frame_overhead_bytes, 'x'));
    };
    // All in one turn of the loop: nothing of it is written meanwhile.
    const auto parts = GENERATE(std::size_t{4}, limits::send_queue_hard_bytes / 128);
    for (std::size_t i = 0; i < parts; ++i) put(limits::send_queue_hard_bytes / parts);
    CHECK(session->queued_bytes() == limits::send_queue_hard_bytes);
    CHECK_FALSE(session->is_closing());
    put(limits::send_queue_frame_overhead_bytes);
    CHECK(session->is_closing());
    world.run_until([&closed] { return closed.has_value(); }, "the end of the session");
    CHECK(closed->code == FaultCode::too_slow);
}

/// Asks a host that has nothing else to say to it.
struct Pinger : HostAndMember {
    Stranger pinger{world, "10.0.0.9"};
    FrameStream stream = pinger.join(host_target, "Pinger");

    /// The host answers in order: so many pongs come before what was asked behind the pings.
    std::size_t answers_to(std::size_t pings) {
        for (std::size_t i = 0; i < pings; ++i) pinger.send(stream, wire::Ping{i});
        pinger.send(stream, wire::Say{random_id<MessageId>(), "are you there"});
        std::size_t pongs = 0;
        for (;;) {
            const auto heard = pinger.receive(stream, wire::Phase::member_in_room);
            REQUIRE(heard);
            if (std::holds_alternative<wire::Sent>(*heard)) return pongs;
            pongs += std::holds_alternative<wire::Pong>(*heard) ? 1 : 0;
        }
    }
};

TEST_CASE_METHOD(Pinger,
                 "E10 twenty pings are answered at once, then five a second, not one more") {
    constexpr auto at_once = static_cast<std::size_t>(limits::pings_burst);
    constexpr auto a_second = static_cast<std::size_t>(limits::pings_per_second);
    CHECK(answers_to(at_once) == at_once);
    CHECK(answers_to(1) == 0);
    world.clock.advance(seconds(1));
    CHECK(answers_to(a_second + 1) == a_second);
}

TEST_CASE_METHOD(Pinger,
                 "who was stopped for minutes, and asked all the while, stays in the room") {
    constexpr std::size_t asked_meanwhile = seconds(300) / limits::ping_when_silent_for;
    CHECK(answers_to(asked_meanwhile) > 0);
    CHECK(bob.all<event::PeerLeft>().empty());
}

// ---- Before anybody is let in -------------------------------------------------------------------

TEST_CASE_METHOD(
    HostAndMember,
    "D6 who announces what is not expected is turned away before a byte of it is kept") {
    Stranger stranger(world, "10.0.0.9");
    FrameStream stream = stranger.connect(host_target);
    const auto header =
        wire::encode_frame_header(wire::Kind::roster, limits::frame_bytes_max_before_auth + 1);
    REQUIRE(stranger.run(stream.stream().write(std::as_bytes(std::span(header)))));
    const auto refusal =
        stranger.receive<wire::Refused>(stream, wire::Phase::member_expects_welcome);
    CHECK(refusal.code == wire::RefusalCode::protocol);
}

// ---- Time ---------------------------------------------------------------------------------------

TEST_CASE_METHOD(HostAndMember, "E3 who is greeted and says nothing more is cut off after 20 s") {
    Stranger silent(world, "10.0.0.9");
    FrameStream stream = silent.greet(host_target);
    const auto is_over = silent.next_word_or_end(stream, wire::Phase::member_expects_acceptance);
    world.advance(limits::admission_max - seconds(1));
    CHECK_FALSE(*is_over);
    world.advance(seconds(1));
    world.run_until([&is_over] { return *is_over; }, "the end of the connection");
    CHECK(anna.all<event::PeerJoined>().size() == 1);
}

TEST_CASE_METHOD(HostAndMember, "who lost the host tries again, ever more patiently, up to 15 s") {
    anna.leave();
    for (const double expected_s : {0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0}) {
        const auto lost = bob.await<event::Disconnected>();
        const double wait_s = std::chrono::duration<double>(lost.retry_in).count();
        CHECK(wait_s >= expected_s * (1 - limits::reconnect_jitter) - 0.001);
        CHECK(wait_s <= expected_s * (1 + limits::reconnect_jitter));
        world.advance(lost.retry_in + std::chrono::milliseconds(1));
    }
}

}  // namespace
}  // namespace dropline::testing
