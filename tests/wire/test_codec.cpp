#include <catch2/catch_test_macros.hpp>
#include <malloc.h>

#include <cstdint>
#include <limits>
#include <string>

#include "net/api/limits.hpp"
#include "net/wire/codec.hpp"
#include "tests/wire/allocation_watch.hpp"
#include "tests/wire/sample_messages.hpp"

namespace dropline::wire {
namespace {

Frame frame_of(const Message& message) {
    FrameParser parser;
    const auto encoded = encode(message);
    parser.push(std::as_bytes(std::span(*encoded)));
    auto frame = parser.next();
    REQUIRE(frame);
    REQUIRE(*frame);
    return **frame;
}

TEST_CASE("every message comes back from the wire as it was sent") {
    const auto messages = one_of_each();
    REQUIRE(messages.size() == std::variant_size_v<Message>);
    for (const Message& message : messages) {
        const Frame frame = frame_of(message);
        CAPTURE(kind_name(static_cast<std::uint8_t>(frame.kind)));
        const auto decoded = decode(frame);
        REQUIRE(decoded);
        CHECK(decoded->index() == message.index());
        CHECK(*encode(*decoded) == *encode(message));
    }
}

TEST_CASE("A21 an empty payload is taken only where nothing is required, and never crashes") {
    for (const Message& message : one_of_each()) {
        Frame frame = frame_of(message);
        frame.payload.clear();
        CAPTURE(kind_name(static_cast<std::uint8_t>(frame.kind)));
        const auto decoded = decode(frame);
        const bool may_be_empty =
            std::holds_alternative<Leave>(message) ||
            std::holds_alternative<PeerWelcome>(message) ||
            std::holds_alternative<RelayReady>(message) || std::holds_alternative<Ping>(message) ||
            std::holds_alternative<Pong>(message) || std::holds_alternative<Hello>(message) ||
            std::holds_alternative<Welcome>(message) || std::holds_alternative<Roster>(message) ||
            std::holds_alternative<JoinRequest>(message) ||
            std::holds_alternative<ProofFailed>(message) ||
            std::holds_alternative<Refused>(message) || std::holds_alternative<Rename>(message) ||
            std::holds_alternative<HistoryPage>(message) ||
            std::holds_alternative<Kicked>(message) || std::holds_alternative<RoomClosed>(message);
        CHECK(decoded.has_value() == may_be_empty);
    }
}

TEST_CASE("every truncation of every message is refused or read, never a crash") {
    for (const Message& message : one_of_each()) {
        const Frame whole = frame_of(message);
        for (std::size_t length = 0; length < whole.payload.size(); ++length) {
            const Frame cut{whole.kind, whole.payload.substr(0, length)};
            [[maybe_unused]] const auto decoded = decode(cut);
        }
    }
    SUCCEED();
}

TEST_CASE("text is taken at its limit and refused one byte above") {
    const auto id = id_of<MessageId>('m');
    const auto say = [&](std::size_t bytes) {
        return decode(frame_of(Say{id, std::string(bytes, 'w')})).has_value();
    };
    CHECK(say(1));
    CHECK(say(limits::chat_text_bytes_max));
    CHECK_FALSE(say(limits::chat_text_bytes_max + 1));
    CHECK_FALSE(say(0));
    const auto rename = [](std::size_t bytes) {
        return decode(frame_of(Rename{std::string(bytes, 'n')})).has_value();
    };
    CHECK(rename(limits::name_bytes_max));
    CHECK_FALSE(rename(limits::name_bytes_max + 1));
    const auto room = [&](std::size_t bytes) {
        const std::string name(bytes, 'r');
        Member somebody;
        somebody.id = id_of<PeerId>('p');
        somebody.name = "Bob";
        const JoinAccepted accepted{name, id_of<LogId>('l'), 0, somebody, somebody};
        const bool is_welcome_read = decode(frame_of(Welcome{1, name})).has_value();
        CHECK(decode(frame_of(accepted)).has_value() == is_welcome_read);
        return is_welcome_read;
    };
    CHECK(room(limits::room_name_bytes_max));
    CHECK_FALSE(room(limits::room_name_bytes_max + 1));
}

TEST_CASE("a message was sent between 1970 and the end of 9999, or it is refused") {
    const auto is_read = [](std::int64_t sent_at_ms) {
        const auto id = id_of<MessageId>('m');
        const RoomMessage said{7, id, id_of<PeerId>('p'), "Bob", "text", sent_at_ms};
        const bool is_said = bool(decode(frame_of(said)));
        CHECK(bool(decode(frame_of(HistoryPage{1, {said}, true}))) == is_said);
        CHECK(bool(decode(frame_of(Sent{id, 7, sent_at_ms}))) == is_said);
        CHECK(bool(decode(frame_of(PrivateMessage{id, "text", sent_at_ms}))) == is_said);
        return is_said;
    };
    CHECK(is_read(0));
    CHECK(is_read(limits::sent_at_ms_max));
    CHECK_FALSE(is_read(-1));
    CHECK_FALSE(is_read(limits::sent_at_ms_max + 1));
    CHECK_FALSE(is_read(std::numeric_limits<std::int64_t>::max()));
    CHECK_FALSE(is_read(std::numeric_limits<std::int64_t>::min()));
}

TEST_CASE("C20 eight addresses are taken of somebody, of 64 bytes each, and not one more") {
    std::vector<std::string> addresses(limits::candidates_max, "10.0.0.1:5000");
    const auto is_read = [&addresses] {
        const StreamTicket ticket{1,
                                  id_of<StreamId>('s'),
                                  id_of<PeerId>('p'),
                                  true,
                                  addresses,
                                  std::string(limits::relay_token_bytes, 't')};
        const bool is_ticket_read = bool(decode(frame_of(ticket)));
        CHECK(bool(decode(frame_of(JoinRequest{"Bob", 1, addresses}))) == is_ticket_read);
        return is_ticket_read;
    };
    CHECK(is_read());
    addresses.push_back("10.0.0.1:5001");
    CHECK_FALSE(is_read());
    addresses = {std::string(limits::address_text_bytes_max, '1')};
    CHECK(is_read());
    addresses.front() += '1';
    CHECK_FALSE(is_read());
}

TEST_CASE("ids of the wrong length and ids of zeros are refused") {
    for (const std::size_t length : {0U, 1U, 15U, 17U, 64U}) {
        std::string payload;
        payload += '\x0a';
        payload += static_cast<char>(length);
        payload += std::string(length, 'x');
        payload += "\x12\x01t";
        CHECK_FALSE(decode(Frame{Kind::say, payload}));
    }
    CHECK_FALSE(decode(frame_of(Say{MessageId{}, "text"})));
}

TEST_CASE("C3 B7 T47 unknown fields change nothing: a message cannot name its sender") {
    Frame frame = frame_of(Say{id_of<MessageId>('m'), "text"});
    // Field 15, length-delimited: what an older forger would call "from".
    frame.payload += "\x7a\x20" + std::string(32, 'z');
    const auto decoded = decode(frame);
    REQUIRE(decoded);
    CHECK(std::get<Say>(*decoded).text == "text");
}

/// Nested beyond any message of ours: wire types 3 and 4 of an unknown field.
std::string groups_in_groups(std::size_t depth) {
    return std::string(depth, '\x7b') + std::string(depth, '\x7c');
}

TEST_CASE("D6 D8 invalid UTF-8, deep nesting and broken varints are refused") {
    CHECK_FALSE(decode(Frame{Kind::rename, std::string("\x0a\x02\xff\xfe", 4)}));
    CHECK_FALSE(decode(Frame{Kind::rename, std::string("\x0a\x03\xed\xa0\x80", 5)}));
    CHECK_FALSE(decode(Frame{Kind::ping, std::string(11, '\xff')}));
    CHECK_FALSE(decode(Frame{Kind::ping, std::string("\x08", 1)}));
    CHECK_FALSE(decode(Frame{Kind::ping, groups_in_groups(101)}));
}

TEST_CASE("D6 sixteen groups of an unknown field lie in each other, and not one more") {
    constexpr std::size_t depth = limits::protobuf_depth_max;
    CHECK(decode(Frame{Kind::ping, groups_in_groups(depth)}));
    CHECK_FALSE(decode(Frame{Kind::ping, groups_in_groups(depth + 1)}));
    // One that is not closed is cut off, however deep.
    CHECK_FALSE(decode(Frame{Kind::ping, std::string(depth, '\x7b')}));
}

TEST_CASE("D6 a frame of empty sub-messages costs less than 3 MiB of heap") {
    std::string empties;
    while (empties.size() + 2 <= limits::frame_bytes_max) empties += std::string("\x0a\x00", 2);
    const auto before = mallinfo2().uordblks;
    const auto decoded = decode(Frame{Kind::roster, empties});
    const auto after = mallinfo2().uordblks;
    CHECK_FALSE(decoded);
    CHECK(static_cast<std::int64_t>(after) - static_cast<std::int64_t>(before) < 3 * 1024 * 1024);
}

TEST_CASE("D2 D6 a field that claims to be longer than its frame costs no memory") {
    const AllocationWatch watch;
    for (const std::uint32_t claimed : {1U << 20, (1U << 29) - 1, 0x7fffffffU}) {
        std::string payload = "\x0a";
        for (std::uint32_t rest = claimed; rest > 0; rest >>= 7U) {
            payload += static_cast<char>((rest & 0x7fU) | (rest > 0x7f ? 0x80U : 0U));
        }
        payload += std::string(60, 'x');
        for (const Kind kind : {Kind::join_request, Kind::welcome, Kind::say, Kind::roster}) {
            CHECK_FALSE(decode(Frame{kind, payload}));
        }
    }
    CHECK(watch.largest_bytes() < 64 * 1024);
}

TEST_CASE("D6 ten thousand repetitions of one field keep the last and its limit") {
    std::string payload = "\x0a\x10" + std::string(16, 'm');
    for (int i = 0; i < 2000; ++i) payload += std::string("\x12\x01", 2) + 'a';
    const auto decoded = decode(Frame{Kind::say, payload});
    REQUIRE(decoded);
    CHECK(std::get<Say>(*decoded).text == "a");
}

TEST_CASE("numbers out of their range are refused") {
    const auto peer = id_of<PeerId>('p');
    const auto stream = id_of<StreamId>('s');
    const auto transfer = id_of<TransferId>('t');
    const auto message = id_of<MessageId>('m');
    CHECK_FALSE(decode(frame_of(HistoryRequest{1, 0, 0, 0})));
    CHECK_FALSE(decode(frame_of(HistoryRequest{1, 0, 0, 201})));
    CHECK_FALSE(decode(frame_of(HistoryRequest{1, 5, 5, 10})));
    CHECK_FALSE(decode(frame_of(Sent{message, 0, 0})));
    CHECK_FALSE(decode(frame_of(Hello{5, 4, ""})));
    CHECK_FALSE(decode(frame_of(StreamTicket{1, stream, peer, true, {}, std::string(31, 'k')})));
    CHECK_FALSE(decode(frame_of(StreamTicket{
        1, stream, peer, true, std::vector<std::string>(9, "1.2.3.4:5"), std::string(32, 'k')})));
    CHECK_FALSE(decode(frame_of(PeerUse{static_cast<Purpose>(3), transfer})));
    CHECK(decode(frame_of(StreamRequest{1, peer, Purpose::conversation})));
    CHECK_FALSE(decode(frame_of(StreamRequest{1, peer, static_cast<Purpose>(3)})));
}

/// A small well-formed offer, of which each test changes one thing.
Offer offer_of_one(std::uint64_t bytes = 1) {
    Offer offer;
    offer.transfer = id_of<TransferId>('t');
    offer.files = 1;
    offer.bytes = bytes;
    offer.entries = {{"f", bytes, 0, false, false}};
    return offer;
}

bool is_taken(const Message& message) { return decode(frame_of(message)).has_value(); }

TEST_CASE("A24 sizes up to the limit are read as announced and larger ones refused") {
    CHECK(is_taken(offer_of_one(0)));
    CHECK(is_taken(offer_of_one(std::uint64_t{1} << 32U)));
    CHECK(is_taken(offer_of_one(limits::file_bytes_max)));
    CHECK_FALSE(is_taken(offer_of_one(limits::file_bytes_max + 1)));
    CHECK_FALSE(is_taken(offer_of_one(~std::uint64_t{0})));
}

TEST_CASE("T6 A25 every count of an offer is taken at its limit and refused one above") {
    const auto with = [](auto field, auto value) {
        Offer offer = offer_of_one();
        offer.*field = value;
        return is_taken(offer);
    };
    for (const std::uint32_t out_of_range : {0U, 0x80000000U, 0xffffffffU}) {
        CHECK_FALSE(with(&Offer::files, out_of_range));
        CHECK_FALSE(with(&Offer::pages, out_of_range));
    }
    CHECK(with(&Offer::files, std::uint32_t{limits::offer_entries_max}));
    CHECK_FALSE(with(&Offer::files, std::uint32_t{limits::offer_entries_max + 1}));
    CHECK(with(&Offer::pages, offer_pages_max));
    CHECK_FALSE(with(&Offer::pages, offer_pages_max + 1));
    CHECK(with(&Offer::left_out, std::uint32_t{limits::offer_entries_max}));
    CHECK_FALSE(with(&Offer::left_out, std::uint32_t{limits::offer_entries_max + 1}));
    CHECK(with(&Offer::left_out_names, std::vector<std::string>(left_out_names_max, "x")));
    CHECK_FALSE(with(&Offer::left_out_names, std::vector<std::string>(left_out_names_max + 1)));
    CHECK(with(&Offer::version, 0xffffffffU));

    const auto transfer = id_of<TransferId>('t');
    for (const std::uint32_t page : {1U, offer_pages_max - 1}) {
        CHECK(is_taken(OfferPage{transfer, page, {}, 0}));
        CHECK(is_taken(OfferPageRequest{transfer, page}));
    }
    for (const std::uint32_t page : {0U, offer_pages_max, 0x80000000U, 0xffffffffU}) {
        CHECK_FALSE(is_taken(OfferPage{transfer, page, {}, 0}));
        CHECK_FALSE(is_taken(OfferPageRequest{transfer, page}));
    }
    CHECK(is_taken(OfferAnswer{transfer, true, {}, limits::offer_entries_max, ~std::uint64_t{0}}));
    CHECK_FALSE(is_taken(OfferAnswer{transfer, true, {}, limits::offer_entries_max + 1, 0}));
}

TEST_CASE("An entry's path and an offer's reasons are taken at their limit and refused above") {
    const auto with_name = [](std::size_t bytes) {
        Offer offer = offer_of_one();
        offer.entries[0].name = std::string(bytes, 'n');
        return is_taken(offer);
    };
    CHECK(with_name(4 * limits::path_bytes_max));
    CHECK_FALSE(with_name(4 * limits::path_bytes_max + 1));
    const auto transfer = id_of<TransferId>('t');
    const std::string longest(limits::reason_bytes_max, 'r');
    CHECK(is_taken(OfferAnswer{transfer, false, longest, 0, 0}));
    CHECK(is_taken(TransferCancel{transfer, longest}));
    CHECK(is_taken(TransferPause{transfer, true, longest}));
    // Of a field that comes twice the last one counts.
    const auto with_reason = [](Frame frame, char tag, const std::string& reason) {
        REQUIRE(reason.size() > 0x7f);
        frame.payload += tag;
        frame.payload += static_cast<char>(0x80U | (reason.size() & 0x7fU));
        frame.payload += static_cast<char>(reason.size() >> 7U);
        return decode(Frame{frame.kind, frame.payload + reason}).has_value();
    };
    const Frame no = frame_of(OfferAnswer{transfer, false, {}, 0, 0});
    const Frame cancel = frame_of(TransferCancel{transfer, {}});
    const Frame pause = frame_of(TransferPause{transfer, true, {}});
    CHECK(with_reason(no, '\x1a', longest));
    CHECK(with_reason(cancel, '\x12', longest));
    CHECK(with_reason(pause, '\x1a', longest));
    CHECK_FALSE(with_reason(no, '\x1a', longest + "r"));
    CHECK_FALSE(with_reason(cancel, '\x12', longest + "r"));
    CHECK_FALSE(with_reason(pause, '\x1a', longest + "r"));
}

TEST_CASE("A reason that is too long or no text is cut or written out, never refused over there") {
    const auto transfer = id_of<TransferId>('t');
    const auto reason_after = [](const Message& message) {
        const auto decoded = decode(frame_of(message));
        REQUIRE(decoded);
        if (const auto* cancel = std::get_if<TransferCancel>(&*decoded)) return cancel->reason;
        if (const auto* pause = std::get_if<TransferPause>(&*decoded)) return pause->no_room;
        if (const auto* left = std::get_if<PeerLeft>(&*decoded)) return left->reason;
        return std::get<OfferAnswer>(*decoded).reason;
    };
    std::string names;
    while (names.size() < 2000) names += "名";
    const std::string cut = names.substr(0, limits::reason_bytes_max / 3 * 3);
    CHECK(reason_after(TransferCancel{transfer, names}) == cut);
    CHECK(reason_after(TransferPause{transfer, true, names}) == cut);
    CHECK(reason_after(OfferAnswer{transfer, false, names, 0, 0}) == cut);
    CHECK(reason_after(TransferCancel{transfer, "Cannot save \xff."}) == "Cannot save \\x{ff}.");
    CHECK(reason_after(PeerLeft{id_of<PeerId>('p'), names, false}) == cut);
}

TEST_CASE("A folder has no bytes of its own") {
    Offer offer = offer_of_one(0);
    offer.entries[0].is_folder = true;
    CHECK(is_taken(offer));
    offer.entries[0].bytes = 1;
    CHECK_FALSE(is_taken(offer));
}

TEST_CASE("What is gone has no bytes") {
    Offer offer = offer_of_one(0);
    offer.entries[0].is_gone = true;
    CHECK(is_taken(offer));
    CHECK(is_taken(OfferPage{offer.transfer, 1, offer.entries, 1}));
    offer.entries[0].bytes = 1;
    CHECK_FALSE(is_taken(offer));
    CHECK_FALSE(is_taken(OfferPage{offer.transfer, 1, offer.entries, 1}));
}

TEST_CASE("Everything that is told about a file or folder arrives") {
    const Message sent = [] {
        Offer offer = offer_of_one();
        offer.version = 4;
        offer.left_out = 9;
        offer.left_out_names = {"d/socket"};
        offer.entries = {{"d", 0, 1'000'000'000, true, false},
                         {"d/照片.sh", 5, -1, false, true},
                         {"d/x", 0, 2, false, false, true}};
        return offer;
    }();
    const auto decoded = decode(frame_of(sent));
    REQUIRE(decoded);
    const auto& offer = std::get<Offer>(*decoded);
    CHECK(offer.version == 4);
    CHECK(offer.left_out == 9);
    CHECK(offer.left_out_names == std::vector<std::string>{"d/socket"});
    REQUIRE(offer.entries.size() == 3);
    CHECK(offer.entries[0].is_folder);
    CHECK(offer.entries[0].modified_at_s == 1'000'000'000);
    CHECK(offer.entries[1].name == "d/照片.sh");
    CHECK(offer.entries[1].is_executable);
    CHECK_FALSE(offer.entries[1].is_folder);
    CHECK(offer.entries[1].modified_at_s == -1);
    CHECK_FALSE(offer.entries[1].is_gone);
    CHECK(offer.entries[2].is_gone);
}

TEST_CASE("A place in the queue names another transfer or none") {
    const auto transfer = id_of<TransferId>('t');
    const auto before = [&](std::optional<TransferId> other) {
        const auto decoded = decode(frame_of(TransferOrder{transfer, false, other}));
        REQUIRE(decoded);
        return std::get<TransferOrder>(*decoded).before;
    };
    CHECK(before(std::nullopt) == std::nullopt);
    CHECK(before(id_of<TransferId>('u')) == id_of<TransferId>('u'));
    CHECK_FALSE(is_taken(TransferOrder{transfer, false, TransferId{}}));
}

TEST_CASE("A8 what is neither a file nor a folder cannot be said") {
    Frame frame = frame_of(offer_of_one());
    // In an entry of its own, a field that no version has: a forger's "this is a link to".
    frame.payload += std::string("\x2a\x09\x0a\x01x\x7a\x04/etc", 11);
    const auto decoded = decode(frame);
    REQUIRE(decoded);
    const auto& entries = std::get<Offer>(*decoded).entries;
    REQUIRE(entries.size() == 2);
    CHECK(entries[1].name == "x");
    CHECK_FALSE(entries[1].is_folder);
}

TEST_CASE("rules outside of what the protocol knows are refused, at the limit and one above") {
    const auto is_taken = [](std::uint32_t files, std::uint64_t bytes) {
        return decode(frame_of(RoomRules{static_cast<FileRule>(files), bytes})).has_value();
    };
    CHECK_FALSE(is_taken(0, 0));
    CHECK(is_taken(1, 0));
    CHECK(is_taken(3, limits::file_bytes_max));
    CHECK_FALSE(is_taken(4, 0));
    CHECK_FALSE(is_taken(1, limits::file_bytes_max + 1));
}

}  // namespace
}  // namespace dropline::wire
