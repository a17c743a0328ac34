// What people read: lines about events, progress, questions.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>

#include "app/human_lines.hpp"
#include "app/offer_question.hpp"
#include "app/progress_line.hpp"
#include "tests/app/sample_events.hpp"

using namespace dropline;
using namespace dropline::app;

namespace {

bool has(const std::string& text, const std::string& part) {
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
    HumanLines lines;
    const auto said = lines.lines(event_of(event::Message{message_from(ann_id, "hi")}));
    CHECK(has(said.said, "Ann: hi\n"));
    CHECK(said.happened.empty());
    const auto left = lines.lines(event_of(event::PeerLeft{ann(), "bye"}));
    CHECK(left.said.empty());
    CHECK(left.happened == "Ann left: bye\n");
}

TEST_CASE("no message can forge a line of somebody else or steer the terminal") {
    HumanLines lines;
    ChatMessage message = message_from(ann_id, "x\n[12:00] Bob: pay him\x1b[2J\x9b\r");
    message.from_name = "Ann\n\x1b]0;";
    const auto said = lines.lines(event_of(event::Message{message})).said;
    CHECK(is_plain(said));
    CHECK(has(said, "\n    [12:00] Bob"));
    CHECK_FALSE(has(said, "\n["));
}

TEST_CASE("every sentence about an event is one line without control characters") {
    HumanLines lines;
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
          EventBody(event::Offer{{}, nasty, text, 1, 1, {}, 0, text})}) {
        const auto told = lines.lines(event_of(body));
        CHECK(told.said.empty());
        CHECK_FALSE(told.happened.empty());
        CHECK(is_plain(told.happened));
    }
}

TEST_CASE("progress shows how much, how fast, how long and which way") {
    const auto line = progress_line(half_done(), "Ann", 100);
    CHECK(has(line, "report.pdf to Ann"));
    CHECK(has(line, "[##########----------]  50 %"));
    CHECK(has(line, "/s"));
    CHECK(has(line, "8 s"));
    CHECK(has(line, "direct"));
}

TEST_CASE("progress fits its columns and keeps the numbers") {
    Transfer transfer = half_done();
    transfer.name = std::string(300, 'n') + "\x1b[2J";
    const auto line = progress_line(transfer, "Ann", 79);
    CHECK(line.size() <= 79);
    CHECK(has(line, "50 %"));
    CHECK(is_plain(line));
    CHECK(progress_line(transfer, "Ann", 5).size() <= 5);
}

TEST_CASE("an empty file is complete only when it is done") {
    Transfer transfer = half_done();
    transfer.bytes_done = 0;
    transfer.bytes_total = 0;
    CHECK(has(progress_line(transfer, "", 100), "  0 %"));
    transfer.state = TransferState::done;
    CHECK(has(progress_line(transfer, "", 100), "100 %"));
    CHECK(has(outcome_line(transfer, "Ann"), "done"));
}

TEST_CASE("hidden names are never taken unasked, nor what a full preview may hide") {
    const OfferedFile plain{"a.txt", "", 1, false};
    const OfferedFile script{"run.sh", "", 1, true};
    CHECK_FALSE(may_hide_something(offer_of({plain}, 1)));
    CHECK_FALSE(may_hide_something(offer_of({script}, 1)));
    CHECK_FALSE(may_hide_something(offer_of({script, plain}, 200)));
    CHECK(may_hide_something(offer_of({{".bashrc", "", 1, true}}, 1)));
    CHECK(may_hide_something(offer_of({plain, {"d/.ssh/authorized_keys", "", 1, true}}, 2)));
    CHECK(may_hide_something(offer_of({script, script}, 3)));
}

TEST_CASE("the question lists what is offered and marks what is risky") {
    const auto question =
        question_of(offer_of({{".profile", "\x1b[8m.profile", 10, true}, {"a", "", 1, false}}, 12));
    CHECK(has(question, "Ann"));
    CHECK(has(question, ".profile"));
    CHECK(has(question, "! hidden or runnable"));
    CHECK(has(question, "and 10 more"));
    CHECK(is_plain(question));
}
