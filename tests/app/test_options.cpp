#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>
#include <vector>

#include "app/options.hpp"

using namespace dropline;
using namespace dropline::app;

namespace {

Invocation parse(const std::vector<std::string>& arguments) { return parse_arguments(arguments); }

template <typename Run>
Run parsed_as(const std::vector<std::string>& arguments) {
    const Invocation invocation = parse(arguments);
    if (const auto* error = std::get_if<UsageError>(&invocation.run))
        UNSCOPED_INFO(error->sentence);
    REQUIRE(std::holds_alternative<Run>(invocation.run));
    return std::get<Run>(invocation.run);
}

std::string complaint_about_options(const std::vector<std::string>& arguments) {
    return parsed_as<UsageError>(arguments).sentence;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("without a verb the window opens as last time") {
    const auto run = parsed_as<WindowRun>({});
    CHECK(std::holds_alternative<std::monostate>(run.start));
    CHECK(run.geometry.empty());
}

TEST_CASE("host opens the window in that role, and says of the room only what was said") {
    const auto usual = parsed_as<HeadlessRun>({"host", "--headless"});
    CHECK(std::get<command::Host>(usual.start).port == 7788);
    CHECK(std::get<command::Host>(usual.start).bind_address.empty());
    const auto unsaid = std::get<HostWish>(parsed_as<WindowRun>({"host"}).start);
    CHECK_FALSE(unsaid.port);
    CHECK_FALSE(unsaid.bind_address);
    CHECK_FALSE(unsaid.room_name);

    const auto run = parsed_as<WindowRun>({"host", "--port", "0", "--bind", "127.0.0.1", "--room",
                                           "Büro 3", "--geometry", "900x700"});
    const auto host = std::get<HostWish>(run.start);
    CHECK(host.port == 0U);
    CHECK(host.bind_address == "127.0.0.1");
    CHECK(host.room_name == "Büro 3");
    CHECK(run.geometry == "900x700");
}

TEST_CASE("a host may say how many people there are places for") {
    const auto members = [](const std::vector<std::string>& arguments) {
        return parse(arguments).common.members_max;
    };
    CHECK_FALSE(members({"host"}));
    CHECK(members({"host", "--members", "2"}) == 2U);
    CHECK(members({"host", "--headless", "--members", "1000"}) == 1000U);
    for (const char* refused : {"1", "1001", "x", "-5", "0x10", ""}) {
        CHECK(has(complaint_about_options({"host", "--members", refused}), "--members"));
    }
}

TEST_CASE("headless roles know whether they speak JSON") {
    const auto host = parsed_as<HeadlessRun>({"host", "--headless", "--json"});
    CHECK(host.is_json);
    CHECK(std::holds_alternative<command::Host>(host.start));
    const auto join = parsed_as<HeadlessRun>({"join", "10.0.0.5:9000", "--headless"});
    CHECK_FALSE(join.is_json);
    CHECK(std::get<command::Join>(join.start).target.view() == "10.0.0.5:9000");
}

TEST_CASE("send takes a target, a person and any number of paths") {
    const auto run = parsed_as<SendRun>({"send", "host.local", "--to", "Bob", "a.txt", "b c.txt"});
    CHECK(run.target.view() == "host.local");
    CHECK(run.to == "Bob");
    CHECK(run.paths == std::vector<std::filesystem::path>{"a.txt", "b c.txt"});
    CHECK_FALSE(run.is_sure);
    CHECK(parsed_as<SendRun>({"send", "h", "--to", "Bob", "--sure", "a"}).is_sure);
}

TEST_CASE("receive goes on until interrupted unless it is given a count") {
    const auto endless = parsed_as<ReceiveRun>({"receive", "h", "--into", "/tmp"});
    CHECK_FALSE(endless.count);
    CHECK_FALSE(endless.says_yes);
    const auto run = parsed_as<ReceiveRun>(
        {"receive", "h", "--into", "/tmp", "--from", "Ann", "--count", "3", "--yes"});
    CHECK(run.count == 3U);
    CHECK(run.says_yes);
    CHECK(run.from == "Ann");
}

TEST_CASE("a person that is empty is a mistake, and never everyone or anybody") {
    CHECK(has(complaint_about_options({"send", "h", "--to", "", "f"}), "--to needs a person"));
    CHECK(has(complaint_about_options({"receive", "h", "--into", "d", "--from", ""}),
              "--from needs a person"));
}

TEST_CASE("C15 an option whose value is empty is a mistake, and never as if it were left out") {
    const auto [option, arguments] = GENERATE(
        std::pair{"--password-file", std::vector<std::string>{"host", "--headless"}},
        std::pair{"--password-file", std::vector<std::string>{"join", "h"}},
        std::pair{"--password-file", std::vector<std::string>{"send", "h", "--to", "B", "f"}},
        std::pair{"--bind", std::vector<std::string>{"host"}},
        std::pair{"--room", std::vector<std::string>{"host"}},
        std::pair{"--name", std::vector<std::string>{"host"}},
        std::pair{"--profile", std::vector<std::string>{"identity"}},
        std::pair{"--profile", std::vector<std::string>{}},
        std::pair{"--geometry", std::vector<std::string>{}});
    std::vector<std::string> given = arguments;
    given.insert(given.end(), {option, ""});
    CAPTURE(option, arguments);
    CHECK(has(complaint_about_options(given), std::string(option) + " is empty"));
}

TEST_CASE("C15 an option with nothing behind it takes no other option for its value") {
    CHECK(has(complaint_about_options({"host", "--headless", "--room", "--invite-only"}),
              "--room is empty"));
    CHECK(has(complaint_about_options({"host", "--headless", "--room=", "--invite-only"}),
              "--room= is empty"));
    CHECK(has(complaint_about_options({"host", "--password-file", "--headless"}),
              "--password-file is empty"));
}

TEST_CASE("every verb takes the common options on either side of it") {
    const auto verb =
        GENERATE(std::vector<std::string>{"host"}, std::vector<std::string>{"join", "h"},
                 std::vector<std::string>{"send", "h", "--to", "B", "f"},
                 std::vector<std::string>{"receive", "h", "--into", "d"},
                 std::vector<std::string>{"identity"}, std::vector<std::string>{});
    const std::vector<std::string> common{"--name",      "Zoë",   "--profile", "/p",
                                          "--log-level", "debug", "--path",    "relayed"};
    for (const bool is_before : {true, false}) {
        std::vector<std::string> arguments = is_before ? common : verb;
        const auto& rest = is_before ? verb : common;
        arguments.insert(arguments.end(), rest.begin(), rest.end());
        const auto invocation = parse(arguments);
        CHECK_FALSE(std::holds_alternative<UsageError>(invocation.run));
        CHECK(invocation.common.name == "Zoë");
        CHECK(invocation.common.profile == "/p");
        CHECK(invocation.common.log_level == LogLevel::debug);
        CHECK(invocation.common.path_policy == PathPolicy::relayed_only);
    }
}

TEST_CASE("a rate limit holds for both ways, or for the ways that are named") {
    const auto limits = [](const std::string& rate) {
        return parse({"send", "h", "--to", "B", "f", "--limit", rate}).common;
    };
    CHECK(limits("5M").limit_up == 5'000'000U);
    CHECK(limits("5M").limit_down == 5'000'000U);
    CHECK(limits("800k").limit_up == 800'000U);
    CHECK(limits("0").limit_up == 0U);
    CHECK(limits("up:1.5M").limit_up == 1'500'000U);
    CHECK_FALSE(limits("up:1.5M").limit_down);
    CHECK(limits("up:5M,down:1M").limit_down == 1'000'000U);
    CHECK(limits("down:700,up:2G").limit_up == 2'000'000'000U);
    CHECK_FALSE(parse({"host"}).common.limit_up);
}

TEST_CASE("every verb that moves files takes a limit, the others do not") {
    const auto verb =
        GENERATE(std::vector<std::string>{"host"}, std::vector<std::string>{"join", "h"},
                 std::vector<std::string>{"send", "h", "--to", "B", "f"},
                 std::vector<std::string>{"receive", "h", "--into", "d"});
    auto arguments = verb;
    arguments.insert(arguments.end(), {"--limit", "1k"});
    CHECK(parse(arguments).common.limit_down == 1'000U);
    CHECK(has(complaint_about_options({"identity", "--limit", "1k"}), "--limit"));
}

TEST_CASE("a rate that cannot be read is answered with examples") {
    const auto rate = GENERATE("", "fast", "5X", "-1", "M", "5M5", "1,5M", "1e3", "up:", "up:x",
                               "up:1M,", "up:1M,up:2M", "5M,up:1M", "sideways:1M", "9999999G");
    CAPTURE(rate);
    const auto sentence = complaint_about_options({"host", "--limit", rate});
    CHECK(has(sentence, "up:5M,down:1M"));
    CHECK(has(sentence, "800k"));
    CHECK(sentence.size() < 250);
}

TEST_CASE("help and version are printed, not complained about") {
    CHECK(has(parsed_as<PrintRun>({"--version"}).text, "dropline 0."));
    CHECK(has(parsed_as<PrintRun>({"--help"}).text, "receive"));
    CHECK(has(parsed_as<PrintRun>({"send", "--help"}).text, "--to"));
}

TEST_CASE("what a later version brings is refused with its reason, never ignored") {
    const auto arguments =
        GENERATE(std::vector<std::string>{"join", "The big room"},
                 std::vector<std::string>{"send", "会议室", "--to", "B", "f"},
                 std::vector<std::string>{"rooms"}, std::vector<std::string>{"rooms", "--json"},
                 std::vector<std::string>{"rooms", "--seconds", "3"});
    CHECK(has(complaint_about_options(arguments), "not available yet"));
}

TEST_CASE("a target may be an invite, or stand on the first line of standard input") {
    const std::string invite =
        "dropline://join?h=10.0.0.5&k=AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYUCULBOGAZDINRYHI6D4QA"
        "&u=1&t=AAAQEAYEAUDAOCAJBIFQYDIOB4";
    CHECK(parsed_as<SendRun>({"send", invite, "--to", "B", "f"}).target.view() == invite);
    CHECK(parsed_as<ReceiveRun>({"receive", "-", "--into", "d"}).target.view() == "-");
    const std::string sentence =
        complaint_about_options({"join", invite.substr(0, invite.size() - 3)});
    CHECK(has(sentence, "invite"));
    CHECK_FALSE(has(sentence, "AAAQ"));
}

TEST_CASE(
    "C15 an invite for several people does not belong on a command line, and is not repeated") {
    const std::string invite =
        "dropline://join?h=10.0.0.5&k=AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYUCULBOGAZDINRYHI6D4QA"
        "&t=AAAQEAYEAUDAOCAJBIFQYDIOB4";
    const auto verb =
        GENERATE(std::vector<std::string>{"join"}, std::vector<std::string>{"join", "--headless"},
                 std::vector<std::string>{"send", "--to", "B", "f"},
                 std::vector<std::string>{"receive", "--into", "d"});
    const auto ending = GENERATE("", "&u=50", "&u=");
    auto arguments = verb;
    arguments.insert(arguments.begin() + 1, invite + ending);
    const std::string sentence = complaint_about_options(arguments);
    CHECK(has(sentence, "standard input"));
    CHECK_FALSE(has(sentence, "AAAQ"));
}

TEST_CASE("C15 a code or password behind an address does not belong on a command line") {
    const std::string sentence =
        complaint_about_options({"join", "10.0.0.5 correct horse battery"});
    CHECK_FALSE(has(sentence, "horse"));
}

TEST_CASE("a room may be for invited people only, and a password comes from a file") {
    const auto run =
        parsed_as<HeadlessRun>({"host", "--headless", "--invite-only", "--password-file", "f"});
    CHECK(std::get<command::Host>(run.start).is_invite_only);
    CHECK_FALSE(std::get<command::Host>(run.start).password);
    CHECK(std::get<command::Host>(run.start).keeps_password_if_any);
    CHECK(parse({"join", "h", "--password-file", "f"}).common.password_file == "f");
    CHECK(parse({"send", "h", "--to", "B", "x", "--password-file", "f"}).common.password_file ==
          "f");
}

TEST_CASE("bad usage is answered with one line that says what to try") {
    const auto arguments = GENERATE(
        std::vector<std::string>{"dance"}, std::vector<std::string>{"--dance"},
        std::vector<std::string>{"host", "extra"}, std::vector<std::string>{"host", "--port", "x"},
        std::vector<std::string>{"host", "--port", "65536"},
        std::vector<std::string>{"host", "--port", "-1"},
        std::vector<std::string>{"host", "--port", "010000"},
        std::vector<std::string>{"host", "--json"}, std::vector<std::string>{"join"},
        std::vector<std::string>{"join", ""}, std::vector<std::string>{"join", "a", "b"},
        std::vector<std::string>{"send", "h", "f"},
        std::vector<std::string>{"send", "h", "--to", "B"},
        std::vector<std::string>{"send", "h", "--to", "", "f"},
        std::vector<std::string>{"receive", "h"},
        std::vector<std::string>{"receive", "h", "--into", "d", "--count", "0"},
        std::vector<std::string>{"host", "join", "h"},
        std::vector<std::string>{"--log-level", "loud"}, std::vector<std::string>{"--path", "x"},
        std::vector<std::string>{"host", "--headless", "--geometry", "900x700"},
        std::vector<std::string>{"--name", "\n\t"},
        std::vector<std::string>{"host", "--room", "\u202e"});
    const auto sentence = complaint_about_options(arguments);
    CAPTURE(sentence);
    CHECK(has(sentence, "--help"));
    CHECK_FALSE(has(sentence, "\n"));
    CHECK(sentence.size() < 250);
}

TEST_CASE("addresses of every written form are taken") {
    const auto target = GENERATE("host", "host.local:1", "10.0.0.1", "10.0.0.1:65535", "[::1]",
                                 "[::1]:7788", "[fe80::1%eth0]:7788", "a-b_c.example:80");
    CAPTURE(target);
    CHECK_FALSE(problem_with_target(target));
}

TEST_CASE("a port out of range and an IPv6 address without brackets are explained") {
    const auto target = GENERATE("host:", "host:0", "host:65536", "host:7x", "::1", "fe80::1:7788",
                                 "[::1", "[]:7788", "[::1]7788", "[::1]:", ":7788");
    CAPTURE(target);
    CHECK(problem_with_target(target));
}
