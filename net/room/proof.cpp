#include "net/room/proof.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/api/typed_code.hpp"
#include "net/link/side_thread.hpp"
#include "net/room/store_await.hpp"
#include "net/trust/invite.hpp"
#include "net/trust/scram.hpp"

namespace dropline {

namespace {

using wire::RefusalCode;

// ---- The host's side ----------------------------------------------------------------------------

enum class Verdict { accepted, wrong };
using Judgement = std::variant<Verdict, wire::Refused>;

/// A proof that holds for a secret that is valid lets in; everything is said but `ProofFailed`.
asio::awaitable<Judgement> judge(RoomDoor& door, FrameStream& stream, wire::ProofFirst first) {
    const Endpoint from = stream.stream().remote();
    const PeerId key = stream.peer();
    if (auto refusal = door.locked_out(from, key)) co_return std::move(*refusal);
    const auto binding = stream.stream().channel_binding();
    if (!binding) co_return protocol_refusal(binding.fault());
    ScramServer scram(*binding);
    const auto user = scram.begin(first.message);
    if (!user) co_return protocol_refusal(user.fault());
    auto found = co_await door.trial_of(*user);
    if (auto* refusal = std::get_if<wire::Refused>(&found)) co_return std::move(*refusal);
    RoomDoor::Trial trial = std::get<RoomDoor::Trial>(std::move(found));
    if (auto refusal = door.locked_out(trial, from)) co_return std::move(*refusal);
    const wire::Message challenge = wire::ProofChallenge{scram.challenge(trial.verifier)};
    const auto sent = co_await stream.send(challenge);
    if (!sent) co_return protocol_refusal(sent.fault());
    const auto final_message = co_await stream.receive(wire::Phase::host_expects_proof_final);
    if (!final_message) co_return protocol_refusal(final_message.fault());
    // Others from there may have been wrong meanwhile: many connections are no way around it.
    if (auto refusal = door.locked_out(from, key)) co_return std::move(*refusal);
    if (auto refusal = door.locked_out(trial, from)) co_return std::move(*refusal);
    const auto verdict = scram.judge(std::get<wire::ProofFinal>(*final_message).message);
    if (!verdict) co_return protocol_refusal(verdict.fault());
    if (!*verdict) {
        door.note_wrong(trial, from, key);
        co_return Verdict::wrong;
    }
    if (auto refusal = co_await door.let_in(trial, key)) co_return std::move(*refusal);
    const wire::Message accepted = wire::ProofAccepted{**verdict};
    const auto told = co_await stream.send(accepted);
    if (!told) co_return protocol_refusal(told.fault());
    co_return Verdict::accepted;
}

}  // namespace

asio::awaitable<std::variant<wire::JoinRequest, wire::Refused>> await_request(RoomDoor& door,
                                                                              FrameStream& stream) {
    bool may_come_in = door.way_in(stream.peer()) == wire::WayIn::open;
    std::uint32_t tries_left = limits::wrong_proofs_per_connection_max;
    auto phase = wire::Phase::host_expects_proof_or_request;
    for (;;) {
        auto message = co_await stream.receive(phase);
        if (!message) co_return protocol_refusal(message.fault());
        if (auto* request = std::get_if<wire::JoinRequest>(&*message)) {
            if (may_come_in) co_return std::move(*request);
            co_return wire::Refused{RefusalCode::secret_needed,
                                    "This room asks for an invite, a code or its password.", 0};
        }
        wire::ProofFirst first = std::get<wire::ProofFirst>(std::move(*message));
        auto judgement = co_await judge(door, stream, std::move(first));
        if (auto* refusal = std::get_if<wire::Refused>(&judgement)) co_return std::move(*refusal);
        if (std::get<Verdict>(judgement) == Verdict::accepted) {
            may_come_in = true;
            phase = wire::Phase::host_expects_join_request;
            continue;
        }
        --tries_left;
        if (tries_left == 0) {
            co_return wire::Refused{RefusalCode::secret_wrong, "That was wrong three times.", 0};
        }
        const wire::Message failed = wire::ProofFailed{"That is wrong.", tries_left};
        const auto told = co_await stream.send(failed);
        if (!told) co_return protocol_refusal(told.fault());
    }
}

// ---- The member's side --------------------------------------------------------------------------

namespace {

struct Attempt {
    std::string user;
    Secret secret;
};

/// A password is tried before a code: a wrong one of those does not count where there is none.
std::vector<Attempt> attempts_of(const JoinSecret& secret) {
    switch (secret.kind) {
        case SecretKind::invite: return {{"i:" + invite_id(secret.text), secret.text}};
        case SecretKind::password: return {{"r", secret.text}};
        case SecretKind::code: return {{"c", secret.text}};
        case SecretKind::code_or_password: {
            std::vector<Attempt> both{{"r", secret.text}};
            if (auto code = read_typed_code(secret.text.view())) both.push_back({"c", *code});
            return both;
        }
    }
    return {};
}

Fault wrong(SecretKind kind) {
    switch (kind) {
        case SecretKind::invite:
            return {FaultCode::secret_wrong,
                    "The host does not know this invite. Ask for a new one."};
        case SecretKind::code:
            return {FaultCode::secret_wrong,
                    "This code is wrong, or no longer valid. Compare it with the host's screen, or "
                    "ask for a new one."};
        case SecretKind::password:
        case SecretKind::code_or_password: break;
    }
    return {FaultCode::secret_wrong,
            "The password is wrong. Ask the host for it and type it again."};
}

Fault host_does_not_know() {
    return {FaultCode::refused,
            "Whoever answered does not know the room's secret itself: somebody may be pretending "
            "to be the host. Nothing was given away. Ask the host in person for an invite."};
}

/// One question and its answer; a refusal becomes a fault.
asio::awaitable<Result<wire::Message>> ask(FrameStream& stream, wire::Message question,
                                           wire::Phase phase) {
    const auto sent = co_await stream.send(question);
    auto answer = co_await stream.receive(phase);
    if (!answer) co_return answer.fault();
    if (const auto* refusal = std::get_if<wire::Refused>(&*answer)) {
        co_return refusal_fault(*refusal);
    }
    if (!sent) co_return sent.fault();
    co_return answer;
}

/// False when the host says that it is wrong.
asio::awaitable<Result<bool>> attempt(NodeContext& node, FrameStream& stream, Attempt with) {
    const auto binding = stream.stream().channel_binding();
    if (!binding) co_return binding.fault();
    const auto scram = std::make_shared<ScramClient>(with.user, with.secret, *binding);
    wire::Message first = wire::ProofFirst{scram->first()};
    const auto challenge =
        co_await ask(stream, std::move(first), wire::Phase::member_expects_challenge);
    if (!challenge) co_return challenge.fault();
    std::function<Result<std::string>()> work =
        [scram, text = std::get<wire::ProofChallenge>(*challenge).message] {
            return scram->answer(text);
        };
    const auto answer = co_await await_store<std::string>(node.executor, [&](auto done) {
        node.proofs->submit<std::string>(std::move(work), std::move(done));
    });
    if (!answer) co_return answer.fault();
    wire::Message final_message = wire::ProofFinal{*answer};
    const auto verdict =
        co_await ask(stream, std::move(final_message), wire::Phase::member_expects_verdict);
    if (!verdict) co_return verdict.fault();
    const auto* accepted = std::get_if<wire::ProofAccepted>(&*verdict);
    if (accepted == nullptr) co_return false;
    if (!scram->accepts(accepted->message)) co_return host_does_not_know();
    co_return true;
}

}  // namespace

asio::awaitable<Result<void>> prove_secret(NodeContext& node, FrameStream& stream,
                                           const JoinSecret& secret) {
    const std::vector<Attempt> attempts = attempts_of(secret);
    for (const Attempt& with : attempts) {
        const auto held = co_await attempt(node, stream, with);
        if (!held) co_return held.fault();
        if (*held) co_return Result<void>{};
    }
    co_return wrong(secret.kind);
}

Fault refusal_fault(const wire::Refused& refusal) {
    const std::string said = escape_for_display(refusal.reason);
    switch (refusal.code) {
        case RefusalCode::version: return {FaultCode::wrong_version, "The host refused: " + said};
        case RefusalCode::room_full:
        case RefusalCode::rate_limited:
        case RefusalCode::shutting_down: return {FaultCode::slow_down, "The host refused: " + said};
        case RefusalCode::secret_wrong:
            return {FaultCode::secret_wrong, "The host refused: " + said};
        case RefusalCode::secret_needed:
            return {FaultCode::secret_needed, "The host refused: " + said};
        case RefusalCode::secret_expired:
            return {FaultCode::secret_expired, "The host refused: " + said};
        case RefusalCode::banned: return {FaultCode::banned, "The host refused: " + said};
        case RefusalCode::other:
        case RefusalCode::bad_name:
        case RefusalCode::own_key:
        case RefusalCode::unknown_stream:
        case RefusalCode::protocol: break;
    }
    return {FaultCode::refused, "The host refused: " + said};
}

}  // namespace dropline
