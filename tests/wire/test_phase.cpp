#include <catch2/catch_test_macros.hpp>

#include <map>
#include <set>
#include <string>

#include "net/wire/phase.hpp"

namespace dropline::wire {
namespace {

/// The table once more, in the words of net/PROTOCOL.md: drift between the two shows here.
const std::map<Phase, std::set<std::string>> promised = {
    {Phase::host_expects_hello, {"hello"}},
    {Phase::host_expects_proof_or_request, {"proof_first", "join_request"}},
    {Phase::host_expects_proof_final, {"proof_final"}},
    {Phase::host_expects_join_request, {"join_request"}},
    {Phase::host_serves_member,
     {"say", "rename", "history_request", "stream_request", "ping", "pong", "leave"}},
    {Phase::member_expects_welcome, {"welcome", "refused"}},
    {Phase::member_expects_challenge, {"proof_challenge", "refused"}},
    {Phase::member_expects_verdict, {"proof_accepted", "proof_failed", "refused"}},
    {Phase::member_expects_acceptance, {"join_accepted", "refused"}},
    {Phase::member_expects_roster, {"roster"}},
    {Phase::member_in_room,
     {"room_message", "sent", "say_refused", "peer_joined", "peer_left", "peer_changed",
      "history_page", "kicked", "room_closed", "stream_ticket", "stream_refused", "ping", "pong",
      "room_rules"}},
    {Phase::peer_expects_hello, {"peer_hello"}},
    {Phase::peer_expects_welcome, {"peer_welcome", "refused"}},
    {Phase::peer_expects_use, {"peer_use"}},
    {Phase::peer_in_conversation,
     {"private_message", "private_stored", "offer", "offer_page", "offer_answer", "transfer_cancel",
      "offer_page_request", "transfer_pause", "transfer_resume", "transfer_done", "transfer_order",
      "ping", "pong", "leave"}},
    {Phase::relay_expects_open, {"relay_open"}},
    {Phase::relay_expects_ready, {"relay_ready", "refused"}},
    {Phase::closing, {}},
};

TEST_CASE("A18 B8 T3 D5 every kind in every phase is allowed exactly where the protocol says so") {
    std::size_t cells = 0;
    for (const Phase phase : all_phases) {
        REQUIRE(promised.contains(phase));
        for (unsigned number = 0; number < 256; ++number) {
            const auto name = std::string(kind_name(static_cast<std::uint8_t>(number)));
            CAPTURE(static_cast<int>(phase), name);
            const bool is_promised = promised.at(phase).contains(name);
            CHECK(is_allowed(phase, static_cast<Kind>(number)) == is_promised);
            ++cells;
        }
    }
    CHECK(cells == all_phases.size() * 256);
}

}  // namespace
}  // namespace dropline::wire
