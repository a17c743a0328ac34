#include "net/room/admission.hpp"

#include <utility>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/room/proof.hpp"

namespace dropline {

namespace {

using wire::RefusalCode;

wire::Refused version_refusal(const wire::Hello& hello) {
    const bool is_member_older = hello.version_max < wire::protocol_version;
    return {
        RefusalCode::version,
        std::string(is_member_older ? "Your dropline is older than the host's; please update it."
                                    : "The host's dropline is older than yours; please ask the "
                                      "host to update it."),
        0};
}

bool speaks_our_version(const wire::Hello& hello) {
    return hello.version_min <= wire::protocol_version &&
           wire::protocol_version <= hello.version_max;
}

/// The host's own view of the greeting; a refusal says why it ended.
asio::awaitable<std::optional<wire::Refused>> greet(const AdmissionRules& rules,
                                                    FrameStream& stream) {
    const auto hello = co_await stream.receive(wire::Phase::host_expects_hello);
    if (!hello) co_return protocol_refusal(hello.fault());
    if (!speaks_our_version(std::get<wire::Hello>(*hello))) {
        co_return version_refusal(std::get<wire::Hello>(*hello));
    }
    // Before any proof: whoever cannot stay must not use up an invite, nor learn whether one holds.
    if (auto refusal = rules.objection(stream.peer(), stream.stream().remote())) co_return refusal;
    const wire::Message welcome =
        wire::Welcome{wire::protocol_version, rules.room, rules.door.way_in(stream.peer())};
    const auto sent = co_await stream.send(welcome);
    if (!sent) co_return protocol_refusal(sent.fault());
    co_return std::nullopt;
}

void note(const AdmissionRules& rules, LogUrgency urgency, FrameStream& stream,
          const std::string& what) {
    if (rules.log == nullptr) return;
    rules.log->note_stranger(urgency, stream.stream().remote(), stream.peer(), what);
}

/// Only the kind of the refusal is noted: its sentence is for whoever is refused.
asio::awaitable<std::optional<Newcomer>> turn_away(const AdmissionRules& rules, FrameStream& stream,
                                                   const wire::Refused& refusal) {
    note(rules, LogUrgency::info, stream,
         "was refused (" + fault_code_text(refusal_fault(refusal).code) + ")");
    co_await stream.refuse(rules.clock, refusal);
    co_return std::nullopt;
}

}  // namespace

asio::awaitable<std::optional<Newcomer>> admit(AdmissionRules rules, TlsStream tls,
                                               StrangerPlace place) {
    FrameStream stream(std::move(tls));
    note(rules, LogUrgency::debug, stream, "has connected");
    const StreamDeadline deadline(rules.clock, limits::admission_max, stream.stream());
    const GivesWay gives_way(place, stream.stream());
    if (const auto refusal = co_await greet(rules, stream)) {
        co_return co_await turn_away(rules, stream, *refusal);
    }
    auto request = co_await await_request(rules.door, stream);
    if (const auto* refusal = std::get_if<wire::Refused>(&request)) {
        co_return co_await turn_away(rules, stream, *refusal);
    }
    const auto& wish = std::get<wire::JoinRequest>(request);
    auto name = make_safe_person_name(wish.name);
    // Once more: a proof takes its time, and the room may have filled up meanwhile.
    auto refusal = rules.objection(stream.peer(), stream.stream().remote());
    if (!name) refusal = wire::Refused{RefusalCode::bad_name, name.fault().sentence, 0};
    if (refusal) co_return co_await turn_away(rules, stream, *refusal);
    co_return Newcomer{std::move(stream), std::move(*name), wish.peer_port, wish.candidates,
                       std::move(place)};
}

}  // namespace dropline
