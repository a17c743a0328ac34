// What of a room's life reaches the log, and what of it never does.
#include "net/room/node_log.hpp"

#include <asio/io_context.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/pair/manual_clock.hpp"

namespace dropline {
namespace {

/// Stands in everything that a person writes or names; whatever holds it has said too much.
const std::string private_text = "zzz-private-zzz";

Peer peer_named(char letter) {
    Peer peer{*PeerId::from_bytes(std::string(PeerId::size_bytes, letter)), private_text,
              "10.0.0.2:5"};
    return peer;
}

Transfer transfer_in(TransferState state) {
    Transfer transfer;
    transfer.id = *TransferId::from_bytes(std::string(TransferId::size_bytes, 't'));
    transfer.peer = peer_named('b').id;
    transfer.peer_name = transfer.name = private_text;
    transfer.state = state;
    transfer.files_total = 3;
    transfer.bytes_total = 100;
    transfer.saved_as = {"/home/ann/" + private_text};
    return transfer;
}

struct LogToldTo {
    asio::io_context loop;
    testing::ManualClock clock{loop.get_executor()};
    std::string written;
    NodeLog log{clock, [this](const LogLine& line) { written += line.text + "\n"; }};

    std::string told(const EventBody& event) {
        written.clear();
        clock.advance(std::chrono::seconds(1));
        log.note(event);
        return written;
    }
    std::string told(TransferState state) {
        return told(event::TransferChanged{transfer_in(state)});
    }
};

TEST_CASE_METHOD(LogToldTo, "people who come and go are told by their tags and addresses") {
    const std::string tag = key_tag(peer_named('b').id);
    CHECK(told(event::PeerJoined{peer_named('b')}) ==
          tag + ": joined as " + tag + " at 10.0.0.2:5\n");
    CHECK(told(event::PeerLeft{peer_named('b'), private_text}) == tag + ": left\n");
}

TEST_CASE_METHOD(LogToldTo,
                 "a transfer is told when it begins and when it ends, however often it moves") {
    CHECK(told(TransferState::waiting).empty());
    CHECK(told(TransferState::active).find("began: 3 files, 100 bytes") != std::string::npos);
    CHECK(told(TransferState::active).empty());
    CHECK(told(TransferState::interrupted).find("was interrupted") != std::string::npos);
    CHECK(told(TransferState::interrupted).empty());
    CHECK(told(TransferState::active).find("began") != std::string::npos);
    CHECK(told(TransferState::done).find("is done") != std::string::npos);
    Transfer failed = transfer_in(TransferState::failed);
    failed.fault = Fault{FaultCode::disk_full, private_text};
    CHECK(told(event::TransferChanged{failed}).find("failed (disk_full)") != std::string::npos);
}

TEST_CASE_METHOD(LogToldTo,
                 "T44 no name, text, secret, reason or path of an event is in its line") {
    const Fault fault{FaultCode::file_error, private_text};
    const Peer ann = peer_named('a');
    ChatMessage message;
    message.from = ann.id;
    message.from_name = message.text = private_text;
    event::Offer offer;
    offer.from = ann;
    offer.name = offer.default_folder = private_text;
    offer.preview = {{private_text, private_text, 1, true, false}};
    const std::vector<EventBody> all{
        event::Hosting{private_text, {"10.0.0.1:7788"}, 7788, private_text, ann, true, true},
        event::Joined{private_text, ann, ann, {ann}, true, private_text},
        event::PeerJoined{ann},
        event::PeerLeft{ann, private_text},
        event::PeerChanged{ann, private_text},
        event::Message{message},
        offer,
        event::TransferChanged{transfer_in(TransferState::active)},
        event::TransferChanged{transfer_in(TransferState::done)},
        event::Connecting{private_text, private_text, 1},
        event::Disconnected{private_text, 1, {}},
        event::RoleEnded{fault},
        event::Kicked{ann, private_text},
        event::Banned{ann, private_text, {}},
        event::Error{fault},
        event::Invite{{}, private_text},
        event::Code{private_text, {}}};
    std::size_t lines = 0;
    for (const EventBody& event : all) {
        CAPTURE(event.index());
        const std::string line = told(event);
        CHECK(line.find(private_text) == std::string::npos);
        lines += line.empty() ? 0 : 1;
    }
    CHECK(lines == all.size() - 4);  // a new name, a message, an invite and a code say nothing
}

TEST_CASE_METHOD(LogToldTo, "strangers share the lines of their address, whatever keys they make") {
    const Endpoint from(asio::ip::make_address("10.0.0.9"), 4711);
    for (char letter = 'a'; letter <= 'z'; ++letter) {
        log.note_stranger(LogUrgency::info, from, peer_named(letter).id, "was refused");
    }
    CHECK(std::count(written.begin(), written.end(), '\n') == 10);
}

}  // namespace
}  // namespace dropline
