#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>

#include "tests/app/json_lines.hpp"

using namespace dropline;
using namespace dropline::app;

namespace {

const std::string transfer_hex = "000102030405060708090a0b0c0d0e0f";

BadLine complaint_about(std::string_view line) {
    const ParsedLine parsed = parse_json_line(line);
    CAPTURE(line);
    REQUIRE(std::holds_alternative<BadLine>(parsed));
    return std::get<BadLine>(parsed);
}

}  // namespace

TEST_CASE("saying goes to everyone unless a person is named") {
    const auto loud = command_of<command::Say>(R"({"do":"say","text":"你好\n"})");
    CHECK(loud.to.empty());
    CHECK(loud.text == "你好\n");
    CHECK(command_of<command::Say>(R"({"do":"say","to":null,"text":""})").to.empty());
    CHECK(command_of<command::Say>(R"({"do":"say","to":"Bob","text":"x"})").to == "Bob");
}

TEST_CASE("a receiver that is empty is a mistake, and never everyone") {
    for (const std::string line :
         {R"({"do":"say","to":"","text":"x"})", R"({"do":"send","to":"","paths":["/a"]})"}) {
        CHECK(complaint_about(line).fault.code == FaultCode::bad_request);
        CHECK(complaint_about(line).fault.sentence ==
              R"(The field "to" is empty. Name a person, or write "everyone".)");
    }
    CHECK(complaint_about(R"({"do":"send","to":null,"paths":["/a"]})").fault.code ==
          FaultCode::bad_request);
    CHECK(command_of<command::Say>(R"({"do":"say","to":"everyone","text":"x"})").to == "everyone");
    CHECK(command_of<command::Send>(R"({"do":"send","to":"everyone","paths":["/a"]})").to ==
          "everyone");
}

TEST_CASE("every command of the contract is understood") {
    const auto send = command_of<command::Send>(R"({"do":"send","to":"B","paths":["/a","/b"]})");
    CHECK(send.paths.size() == 2);
    const auto with_id = [](const std::string& verb) {
        return R"({"do":")" + verb + R"(","transfer":")" + transfer_hex + R"("})";
    };
    CHECK(to_hex(command_of<command::Accept>(with_id("accept")).transfer) == transfer_hex);
    CHECK(to_hex(command_of<command::Decline>(with_id("decline")).transfer) == transfer_hex);
    CHECK(to_hex(command_of<command::Cancel>(with_id("cancel")).transfer) == transfer_hex);
    CHECK(command_of<command::Accept>(R"({"do":"accept","transfer":")" + transfer_hex +
                                      R"(","into":"/d"})")
              .into == "/d");
    const auto kick = command_of<command::Kick>(R"({"do":"kick","peer":"B","reason":"loud"})");
    CHECK(kick.peer == "B");
    CHECK(kick.reason == "loud");
    CHECK(command_of<command::Kick>(R"({"do":"kick","peer":"B"})").reason.empty());
    CHECK(command_of<command::Rename>(R"({"do":"rename","name":"Zoë"})").name == "Zoë");
    command_of<command::ListPeers>(R"({"do":"peers"})");
    command_of<command::ListTransfers>(R"({"do":"transfers"})");
    CHECK(std::holds_alternative<Quit>(parse_json_line(R"({"do":"quit"})")));
}

TEST_CASE("a running transfer is paused, continued, moved, hurried and tried again by its id") {
    const auto line = [](const std::string& verb, const std::string& rest = "") {
        return R"({"do":")" + verb + R"(","transfer":")" + transfer_hex + "\"" + rest + "}";
    };
    CHECK(to_hex(command_of<command::Pause>(line("pause")).transfer) == transfer_hex);
    CHECK(to_hex(command_of<command::Resume>(line("resume")).transfer) == transfer_hex);
    CHECK(to_hex(command_of<command::StartNow>(line("start_now")).transfer) == transfer_hex);

    CHECK_FALSE(command_of<command::Move>(line("move")).before);
    CHECK_FALSE(command_of<command::Move>(line("move", R"(,"before":null)")).before);
    const std::string other(32, 'a');
    const auto moved = command_of<command::Move>(line("move", R"(,"before":")" + other + "\""));
    REQUIRE(moved.before);
    CHECK(to_hex(*moved.before) == other);

    CHECK_FALSE(command_of<command::Retry>(line("retry")).is_whole_batch);
    CHECK(command_of<command::Retry>(line("retry", R"(,"batch":true)")).is_whole_batch);
}

TEST_CASE("accepting may name what to take and what to leave") {
    const std::string start = R"({"do":"accept","transfer":")" + transfer_hex + "\"";
    const auto all = command_of<command::Accept>(start + "}");
    CHECK(all.only.empty());
    CHECK(all.except.empty());
    const auto some =
        command_of<command::Accept>(start + R"(,"only":["a","b/c"],"except":["b/c/d"]})");
    CHECK(some.only == std::vector<std::string>{"a", "b/c"});
    CHECK(some.except == std::vector<std::string>{"b/c/d"});
}

TEST_CASE("A6 a yes may name the version of the list that it is meant for") {
    const std::string start = R"({"do":"accept","transfer":")" + transfer_hex + "\"";
    CHECK_FALSE(command_of<command::Accept>(start + "}").version);
    CHECK_FALSE(command_of<command::Accept>(start + R"(,"version":null})").version);
    CHECK(command_of<command::Accept>(start + R"(,"version":0})").version == 0U);
    CHECK(command_of<command::Accept>(start + R"(,"version":4294967295})").version ==
          4'294'967'295U);
    for (const char* wrong : {"4294967296", "-1", "\"1\"", "1.5"}) {
        const auto parsed = parse_json_line(start + R"(,"version":)" + wrong + "}");
        CHECK(std::holds_alternative<BadLine>(parsed));
    }
}

TEST_CASE("an offer is listed in pages") {
    const std::string start = R"({"do":"offer","transfer":")" + transfer_hex + "\"";
    const auto usual = command_of<command::ListOffer>(start + "}");
    CHECK(usual.first == 0);
    CHECK(usual.count == 1000);
    const auto page = command_of<command::ListOffer>(start + R"(,"first":4294967295,"count":1})");
    CHECK(page.first == 4'294'967'295U);
    CHECK(page.count == 1);
}

TEST_CASE("a limit names both ways, so that neither is lifted by accident") {
    const auto limits =
        command_of<command::SetRateLimits>(R"({"do":"limit","up":5000000,"down":0})");
    CHECK(limits.up == 5'000'000);
    CHECK(limits.down == 0);
    CHECK(complaint_about(R"({"do":"limit","up":1})").fault.code == FaultCode::bad_request);
    CHECK(complaint_about(R"({"do":"limit","down":1})").fault.code == FaultCode::bad_request);
}

TEST_CASE("a whole number may be written with a fraction of nothing, and with no other") {
    for (const char* five : {"5", "5.0", "5e0", "0.5e1"}) {
        const std::string line = R"({"do":"limit","up":)" + std::string(five) + R"(,"down":0})";
        CHECK(command_of<command::SetRateLimits>(line).up == 5);
    }
    for (const char* none : {"5.5", "-5", "-5.0", "1e300", "9007199254740992.0", "\"5\"", "true"}) {
        const std::string line = R"({"do":"limit","up":)" + std::string(none) + R"(,"down":0})";
        CHECK(complaint_about(line).fault.code == FaultCode::bad_request);
    }
}

TEST_CASE("history asks for a page of at most 200") {
    const auto all = command_of<command::LoadHistory>(R"({"do":"history"})");
    CHECK(all.conversation.empty());
    CHECK_FALSE(all.before);
    CHECK(all.limit == 200);
    const auto page = command_of<command::LoadHistory>(
        R"({"do":"history","conversation":"everyone","before":17,"limit":200})");
    CHECK(page.before == 17U);
    CHECK(page.conversation == "everyone");
    const auto beyond = complaint_about(R"({"do":"history","limit":201,"ref":"h"})");
    CHECK(beyond.fault.code == FaultCode::not_available);
    CHECK(beyond.ref == "h");
    CHECK(complaint_about(R"({"do":"history","limit":0})").fault.code == FaultCode::bad_request);
}

TEST_CASE("trust says what changes about one person, and leaves the rest as it is") {
    const auto verify = command_of<command::Trust>(R"({"do":"trust","peer":"B","verified":true})");
    CHECK(verify.peer == "B");
    CHECK(verify.is_verified == true);
    CHECK_FALSE(verify.has_auto_accept);
    const auto rule = command_of<command::Trust>(
        R"({"do":"trust","peer":"B","auto_accept":true,"max_bytes":5000,"into":"/d"})");
    CHECK_FALSE(rule.is_verified);
    CHECK(rule.has_auto_accept == true);
    CHECK(rule.auto_accept_bytes_max == 5000U);
    CHECK(rule.auto_accept_into == "/d");
    const auto bare = command_of<command::Trust>(R"({"do":"trust","peer":"B","auto_accept":true})");
    CHECK_FALSE(bare.auto_accept_bytes_max);
    CHECK_FALSE(bare.auto_accept_into);
    const auto part =
        command_of<command::Trust>(R"({"do":"trust","peer":"B","verified":true,"max_bytes":7})");
    CHECK(part.auto_accept_bytes_max == 7U);
    CHECK_FALSE(part.has_auto_accept);
    CHECK(command_of<command::Trust>(R"({"do":"trust","peer":"B","into":"/d"})").auto_accept_into ==
          "/d");
    CHECK(command_of<command::Trust>(R"({"do":"trust","peer":"B","auto_accept":false})")
              .has_auto_accept == false);
    CHECK(complaint_about(R"({"do":"trust","peer":"B"})").fault.code == FaultCode::bad_request);
    CHECK(complaint_about(R"({"do":"trust","verified":true})").fault.code ==
          FaultCode::bad_request);
    CHECK(complaint_about(R"({"do":"trust","peer":"B","verified":1})").fault.code ==
          FaultCode::bad_request);
}

TEST_CASE("a safety number, the known keys and forgetting a host are asked for by script") {
    CHECK(command_of<command::ShowSafety>(R"({"do":"safety","peer":"B"})").peer == "B");
    command_of<command::ListKnown>(R"({"do":"known"})");
    CHECK(command_of<command::ForgetHost>(R"({"do":"forget_host","address":"lab:7788"})").address ==
          "lab:7788");
    CHECK(complaint_about(R"({"do":"forget_host"})").fault.code == FaultCode::bad_request);
}

TEST_CASE("who writes to a look-alike on purpose says so") {
    CHECK_FALSE(command_of<command::Say>(R"({"do":"say","to":"B","text":"x"})").is_sure);
    CHECK(command_of<command::Say>(R"({"do":"say","to":"B","text":"x","sure":true})").is_sure);
    CHECK(
        command_of<command::Send>(R"({"do":"send","to":"B","paths":["/a"],"sure":true})").is_sure);
}

TEST_CASE("a command carries its ref, and unknown fields are ignored") {
    const auto parsed = parse_json_line(R"({"do":"peers","ref":"r\u00fc1","later":{"x":[1]}})");
    REQUIRE(std::holds_alternative<Command>(parsed));
    CHECK(std::get<Command>(parsed).ref == "rü1");
}

TEST_CASE("what a later version brings answers not_available with its ref") {
    const std::string verb = GENERATE("search", "rooms");
    const auto answer = complaint_about(R"({"ref":"7","do":")" + verb + R"("})");
    CHECK(answer.fault.code == FaultCode::not_available);
    CHECK(answer.ref == "7");
}

TEST_CASE("a bad line is one bad_request and nothing else") {
    const std::string nul_path = R"({"do":"send","to":"B","paths":["/a\u0000b"]})";
    const auto line = GENERATE_COPY(
        std::string(""), "   ", "say hello", "{", "[]", "17", "null", "\"quit\"",
        "{\"do\":\"quit\"} x", "{}", R"({"do":7})", R"({"do":"dance"})", R"({"do":"say"})",
        R"({"do":"say","text":7})", R"({"do":"say","text":null})",
        R"({"do":"say","text":"x","to":["B"]})", R"({"do":"say","text":"x","ref":7})",
        R"({"do":"send","to":"B"})", R"({"do":"send","to":"B","paths":[]})",
        R"({"do":"send","to":"B","paths":"/a"})", R"({"do":"send","to":"B","paths":[1]})",
        R"({"do":"send","paths":["/a"]})", nul_path, R"({"do":"accept"})",
        R"({"do":"accept","transfer":"xyz"})", R"({"do":"accept","transfer":"0001"})",
        R"({"do":"kick"})", R"({"do":"rename"})", R"({"do":"history","before":-1})",
        R"({"do":"history","limit":1.5})", R"({"do":"history","before":"x"})",
        std::string("{\"do\":\"say\",\"text\":\"\xff\xfe\"}"),
        std::string("{\"do\":\"say\",\"text\":\"\xed\xa0\x80\"}"),
        std::string("\0{\"do\":\"quit\"}", 14));
    CHECK(complaint_about(line).fault.code == FaultCode::bad_request);
    CHECK_FALSE(complaint_about(line).fault.sentence.empty());
}

TEST_CASE("a wish about a transfer with a bad field is one bad_request") {
    const auto rest = GENERATE(
        R"("do":"accept","transfer":"ID","into":"")", R"("do":"pause")",
        R"("do":"resume","transfer":7)", R"("do":"start_now","transfer":"0001")",
        R"("do":"move","transfer":"ID","before":"x")", R"("do":"move","transfer":"ID","before":1)",
        R"("do":"retry","transfer":"ID","batch":"yes")", R"("do":"retry","batch":true)",
        R"("do":"accept","transfer":"ID","only":"a")",
        R"("do":"accept","transfer":"ID","only":[1])",
        R"("do":"accept","transfer":"ID","except":{})", R"("do":"offer","transfer":"ID","count":0)",
        R"("do":"offer","transfer":"ID","first":-1)",
        R"("do":"offer","transfer":"ID","first":4294967296)", R"("do":"offer","first":1)",
        R"("do":"limit","up":-1,"down":0)", R"("do":"limit","up":1.5,"down":0)",
        R"("do":"limit","up":"5M","down":0)");
    std::string line = "{" + std::string(rest) + "}";
    if (const auto id = line.find("ID"); id != std::string::npos) line.replace(id, 2, transfer_hex);
    CHECK(complaint_about(line).fault.code == FaultCode::bad_request);
    CHECK_FALSE(complaint_about(line).fault.sentence.empty());
}

TEST_CASE("a line is taken up to one mebibyte and not a byte above") {
    const std::string frame = R"({"do":"say","text":""})";
    const std::string fits =
        R"({"do":"say","text":")" + std::string(json_line_bytes_max - frame.size(), 'x') + "\"}";
    CHECK(fits.size() == json_line_bytes_max);
    CHECK(std::holds_alternative<Command>(parse_json_line(fits)));
    CHECK(complaint_about(fits + " ").fault.code == FaultCode::too_large);
}

TEST_CASE("a megabyte of open brackets is only a bad line") {
    CHECK(complaint_about(std::string(json_line_bytes_max, '[')).fault.code ==
          FaultCode::bad_request);
    const std::string nested = std::string(200'000, '[') + std::string(200'000, ']');
    CHECK(std::holds_alternative<Command>(parse_json_line(R"({"do":"peers","x":)" + nested + "}")));
}
