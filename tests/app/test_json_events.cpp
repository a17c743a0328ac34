#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "app/json_line.hpp"
#include "net/api/limits.hpp"
#include "tests/app/json_lines.hpp"

using namespace dropline;
using namespace dropline::app;
using nlohmann::json;

namespace {

/// The names of the fields, in alphabetical order, without those every event has.
std::vector<std::string> fields(const json& object) {
    std::vector<std::string> names;
    for (const auto& [name, value] : object.items()) {
        if (name != "event" && name != "at") names.push_back(name);
    }
    return names;
}

using Names = std::vector<std::string>;

bool has_all(const json& object, const Names& names) {
    return std::all_of(names.begin(), names.end(),
                       [&object](const std::string& name) { return object.contains(name); });
}

Transfer sample_transfer() {
    Transfer transfer;
    transfer.id.bytes.fill(7);
    transfer.peer = ann_id;
    transfer.direction = Direction::out;
    transfer.name = "报告.pdf";
    transfer.state = TransferState::active;
    transfer.bytes_done = 10;
    transfer.bytes_total = 20;
    transfer.files_total = 1;
    transfer.rate_bytes_per_s = 5;
    return transfer;
}

}  // namespace

TEST_CASE("every event says what it is and when, in UTC with milliseconds") {
    const auto peers = written(event::Peers{}, "r1");
    CHECK(peers["event"] == "peers");
    CHECK(peers["at"] == "2026-01-31T23:59:59.042Z");
    CHECK(peers["ref"] == "r1");
    CHECK_FALSE(written(event::Peers{}).contains("ref"));
}

TEST_CASE("a time has four digits for its year, whatever a clock says") {
    using std::chrono::milliseconds;
    const WallTime end_of_9999{milliseconds(limits::sent_at_ms_max)};
    CHECK(rfc3339(WallTime{}) == "1970-01-01T00:00:00.000Z");
    CHECK(rfc3339(end_of_9999) == "9999-12-31T23:59:59.999Z");
    CHECK(rfc3339(end_of_9999 + milliseconds(1)) == rfc3339(end_of_9999));
    CHECK(rfc3339(WallTime::max()) == rfc3339(end_of_9999));
    CHECK(rfc3339(WallTime::min()) == "0000-01-01T00:00:00.000Z");
}

TEST_CASE("hosting names the room, its addresses, the port and our fingerprint") {
    const auto hosting = written(event::Hosting{"Room", {"10.0.0.1:7788"}, 7788, "", ann()});
    CHECK(has_all(hosting, {"room", "addresses", "port", "invite", "fingerprint"}));
    CHECK(hosting["addresses"] == json::array({"10.0.0.1:7788"}));
    CHECK(hosting["fingerprint"] == fingerprint_text(ann_id));
}

TEST_CASE("joined tells who we are, who hosts and who is there") {
    const auto joined = written(event::Joined{"Room", {}, ann(), {ann()}, true});
    CHECK(joined["room"] == "Room");
    CHECK(joined["host"]["role"] == "host");
    CHECK(joined["self"]["role"] == "member");
    CHECK(fields(joined["peers"][0]) == Names{"address", "auto_accept", "fingerprint", "id",
                                              "imitates", "known", "muted", "name", "role",
                                              "verified"});
    CHECK(joined["peers"][0]["id"] == to_text(ann_id));
    CHECK(joined["peers"][0]["verified"] == false);
    CHECK(joined["first_contact"] == true);
}

TEST_CASE("trust shows in a person's object: known, verified, imitated, what is taken unasked") {
    Peer peer = ann();
    CHECK(written(event::TrustChanged{peer})["peer"]["auto_accept"].is_null());
    CHECK(written(event::TrustChanged{peer})["peer"]["imitates"].is_null());
    peer.is_known = peer.is_verified = true;
    peer.imitates = ann_id;
    peer.auto_accept = AutoAccept{5000, "/d"};
    const auto changed = written(event::TrustChanged{peer});
    CHECK(changed["event"] == "peer_changed");
    CHECK(changed["previous_name"] == changed["peer"]["name"]);
    CHECK(changed["peer"]["known"] == true);
    CHECK(changed["peer"]["verified"] == true);
    CHECK(changed["peer"]["imitates"] == to_text(ann_id));
    CHECK(changed["peer"]["auto_accept"] == json({{"max_bytes", 5000}, {"into", "/d"}}));
}

TEST_CASE("a safety number has digits, pictures, and words to say them by") {
    const auto safety = written(event::Safety{ann(), {std::string(60, '7'), {0, 63}}});
    CHECK(safety["event"] == "safety");
    CHECK(safety["digits"] == std::string(60, '7'));
    CHECK(safety["symbols"] == json::array({"🐶", "🎲"}));
    CHECK(safety["words"] == json::array({"dog", "dice"}));
    CHECK(safety["peer"]["id"] == to_text(ann_id));
}

TEST_CASE("known keys are listed with their addresses and fingerprints") {
    event::Known body;
    body.hosts.push_back({"lab:7788", ann_id, "Ann", {}, true});
    body.people.push_back(ann());
    const auto known = written(body);
    CHECK(known["event"] == "known");
    CHECK(fields(known["hosts"][0]) ==
          Names{"address", "fingerprint", "first_met", "name", "verified"});
    CHECK(known["hosts"][0]["fingerprint"] == fingerprint_text(ann_id));
    CHECK(known["people"].size() == 1);
}

TEST_CASE("a changed key is an error that carries both keys in full") {
    Fault fault{FaultCode::key_changed, "Another key.", false,
                std::make_shared<const KeyChange>(KeyChange{"lab:7788", "Lab", "OLD", "NEW"})};
    const auto error = written(event::RoleEnded{fault});
    CHECK(error["code"] == "key_changed");
    CHECK(error["known_fingerprint"] == "OLD");
    CHECK(error["shown_fingerprint"] == "NEW");
}

TEST_CASE("people come, go and change with a peer object and a reason") {
    CHECK(has_all(written(event::PeerJoined{ann()}), {"peer", "reason"}));
    CHECK(written(event::PeerLeft{ann(), "left"})["reason"] == "left");
    const auto changed = written(event::PeerChanged{ann(), "Anna"});
    CHECK(changed["event"] == "peer_changed");
    CHECK(changed["peer"]["name"] == "Ann");
    CHECK(changed["previous_name"] == "Anna");
}

TEST_CASE("somebody's message to the room goes to null, a private one to us") {
    const auto loud = written(event::Message{message_from(ann_id, "你好")});
    CHECK(fields(loud) == Names{"from", "from_name", "id", "sent_at", "seq", "text", "to"});
    CHECK(loud["to"].is_null());
    CHECK(loud["seq"] == 5);
    CHECK(loud["text"] == "你好");
    ChatMessage whispered = message_from(ann_id, "psst");
    whispered.conversation.peer = ann_id;
    CHECK(written(event::Message{whispered})["to"] == to_text(self_id));
}

TEST_CASE("a message from before we joined is marked as an earlier one") {
    ChatMessage message = message_from(ann_id, "old");
    message.is_earlier = true;
    CHECK(written(event::Message{message})["earlier"] == true);
}

TEST_CASE("an own message is a line once it is stored, in the room's order") {
    JsonEvents events(self_id);
    CHECK(events.lines(event_of(event::Message{own_message("hi")}, "r")).empty());
    const auto lines =
        objects(events.lines(event_of(event::Sent{message_id(9), 6, sample_time()}, "r")));
    REQUIRE(lines.size() == 2);
    CHECK(lines[0]["event"] == "message");
    CHECK(lines[0]["seq"] == 6);
    CHECK(lines[0]["ref"] == "r");
    CHECK_FALSE(lines[0].contains("pending"));
    CHECK(lines[1]["event"] == "sent");
    CHECK(lines[1]["id"] == lines[0]["id"]);
    CHECK(lines[1]["seq"] == 6);
    CHECK(lines[1]["ref"] == "r");
    const auto again = only(events.lines(event_of(event::Sent{message_id(9), 6, sample_time()})));
    CHECK(again["event"] == "sent");
    CHECK(again["ref"].is_null());
}

TEST_CASE("an own message that the host does not take is kept for no line any more") {
    JsonEvents events(self_id);
    CHECK(events.lines(event_of(event::Message{own_message("hi")}, "r")).empty());
    const Fault fault{FaultCode::refused, "The host has muted you."};
    CHECK(only(events.lines(event_of(event::Error{fault, message_id(9)}, "r")))["event"] ==
          "error");
    const auto late = only(events.lines(event_of(event::Sent{message_id(9), 6, sample_time()})));
    CHECK(late["event"] == "sent");
}

TEST_CASE("an own message that comes stored already is a line once") {
    JsonEvents events(self_id);
    ChatMessage message = own_message("hi");
    CHECK(events.lines(event_of(event::Message{message})).empty());
    message.state = MessageState::stored;
    message.seq = 3;
    CHECK(only(events.lines(event_of(event::Message{message})))["seq"] == 3);
    CHECK(objects(events.lines(event_of(event::Sent{message_id(9), 3, {}}))).size() == 1);
}

TEST_CASE("an own private message becomes a line to the peer when the peer has it") {
    JsonEvents events(self_id);
    ChatMessage message = own_message("psst");
    message.conversation.peer = ann_id;
    CHECK(events.lines(event_of(event::Message{message}, "p")).empty());
    const auto waiting = only(events.lines(event_of(event::Waiting{message_id(9), ann_id}, "p")));
    CHECK(waiting["event"] == "waiting");
    const auto lines =
        objects(events.lines(event_of(event::Delivered{message_id(9), ann_id}, "p")));
    REQUIRE(lines.size() == 2);
    CHECK(lines[0]["to"] == to_text(ann_id));
    CHECK(lines[1]["event"] == "delivered");
    CHECK(lines[1]["peer"] == to_text(ann_id));
}

TEST_CASE("an offer previews its names and points at the risky ones") {
    event::Offer offer;
    offer.from = ann();
    offer.name = "2 files";
    offer.files = 2;
    offer.bytes = 11;
    offer.preview = {{".bashrc", "", 1, true, false}, {"a.txt", "", 10, false, false}};
    offer.folders = 3;
    offer.existing = 1;
    offer.version = 3;
    offer.left_out = 2;
    offer.left_out_preview = {"link", "socket"};
    const auto written_offer = written(offer);
    CHECK(has_all(written_offer, {"transfer", "from", "name", "files", "bytes", "paths_preview"}));
    CHECK(written_offer["from"] == to_text(ann_id));
    CHECK(written_offer["paths_preview"] == json::array({".bashrc", "a.txt"}));
    CHECK(written_offer["risky"] == json::array({".bashrc"}));
    CHECK(written_offer["folders"] == 3);
    CHECK(written_offer["existing"] == 1);
    CHECK(written_offer["version"] == 3);
    CHECK(written_offer["left_out"] == 2);
    CHECK(written_offer["left_out_preview"] == json::array({"link", "socket"}));
}

TEST_CASE("a page of an offer's list tells where it stands and what each entry is") {
    event::OfferEntries page{
        {}, 1000, 1002, {{"d", "", 0, false, true}, {"d/x", "D/x", 7, true, false}}};
    const auto answer = written(page, "r");
    CHECK(answer["event"] == "offer_entries");
    CHECK(answer["ref"] == "r");
    CHECK(answer["first"] == 1000);
    CHECK(answer["total"] == 1002);
    REQUIRE(answer["entries"].size() == 2);
    CHECK(answer["entries"][0] ==
          json({{"name", "d"}, {"bytes", 0}, {"risky", false}, {"folder", true}}));
    CHECK(answer["entries"][1] == json({{"name", "d/x"},
                                        {"sent_name", "D/x"},
                                        {"bytes", 7},
                                        {"risky", true},
                                        {"folder", false}}));
}

TEST_CASE("a transfer that stands still says who has to do what, and since when") {
    Transfer transfer = sample_transfer();
    transfer.state = TransferState::paused;
    transfer.paused_by = PausedBy::disk;
    CHECK(written(event::TransferChanged{transfer})["paused_by"] == "disk");
    transfer.paused_by = PausedBy::peer;
    CHECK(written(event::TransferChanged{transfer})["paused_by"] == "peer");
    transfer.state = TransferState::interrupted;
    transfer.quiet_since = sample_time();
    transfer.is_stale = true;
    transfer.bytes_sent_again = 8;
    const auto interrupted = written(event::TransferChanged{transfer});
    CHECK(interrupted["state"] == "interrupted");
    CHECK(interrupted["quiet_since"] == "2026-01-31T23:59:59.042Z");
    CHECK(interrupted["stale"] == true);
    CHECK(interrupted["bytes_sent_again"] == 8);
    transfer.is_checking = true;
    CHECK(written(event::TransferChanged{transfer})["checking"] == true);
}

TEST_CASE("what limits an active transfer is one word, or null while nobody knows") {
    Transfer transfer = sample_transfer();
    CHECK(written(event::TransferChanged{transfer})["limited_by"].is_null());
    const std::vector<std::pair<Bottleneck, std::string>> words{
        {Bottleneck::sender_disk, "sender_disk"},
        {Bottleneck::sender_encryption, "sender_encryption"},
        {Bottleneck::network, "network"},
        {Bottleneck::receiver_disk, "receiver_disk"},
        {Bottleneck::rate_limit, "rate_limit"}};
    for (const auto& [bottleneck, word] : words) {
        transfer.bottleneck = bottleneck;
        CHECK(written(event::TransferChanged{transfer})["limited_by"] == word);
    }
}

TEST_CASE("a transfer has every field of the contract in every state") {
    Transfer transfer = sample_transfer();
    const auto active = written(event::TransferChanged{transfer});
    CHECK(fields(active) == Names{"batch",         "bytes_done",  "bytes_sent_again",
                                  "bytes_total",   "checking",    "direction",
                                  "error",         "eta_s",       "files_done",
                                  "files_skipped", "files_total", "left_out",
                                  "limited_by",    "name",        "path",
                                  "paused_by",     "peer",        "peer_name",
                                  "queue_place",   "quiet_since", "rate",
                                  "saved_as",      "stale",       "state",
                                  "transfer"});
    CHECK(active["checking"] == false);
    CHECK(active["batch"].is_null());
    CHECK(active["paused_by"] == "nobody");
    CHECK(active["quiet_since"].is_null());
    CHECK(active["stale"] == false);
    CHECK(active["direction"] == "out");
    CHECK(active["state"] == "active");
    CHECK(active["eta_s"].is_null());
    CHECK(active["path"].is_null());
    CHECK(active["error"].is_null());
    transfer.state = TransferState::failed;
    transfer.eta_s = 3;
    transfer.path = Path::relayed;
    transfer.batch.bytes.fill(9);
    transfer.peer_name = "Ann";
    transfer.queue_place = 2;
    transfer.files_skipped = 3;
    transfer.left_out = 4;
    transfer.fault = Fault{FaultCode::disk_full, "No room."};
    const auto failed = written(event::TransferChanged{transfer});
    CHECK(failed["error"]["code"] == "disk_full");
    CHECK(failed["error"]["message"] == "No room.");
    CHECK(failed["path"] == "relayed");
    CHECK(failed["batch"] == to_hex(transfer.batch));
    CHECK(failed["peer_name"] == "Ann");
    CHECK(failed["queue_place"] == 2);
    CHECK(failed["files_skipped"] == 3);
    CHECK(failed["left_out"] == 4);
    CHECK(failed["eta_s"] == 3);
}

TEST_CASE("connection trouble says why, which attempt and how long until the next") {
    const auto lost = written(event::Disconnected{"gone", 2, std::chrono::milliseconds(750)});
    CHECK(lost["reason"] == "gone");
    CHECK(lost["attempt"] == 2);
    CHECK(lost["retry_in_ms"] == 750);
    CHECK(has_all(written(event::Connecting{"h:1", "", 1}), {"reason", "attempt", "retry_in_ms"}));
}

TEST_CASE("a role that ended is silent, unless there is a fault to tell") {
    JsonEvents events(self_id);
    CHECK(events.lines(event_of(event::RoleEnded{})).empty());
    const auto error = written(event::RoleEnded{Fault{FaultCode::port_taken, "Taken."}});
    CHECK(error["event"] == "error");
    CHECK(error["code"] == "port_taken");
}

TEST_CASE("errors have a code, a sentence and the ref, or null") {
    const auto error = written(event::Error{{FaultCode::unknown_peer, "Nobody."}}, "r");
    CHECK(error["code"] == "unknown_peer");
    CHECK(error["message"] == "Nobody.");
    CHECK(error["ref"] == "r");
    CHECK(written(event::Error{{FaultCode::internal, "x"}})["ref"].is_null());
}

TEST_CASE("answers are lists, also when they are empty") {
    CHECK(written(event::Transfers{})["transfers"] == json::array());
    CHECK(written(event::Peers{})["peers"] == json::array());
    event::History history;
    CHECK(written(history)["messages"] == json::array());
    CHECK(written(history)["conversation"] == "everyone");
    history.conversation.peer = ann_id;
    history.messages = {message_from(ann_id, "a")};
    CHECK(written(history)["conversation"] == to_text(ann_id));
    CHECK(written(history)["messages"][0]["text"] == "a");
}

TEST_CASE("being kicked names who did it and why") {
    const auto kicked = written(event::Kicked{ann(), "too loud"});
    CHECK(kicked["by"] == to_text(ann_id));
    CHECK(kicked["reason"] == "too loud");
}

TEST_CASE("no text of a peer puts a control or bidi character on stdout") {
    const std::string nasty = "a\x1b[2J\r\n\t\x7f\u009b\u0085\u202e\u2066\u200f\u061c\u2028\ufeff" +
                              std::string(1, '\0') + "中文😀";
    JsonEvents events(self_id);
    const std::string line = events.lines(event_of(event::Message{message_from(ann_id, nasty)}));
    for (const char character : line.substr(0, line.size() - 1)) {
        const auto byte = static_cast<unsigned char>(character);
        CHECK(byte >= 0x20);
        CHECK(byte != 0x7f);
    }
    for (const char* hidden :
         {"\u009b", "\u0085", "\u202e", "\u2066", "\u200f", "\u061c", "\u2028", "\ufeff"}) {
        CHECK(line.find(hidden) == std::string::npos);
    }
    CHECK(line.find("中文😀") != std::string::npos);
    CHECK(only(line)["text"] == nasty);
}

TEST_CASE("bytes that are no UTF-8 still make a line of valid JSON") {
    Transfer transfer = sample_transfer();
    transfer.saved_as = {"/tmp/\xff\x9b.txt"};
    const auto written_transfer = written(event::TransferChanged{transfer});
    CHECK(written_transfer["saved_as"][0] == "/tmp/\ufffd\ufffd.txt");
}
