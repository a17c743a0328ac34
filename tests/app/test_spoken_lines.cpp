// What people read: lines about events, progress, questions.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>

#include "app/human_lines.hpp"
#include "app/offer_question.hpp"
#include "app/progress_line.hpp"
#include "tests/app/sample_events.hpp"
#include "ui/model/offer_risk.hpp"

using namespace dropline;
using namespace dropline::app;

namespace {

bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

bool is_plain(const std::string& text) {
    return std::none_of(text.begin(), text.end(), [](char character) {
        const auto byte = static_cast<unsigned char>(character);
        return (byte < 0x20 && character != '\n') || byte == 0x7f;
    });
}

event::Offer offer_of(std::vector<OfferedFile> preview, std::uint32_t files) {
    event::Offer offer;
    offer.from = ann();
    offer.name = "2 files";
    offer.files = files;
    offer.preview = std::move(preview);
    return offer;
}

event::Offer offer_from(const Peer& from, const std::string& name) {
    event::Offer offer = offer_of({}, 1);
    offer.from = from;
    offer.name = name;
    return offer;
}

Transfer half_done() {
    Transfer transfer;
    transfer.name = "report.pdf";
    transfer.state = TransferState::active;
    transfer.bytes_done = 50;
    transfer.bytes_total = 100;
    transfer.rate_bytes_per_s = 1'000'000;
    transfer.eta_s = 8;
    transfer.path = Path::direct;
    return transfer;
}

}  // namespace

TEST_CASE("what people say goes to stdout, what happens to stderr") {
    HumanLines lines(true);
    const auto said = lines.lines(event_of(event::Message{message_from(ann_id, "hi")}));
    CHECK(says(said.said, "Ann: hi\n"));
    CHECK(said.happened.empty());
    const auto left = lines.lines(event_of(event::PeerLeft{ann(), "bye"}));
    CHECK(left.said.empty());
    CHECK(left.happened == "Ann left: bye\n");
}

TEST_CASE("an invite is told on a terminal, and to what may keep it that there is one") {
    event::Hosting hosting;
    hosting.invite = "dropline://invite";
    event::Invite another;
    another.link = "dropline://another";
    HumanLines terminal(true);
    CHECK(says(terminal.lines(event_of(hosting)).happened, "dropline://invite"));
    CHECK(says(terminal.lines(event_of(another)).happened, "dropline://another"));
    HumanLines log(false);
    CHECK_FALSE(says(log.lines(event_of(hosting)).happened, "dropline://"));
    CHECK_FALSE(says(log.lines(event_of(another)).happened, "dropline://"));
    CHECK(says(log.lines(event_of(hosting)).happened, "told on a terminal or with --json"));
    hosting.invite.clear();
    CHECK_FALSE(says(log.lines(event_of(hosting)).happened, "invite"));
}

TEST_CASE("B1 no message can forge a line of somebody else or steer the terminal") {
    HumanLines lines(true);
    ChatMessage message = message_from(ann_id, "x\n[12:00] Bob: pay him\x1b[2J\x9b\r");
    message.from_name = "Ann\n\x1b]0;";
    const auto said = lines.lines(event_of(event::Message{message})).said;
    CHECK(is_plain(said));
    CHECK(says(said, "\n    [12:00] Bob"));
    CHECK_FALSE(says(said, "\n["));
}

TEST_CASE("B1 no name makes what was said to all seem to be said to one alone") {
    HumanLines lines(true);
    ChatMessage message = message_from(ann_id, "yes");
    message.conversation.peer = ann_id;
    const auto to_one = lines.lines(event_of(event::Message{message})).said;
    CHECK(says(to_one, ", to you alone] Ann: yes\n"));
    message.conversation.peer.reset();
    message.from_name = "to you alone] Ann";
    const auto to_all = lines.lines(event_of(event::Message{message})).said;
    CHECK_FALSE(says(to_all, ", to you alone]"));
}

TEST_CASE("B1 every sentence about an event is one line without control characters") {
    HumanLines lines(true);
    Peer nasty = ann();
    nasty.name = "A\r\x1b[31m\n";
    const std::string text = "r\r\x07\n";
    for (const EventBody& body :
         {EventBody(event::Hosting{text, {text}, 1, "", nasty}),
          EventBody(event::Joined{text, nasty, nasty, {nasty}, true}),
          EventBody(event::PeerJoined{nasty}), EventBody(event::PeerLeft{nasty, text}),
          EventBody(event::PeerChanged{nasty, text}), EventBody(event::Kicked{nasty, text}),
          EventBody(event::Connecting{text, text, 1}), EventBody(event::Disconnected{text, 1, {}}),
          EventBody(event::RoleEnded{Fault{FaultCode::refused, text}}),
          EventBody(event::Error{{FaultCode::refused, text}}),
          EventBody(offer_from(nasty, text))}) {
        const auto told = lines.lines(event_of(body));
        CHECK(told.said.empty());
        CHECK_FALSE(told.happened.empty());
        CHECK(is_plain(told.happened));
    }
}

TEST_CASE("progress shows how much, how fast, how long and which way") {
    const auto line = progress_line(half_done(), "Ann", 100);
    CHECK(says(line, "report.pdf to Ann"));
    CHECK(says(line, "[##########----------]  50 %"));
    CHECK(says(line, "/s"));
    CHECK(says(line, "8 s"));
    CHECK(says(line, "direct"));
}

TEST_CASE("progress counts files and says what holds it up") {
    Transfer transfer = half_done();
    transfer.files_done = 3;
    transfer.files_total = 20;
    transfer.bottleneck = Bottleneck::receiver_disk;
    CHECK(says(progress_line(transfer, "", 200), "3/20 files"));
    CHECK(says(progress_line(transfer, "", 200), "limited by the receiver's disk"));
    transfer.state = TransferState::waiting;
    transfer.queue_place = 4;
    CHECK(says(progress_line(transfer, "", 200), "waiting for others, place 4"));
}

TEST_CASE("what stands still says why and what makes it go on") {
    Transfer transfer = half_done();
    transfer.state = TransferState::interrupted;
    transfer.fault = Fault{FaultCode::disconnected, "Ann\x1b[2J left."};
    const auto interrupted = standstill_line(transfer, "Ann");
    CHECK(says(interrupted, "report.pdf to Ann: interrupted."));
    CHECK(says(interrupted, "left."));
    CHECK(says(interrupted, "goes on by itself as soon as both are in the room"));
    CHECK(is_plain(interrupted));
    transfer.fault = Fault{FaultCode::file_error, "Away."};
    CHECK(says(standstill_line(transfer, ""), "goes on by itself when that works again"));
    transfer.fault.reset();
    transfer.state = TransferState::paused;
    transfer.paused_by = PausedBy::us;
    CHECK(says(standstill_line(transfer, ""), "paused by you"));
    transfer.paused_by = PausedBy::peer;
    CHECK(says(standstill_line(transfer, ""), "when they continue it"));
    transfer.paused_by = PausedBy::disk;
    transfer.direction = Direction::in;
    CHECK(says(standstill_line(transfer, ""), "your disk is full"));
    CHECK(says(standstill_line(transfer, ""), "goes on by itself when there is room"));
    transfer.direction = Direction::out;
    CHECK(says(standstill_line(transfer, ""), "their disk is full"));
    transfer.fault = Fault{FaultCode::file_error, "Away."};
    CHECK(says(standstill_line(transfer, ""), "they cannot save it now"));
    CHECK(says(standstill_line(transfer, ""), "when they can save it again"));
}

TEST_CASE("a standstill is told once, and again when it comes back") {
    HumanLines lines(true);
    Transfer transfer = half_done();
    const auto told = [&](TransferState state) {
        transfer.state = state;
        return lines.lines(event_of(event::TransferChanged{transfer})).happened;
    };
    CHECK(told(TransferState::active).empty());
    CHECK(says(told(TransferState::interrupted), "interrupted"));
    CHECK(told(TransferState::interrupted).empty());
    CHECK(told(TransferState::active).empty());
    CHECK(says(told(TransferState::interrupted), "interrupted"));
    CHECK(says(told(TransferState::done), "done"));
}

TEST_CASE("the end of a transfer owns up to what was skipped and left out") {
    Transfer transfer = half_done();
    transfer.state = TransferState::done;
    transfer.files_total = 20;
    CHECK(outcome_line(transfer, "") == "report.pdf: done, verified.");
    transfer.files_skipped = 2;
    transfer.left_out = 1;
    CHECK(says(outcome_line(transfer, ""), "2 of 20 files were there already"));
    CHECK(says(outcome_line(transfer, ""),
               "left out (links, devices, what cannot be read or has gone): 1"));
}

TEST_CASE("a declined offer says why when a reason was given") {
    Transfer transfer = half_done();
    transfer.state = TransferState::declined;
    CHECK(outcome_line(transfer, "Ann") == "report.pdf to Ann: declined.");
    transfer.fault = Fault{FaultCode::declined, "The offer was declined."};
    CHECK(outcome_line(transfer, "Ann") == "report.pdf to Ann: declined.");
    transfer.fault = Fault{FaultCode::declined, "Enough\x1b[2J has been received."};
    CHECK(says(outcome_line(transfer, "Ann"), "Ann: declined. Enough"));
    CHECK(is_plain(outcome_line(transfer, "Ann")));
    HumanLines lines(true);
    const auto told = lines.lines(event_of(event::TransferChanged{transfer})).happened;
    CHECK(says(told, "has been received."));
    CHECK(is_plain(told));
}

TEST_CASE("progress fits its columns and keeps the numbers") {
    Transfer transfer = half_done();
    transfer.name = std::string(300, 'n') + "\x1b[2J";
    const auto line = progress_line(transfer, "Ann", 79);
    CHECK(line.size() <= 79);
    CHECK(says(line, "50 %"));
    CHECK(is_plain(line));
    CHECK(progress_line(transfer, "Ann", 5).size() <= 5);
}

TEST_CASE("an empty file is complete only when it is done") {
    Transfer transfer = half_done();
    transfer.bytes_done = 0;
    transfer.bytes_total = 0;
    CHECK(says(progress_line(transfer, "", 100), "  0 %"));
    transfer.state = TransferState::done;
    CHECK(says(progress_line(transfer, "", 100), "100 %"));
    CHECK(says(outcome_line(transfer, "Ann"), "done"));
}

TEST_CASE("A6 hidden names are never taken unasked, nor what a full preview may hide") {
    const OfferedFile plain{"a.txt", "", 1, false, false};
    const OfferedFile script{"run.sh", "", 1, true, false};
    for (const auto& harmless :
         {offer_of({plain}, 1), offer_of({script}, 1), offer_of({script, plain}, 200)}) {
        CHECK_FALSE(ui::has_hidden_file(harmless));
        CHECK_FALSE(ui::may_hide_something(harmless));
    }
    CHECK(ui::has_hidden_file(offer_of({{".bashrc", "", 1, true, false}}, 1)));
    CHECK(
        ui::has_hidden_file(offer_of({plain, {"d/.ssh/authorized_keys", "", 1, true, false}}, 2)));
    CHECK(ui::has_hidden_file(offer_of({{".git", "", 0, true, true}}, 1)));
    CHECK(ui::may_hide_something(offer_of({script, script}, 3)));
    event::Offer with_folder = offer_of({script, script}, 2);
    with_folder.folders = 1;
    CHECK(ui::may_hide_something(with_folder));
}

TEST_CASE("the question tells beforehand what exists already and what is left out") {
    event::Offer offer = offer_of({{"d", "", 0, false, true}, {"d/a", "", 1, false, false}}, 7);
    offer.folders = 2;
    CHECK(says(question_of(offer), "7 files, 2 folders"));
    CHECK(says(question_of(offer), "and 7 more"));
    CHECK_FALSE(says(question_of(offer), "exist"));
    CHECK_FALSE(says(question_of(offer), "left out"));
    offer.existing = 3;
    offer.left_out = 1;
    offer.left_out_preview = {"d/link\x1b[2J"};
    CHECK(says(question_of(offer), "3 of these names exist already"));
    CHECK(says(question_of(offer), "d/link"));
    CHECK(is_plain(question_of(offer)));
    CHECK(says(question_of(offer), "[y/N]"));
    CHECK_FALSE(says(question_of(offer, true), "[y/N]"));
    CHECK(says(question_of(offer, true), "another list than before"));
}

TEST_CASE("A6 the question lists what is offered and marks what is risky") {
    const auto question = question_of(offer_of(
        {{".profile", "\x1b[8m.profile", 10, true, false}, {"a", "", 1, false, false}}, 12));
    CHECK(says(question, "Ann"));
    CHECK(says(question, ".profile"));
    CHECK(says(question, "! hidden or runnable"));
    CHECK(says(question, "and 10 more"));
    CHECK(is_plain(question));
}
