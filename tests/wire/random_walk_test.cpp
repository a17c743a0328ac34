// T3: whatever comes, in whatever phase, is either one whole message that the phase allows or the
// end of the connection. Pure: frames, the phase table and the codec, as a session puts them
// together.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "net/api/limits.hpp"
#include "net/wire/codec.hpp"
#include "net/wire/phase.hpp"

namespace dropline::wire {
namespace {

constexpr std::uint32_t seed = 20261124;
constexpr int steps = 100'000;

/// One side of a connection, which takes what its phase allows and ends at the first violation.
class Receiver {
  public:
    explicit Receiver(Phase phase) : phase_(phase) {}

    /// The messages taken of these bytes.
    std::vector<Message> take(const std::string& bytes) {
        std::vector<Message> taken;
        parser_.push(std::as_bytes(std::span(bytes)));
        while (!is_over_) {
            const auto frame = parser_.next();
            if (!frame || (*frame && !is_allowed(phase_, (*frame)->kind))) is_over_ = true;
            if (is_over_ || !*frame) break;
            auto message = decode(**frame);
            is_over_ = !message;
            if (message) taken.push_back(std::move(*message));
        }
        return taken;
    }
    void enter(Phase phase) { phase_ = phase; }
    Phase phase() const { return phase_; }
    bool is_over() const { return is_over_; }
    std::size_t buffered_bytes() const { return parser_.buffered_bytes(); }

  private:
    FrameParser parser_;
    Phase phase_;
    bool is_over_ = false;
};

/// Where a message leads, for both roles; nothing: it leads nowhere. `is_other`: where two ways
/// go on, the second: a room that asks for a proof, a proof that did not hold.
std::optional<Phase> next_phase(Phase phase, Kind kind, bool is_other) {
    using enum Phase;
    if (phase == host_expects_hello && kind == Kind::hello) {
        return is_other ? host_expects_proof_or_request : host_expects_join_request;
    }
    if (kind == Kind::proof_first) return host_expects_proof_final;
    if (kind == Kind::proof_final) {
        return is_other ? host_expects_proof_or_request : host_expects_join_request;
    }
    if (kind == Kind::join_request) return host_serves_member;
    if (phase == member_expects_welcome && kind == Kind::welcome) {
        return is_other ? member_expects_challenge : member_expects_acceptance;
    }
    if (kind == Kind::proof_challenge) return member_expects_verdict;
    if (kind == Kind::proof_accepted) return member_expects_acceptance;
    if (kind == Kind::proof_failed) return member_expects_challenge;
    if (phase == member_expects_acceptance && kind == Kind::join_accepted) {
        return member_expects_roster;
    }
    if (phase == member_expects_roster && kind == Kind::roster) return member_in_room;
    if (phase == peer_expects_hello && kind == Kind::peer_hello) return peer_expects_use;
    if (phase == peer_expects_welcome && kind == Kind::peer_welcome) return peer_in_conversation;
    if (phase == peer_expects_use && kind == Kind::peer_use) return peer_in_conversation;
    return std::nullopt;
}

Kind kind_of(const Message& message) {
    return std::visit([](const auto& body) { return body.kind; }, message);
}

class Walker {
  public:
    std::size_t below(std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
    }
    std::string noise(std::size_t bytes) {
        std::string made(bytes, '\0');
        for (char& byte : made) byte = static_cast<char>(below(256));
        return made;
    }
    /// Mostly a frame that could be one; its length is honest or not.
    std::string frame() {
        const std::string payload = below(3) == 0 ? std::string() : noise(below(48));
        const auto kind = static_cast<Kind>(below(60));
        std::uint32_t length = static_cast<std::uint32_t>(payload.size());
        if (below(20) == 0) length = static_cast<std::uint32_t>(below(std::size_t{1} << 32U));
        const auto header = encode_frame_header(kind, length);
        return std::string(header.begin(), header.end()) + payload;
    }
    /// A message that its phase wants, so that the walk gets beyond the greeting.
    std::string wanted(Phase phase) {
        std::vector<Message> fitting;
        for (const Message& message : known_) {
            if (is_allowed(phase, kind_of(message))) fitting.push_back(message);
        }
        return fitting.empty() ? frame() : *encode(fitting[below(fitting.size())]);
    }
    /// The same with a byte of it changed.
    std::string damaged(Phase phase) {
        std::string bytes = wanted(phase);
        bytes[below(bytes.size())] = static_cast<char>(below(256));
        return bytes;
    }

  private:
    template <typename Id>
    static Id id() {
        return *Id::from_bytes(std::string(Id::size_bytes, 'i'));
    }
    static Member somebody() { return {id<PeerId>(), "Bob", "10.0.0.2:5", false, true, false}; }

    std::mt19937 random_{seed};
    const std::vector<Message> known_{Hello{},
                                      Welcome{},
                                      ProofFirst{"p=tls-exporter,,n=r,r=abc"},
                                      ProofChallenge{"r=abcdef,s=c2FsdA==,i=600000"},
                                      ProofFinal{"c=cD10bHMtZXhwb3J0ZXIsLA==,r=abcdef,p=AAAA"},
                                      ProofAccepted{"v=AAAA"},
                                      ProofFailed{"That is wrong.", 2},
                                      JoinRequest{"Bob", 1, {}},
                                      JoinAccepted{"room", id<LogId>(), 1, somebody(), somebody()},
                                      Roster{{somebody()}, true},
                                      RoomRules{},
                                      Say{id<MessageId>(), "hello"},
                                      Sent{id<MessageId>(), 1, 0},
                                      Ping{1},
                                      Pong{1},
                                      PeerJoined{somebody()},
                                      PeerChanged{somebody()},
                                      Rename{"Bo"},
                                      HistoryRequest{1, 0, 0, 200},
                                      StreamRequest{1, id<PeerId>()},
                                      PeerHello{id<StreamId>()},
                                      PeerWelcome{},
                                      PeerUse{},
                                      PrivateMessage{id<MessageId>(), "psst", 0},
                                      RelayOpen{std::string(32, 't')},
                                      RelayReady{},
                                      Refused{RefusalCode::banned, "no", 0}};
};

TEST_CASE("T3 A18 a random walk of 100,000 steps takes only what its phase allows") {
    CAPTURE(seed);
    Walker walker;
    std::size_t taken = 0;
    std::size_t violations = 0;
    std::size_t moves = 0;
    std::map<Phase, std::size_t> visits;
    std::optional<Receiver> receiver;
    for (int step = 0; step < steps; ++step) {
        if (!receiver || receiver->is_over()) {
            receiver.emplace(all_phases[walker.below(all_phases.size() - 1)]);
        }
        const Phase phase = receiver->phase();
        const std::size_t way = walker.below(8);
        const std::string bytes = way == 0   ? walker.noise(1 + walker.below(24))
                                  : way == 1 ? walker.frame()
                                  : way == 2 ? walker.damaged(phase)
                                             : walker.wanted(phase);
        const auto messages = receiver->take(bytes);
        for (const Message& message : messages) {
            // Written out only when it fails: a hundred thousand checks are slow.
            if (!is_allowed(phase, kind_of(message))) FAIL("taken in the wrong phase");
            const auto again = encode(message);
            if (again->size() > frame_header_bytes + frame_bytes_max(kind_of(message))) {
                FAIL("more was taken than may be said");
            }
        }
        taken += messages.size();
        violations += receiver->is_over() ? 1 : 0;
        if (receiver->buffered_bytes() > frame_header_bytes + limits::frame_bytes_max) {
            FAIL("more is kept than one frame");
        }
        if (messages.empty() || receiver->is_over()) continue;
        const bool is_other = walker.below(2) == 0;
        if (const auto next = next_phase(phase, kind_of(messages.back()), is_other)) {
            receiver->enter(*next);
            ++visits[*next];
            ++moves;
        }
    }
    // It did get around: a walk that always ends at the first step would prove nothing.
    CHECK(taken > steps / 4);
    CHECK(violations > steps / 20);
    CHECK(moves > steps / 50);
    for (const Phase phase : {Phase::host_expects_proof_or_request, Phase::host_expects_proof_final,
                              Phase::host_expects_join_request, Phase::member_expects_challenge,
                              Phase::member_expects_verdict, Phase::member_expects_acceptance}) {
        CAPTURE(static_cast<int>(phase));
        CHECK(visits[phase] > steps / 1000);
    }
}

TEST_CASE("A18 after a violation nothing is taken any more, not even what would be allowed") {
    for (const Phase phase : all_phases) {
        if (phase == Phase::closing) continue;  // what comes then is ignored, not judged
        for (unsigned number = 0; number < 64; ++number) {
            const auto kind = static_cast<Kind>(number);
            if (is_known_kind(static_cast<std::uint8_t>(number)) && is_allowed(phase, kind))
                continue;
            Receiver receiver(phase);
            const auto header = encode_frame_header(kind, 0);
            CHECK(receiver.take(std::string(header.begin(), header.end())).empty());
            CHECK(receiver.is_over());
            CHECK(receiver.take(*encode(Ping{1})).empty());
        }
    }
}

}  // namespace
}  // namespace dropline::wire
