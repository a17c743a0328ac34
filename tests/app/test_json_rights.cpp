// Rights as JSON Lines, in both directions, and as a person at a terminal reads them.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>

#include "app/human_lines.hpp"
#include "tests/app/json_lines.hpp"

using namespace dropline;
using namespace dropline::app;
using nlohmann::json;

namespace {

std::string told(EventBody body) {
    HumanLines lines(true);
    return lines.lines(event_of(std::move(body))).happened;
}

}  // namespace

TEST_CASE("a ban has a length in minutes, or none for good") {
    const auto hour =
        command_of<command::Ban>(R"({"do":"ban","peer":"Bob","minutes":60,"reason":"noise"})");
    CHECK(hour.peer == "Bob");
    CHECK(hour.minutes == 60U);
    CHECK(hour.reason == "noise");
    CHECK_FALSE(command_of<command::Ban>(R"({"do":"ban","peer":"B","minutes":null})").minutes);
    CHECK_FALSE(command_of<command::Ban>(R"({"do":"ban","peer":"B"})").minutes);
    CHECK(command_of<command::Unban>(R"({"do":"unban","fingerprint":"ABCD"})").fingerprint ==
          "ABCD");
    command_of<command::ListBans>(R"({"do":"bans"})");
}

TEST_CASE("muting, roles and rules are understood") {
    CHECK(command_of<command::Mute>(R"({"do":"mute","peer":"B","muted":true})").is_muted);
    CHECK_FALSE(command_of<command::Mute>(R"({"do":"mute","peer":"B","muted":false})").is_muted);
    CHECK(command_of<command::SetRole>(R"({"do":"role","peer":"B","role":"guest"})").role ==
          Role::guest);
    CHECK(command_of<command::SetRole>(R"({"do":"role","peer":"B","role":"member"})").role ==
          Role::member);
    const auto strict =
        command_of<command::SetRules>(R"({"do":"rules","files":"host","file_bytes_max":1000000})");
    CHECK(strict.rules == RoomRules{FileRule::only_to_host, 1'000'000});
    CHECK(command_of<command::SetRules>(R"({"do":"rules","files":"nobody","file_bytes_max":null})")
              .rules == RoomRules{FileRule::nobody, std::nullopt});
    CHECK(command_of<command::SetRules>(R"({"do":"rules","files":"all","file_bytes_max":null})")
              .rules == RoomRules{});
}

TEST_CASE("what is missing or means nothing is a bad request, never a guess") {
    const auto* line = GENERATE(
        R"({"do":"ban"})", R"({"do":"ban","peer":"B","minutes":-1})",
        R"({"do":"ban","peer":"B","minutes":"60"})", R"({"do":"unban"})",
        R"({"do":"mute","peer":"B"})", R"({"do":"mute","peer":"B","muted":1})",
        R"({"do":"role","peer":"B","role":"host"})", R"({"do":"role","peer":"B"})",
        R"({"do":"rules","files":"some","file_bytes_max":null})", R"({"do":"rules","files":"all"})",
        R"({"do":"rules","files":"all","file_bytes_max":-5})");
    const ParsedLine parsed = parse_json_line(line);
    CAPTURE(line);
    REQUIRE(std::holds_alternative<BadLine>(parsed));
    CHECK(std::get<BadLine>(parsed).fault.code == FaultCode::bad_request);
}

TEST_CASE("who is banned is told by whom, why and until when") {
    const auto banned = written(event::Banned{ann(), "noise", sample_time()});
    CHECK(banned["event"] == "banned");
    CHECK(banned["by"] == to_text(ann_id));
    CHECK(banned["by_name"] == "Ann");
    CHECK(banned["reason"] == "noise");
    CHECK(banned["until"] == "2026-01-31T23:59:59.042Z");
    CHECK(written(event::Banned{ann(), "", std::nullopt})["until"].is_null());
}

TEST_CASE("the list of bans says of each whom, since when and until when") {
    const Ban ban{ann_id, "Ann", sample_time(), std::nullopt, "noise"};
    CHECK(written(event::Bans{{ban}, {}})["withdrawn_invites"].empty());
    CHECK(written(event::Bans{{ban}, {"0123456789abcdef"}})["withdrawn_invites"][0] ==
          "0123456789abcdef");
    const auto bans = written(event::Bans{{ban}, {}})["bans"];
    REQUIRE(bans.size() == 1);
    CHECK(bans[0]["fingerprint"] == fingerprint_text(ann_id));
    CHECK(bans[0]["name"] == "Ann");
    CHECK(bans[0]["since"] == "2026-01-31T23:59:59.042Z");
    CHECK(bans[0]["until"].is_null());
    CHECK(bans[0]["reason"] == "noise");
}

TEST_CASE("rules, guests and muted people are written as they are read") {
    const auto rules = written(event::Rules{{FileRule::only_to_host, 5}});
    CHECK(rules["event"] == "rules");
    CHECK(rules["files"] == "host");
    CHECK(rules["file_bytes_max"] == 5);
    CHECK(written(event::Rules{})["file_bytes_max"].is_null());
    Peer guest = ann();
    guest.role = Role::guest;
    guest.is_muted = true;
    const auto peer = written(event::PeerChanged{guest, "Ann"})["peer"];
    CHECK(peer["role"] == "guest");
    CHECK(peer["muted"] == true);
}

TEST_CASE("a person at a terminal reads what the host has decided") {
    Peer guest = ann();
    guest.role = Role::guest;
    CHECK(told(event::PeerChanged{guest, "Ann"}) == "Ann is a guest and may talk.\n");
    guest.is_muted = true;
    CHECK(told(event::PeerChanged{guest, "Ann"}) == "Ann is a guest, and muted.\n");
    CHECK(told(event::PeerChanged{guest, "Anna"}) == "Anna is now called Ann.\n");
    CHECK(told(event::Banned{ann(), "no\x1b[2Jise", std::nullopt}) ==
          "The host has banned you from this room: no\\u{1b}[2Jise\n");
    CHECK(told(event::Rules{{FileRule::only_to_host, 1'000'000}}) ==
          "Files may be sent only to the host.\nAt most 1.0 MB may be offered at once.\n");
    CHECK(told(event::Rules{{FileRule::nobody, 1'000'000}}) ==
          "Only the host may send files here.\n");
}
