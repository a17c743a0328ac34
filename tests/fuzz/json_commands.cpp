// What a script writes to a headless dropline: bytes cut into lines, lines into commands.
#include "app/json_commands.hpp"

#include <algorithm>
#include <variant>

#include "app/json_rights.hpp"
#include "app/line_splitter.hpp"
#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "tests/fuzz/targets.hpp"

namespace dropline::fuzz {

namespace {

/// Fed in portions, the splitter must give what cutting the whole text gives.
std::vector<app::InputLine> split(std::string_view text, std::size_t line_bytes_max,
                                  std::size_t portion_bytes) {
    app::LineSplitter splitter(line_bytes_max);
    std::vector<app::InputLine> lines;
    const auto take_all = [&] {
        while (auto line = splitter.next()) lines.push_back(std::move(*line));
    };
    while (!text.empty()) {
        splitter.feed(text.substr(0, portion_bytes));
        text.remove_prefix(std::min(text.size(), portion_bytes));
        take_all();
    }
    splitter.finish();
    take_all();
    return lines;
}

void check_lines(const std::vector<app::InputLine>& lines, std::string_view text,
                 std::size_t line_bytes_max) {
    std::size_t count = 0;
    while (!text.empty()) {
        const std::string_view whole = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), whole.size() + 1));
        require(count < lines.size(), "no line is lost");
        const app::InputLine& line = lines[count++];
        require(line.is_too_long == (whole.size() > line_bytes_max),
                "a line is too long when it is longer than the limit");
        require(line.text == (line.is_too_long ? std::string_view() : whole),
                "a line is kept whole or not at all");
    }
    require(count == lines.size(), "no line is made up");
}

/// Whatever a script gave as a reason can be said again in the lists that it gets.
void check_told(const command::Ban& ban) {
    const Peer host;
    app::Json banned;
    app::add_banned(banned, {host, ban.reason, WallTime{}});
    app::Json bans;
    app::add_bans(bans, {{Ban{host.id, ban.reason, WallTime{}, std::nullopt, ban.reason}}, {}});
    require(app::Json::parse(app::line_of(banned)).at("reason") == ban.reason,
            "a reason is told as it was given");
    require(app::Json::parse(app::line_of(bans)).at("bans").at(0).at("reason") == ban.reason,
            "a reason is listed as it was given");
}

struct CommandPromises {
    void operator()(const app::Quit&) const {}
    void operator()(const app::BadLine& bad) const {
        require(!bad.fault.sentence.empty() && bad.fault.sentence.size() < 512,
                "a complaint is one short sentence");
        require(escape_for_display(bad.fault.sentence) == bad.fault.sentence,
                "a complaint steers no terminal");
    }
    void operator()(const Command& command) const {
        if (const auto* send = std::get_if<command::Send>(&command.body)) {
            require(!send->paths.empty(), "something is sent");
            require(!send->to.empty(), "somebody is named");
            for (const auto& path : send->paths) {
                require(path.native().find('\0') == std::string::npos, "no path is cut short");
            }
        }
        if (const auto* set = std::get_if<command::SetRules>(&command.body)) {
            app::Json said;
            app::add_rules(said, set->rules);
            require(app::file_rule_of(said.at("files").get<std::string>()) == set->rules.files,
                    "rules are told in the words they were given in");
        }
        if (const auto* ban = std::get_if<command::Ban>(&command.body)) check_told(*ban);
        if (const auto* history = std::get_if<command::LoadHistory>(&command.body)) {
            require(history->limit >= 1 && history->limit <= limits::history_messages_max,
                    "a page of history has a size");
        }
    }
};

void check(std::string_view input) {
    Choices choices(input);
    const std::size_t portion_bytes = choices.number_up_to(256);
    const std::size_t line_bytes_max = 16 * choices.byte();
    const auto lines = split(choices.rest(), line_bytes_max, portion_bytes);
    check_lines(lines, choices.rest(), line_bytes_max);
    for (const app::InputLine& line : lines) {
        std::visit(CommandPromises{}, app::parse_json_line(line.text));
    }
}

std::vector<std::string> seeds() {
    const std::string id = R"("transfer":"000102030405060708090a0b0c0d0e0f")";
    const std::vector<std::string> lines = {
        R"({"do":"say","to":"Bob","text":"你好\n","ref":"7"})",
        R"({"do":"send","to":"B","paths":["/a","/b\u0000c"]})",
        R"({"do":"accept",)" + id + R"(,"into":"/d","only":["x"],"except":null})",
        R"({"do":"decline",)" + id + "}",
        R"({"do":"cancel",)" + id + "}",
        R"({"do":"offer",)" + id + R"(,"first":1,"count":4294967296})",
        R"({"do":"pause",)" + id + "}",
        R"({"do":"resume",)" + id + "}",
        R"({"do":"move",)" + id + R"(,"before":"000102030405060708090a0b0c0d0e0f"})",
        R"({"do":"start_now",)" + id + "}",
        R"({"do":"retry",)" + id + R"(,"batch":true})",
        R"({"do":"limit","up":0,"down":5000000})",
        R"({"do":"kick","peer":"B","reason":"loud"})",
        R"({"do":"rename","name":"Zoë"})",
        R"({"do":"history","conversation":"everyone","before":9,"limit":200})",
        R"({"do":"history","limit":0})",
        R"({"do":"peers"})",
        R"({"do":"transfers"})",
        R"({"do":"quit"})",
        R"({"do":"ban"})",
        R"({"do":"ban","peer":"B","minutes":90,"reason":"zu laut\u0000"})",
        R"({"do":"unban","fingerprint":"ABCD"})",
        R"({"do":"mute","peer":"B","muted":true})",
        R"({"do":"role","peer":"B","role":"guest"})",
        R"({"do":"rules","files":"host","file_bytes_max":5})",
        R"({"do":"rules","files":"all","file_bytes_max":null})",
        R"({"do":"what is this","ref":5})",
        R"([[[[[[[[[[[[1,2.5e9,true,null]]]]]]]]]]]])",
        "{\"do\":\"say\",\"text\":\"\xff\"}",
    };
    std::vector<std::string> seeds;
    std::string all;
    for (const std::string& line : lines) {
        seeds.push_back("\x1f\x40" + line + "\n");
        all += line + "\r\n\n";
    }
    seeds.push_back("\x07\x04" + all + "no newline at the end");
    return seeds;
}

}  // namespace

Target json_commands() { return {"json_commands", 4096, check, seeds}; }

}  // namespace dropline::fuzz
