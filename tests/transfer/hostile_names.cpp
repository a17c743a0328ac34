#include "tests/transfer/hostile_names.hpp"

using namespace std::string_literals;

namespace dropline::tests {

namespace {

constexpr auto rejected = std::nullopt;
constexpr bool risky = true;

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    while (times-- > 0) all += text;
    return all;
}

/// `depth` components, the whole path `bytes` long.
std::string deep_path(std::size_t depth, std::size_t bytes) {
    std::string path = repeated("d/", depth - 1);
    return path + std::string(bytes - path.size(), 'f');
}

std::vector<HostileName> ways_out() {
    return {
        {"", rejected},
        {".", rejected},
        {"..", rejected},
        {"...", rejected},
        {". .", rejected},
        {".. ", rejected},
        {"../x", rejected},
        {"..\\x", rejected},
        {"a/../../x", rejected},
        {"a/./b", rejected},
        {"sub/../ok", rejected},
        {"sub/../../x", rejected},
        {"../../.bashrc", rejected},
        {"/etc/x", rejected},
        {"//x", rejected},
        {"//tmp/x", rejected},
        {"a//b", rejected},
        {"a/", rejected},
        {"/", rejected},
        {"\\\\host\\s\\x", rejected},
        {"C:\\x", rejected},
        {"C:x", "C_x"},
        {"c:/x", rejected},
        {".\u200b.", rejected},
        {".\u200b./x", rejected},
        {"\u2024\u2024/x", "\u2024\u2024/x"},  // looks like dots, means nothing to a disk
        {"..\uff0fx", "..\uff0fx", risky},     // nor is this a slash
    };
}

std::vector<HostileName> bytes_and_controls() {
    return {
        {"a\0b"s, rejected},
        {"ok.txt\0.exe"s, rejected},
        {"sub\0dir/x"s, rejected},
        {"\0"s, rejected},
        {"a\nb", rejected},
        {"a\rb", rejected},
        {"a\tb", rejected},
        {"\x1b[2Jx", rejected},
        {"a\x7f", rejected},
        {"a\xc2\x9bx", rejected},
        {"\xff\xfe", rejected},
        {"\xc0\xae\xc0\xae/x", rejected},
        {"\xed\xa0\x80", rejected},
        {repeated("a\xcc\x80", 200), repeated("\u00e0", 127)},
        {"a" + repeated("\xcc\x80", 200), "\u00e0" + repeated("\xcc\x80", 126)},
        {"a\uffffb", "a_b"},
    };
}

std::vector<HostileName> names_of_windows() {
    return {
        {"CON", "_CON"},
        {"con.txt", "_con.txt"},
        {"NUL", "_NUL"},
        {"NUL.txt", "_NUL.txt"},
        {"AUX.h", "_AUX.h"},
        {"PRN", "_PRN"},
        {"COM1", "_COM1"},
        {"COM\xc2\xb9", "_COM\xc2\xb9"},
        {"LPT9.tar.gz", "_LPT9.tar.gz"},
        {"CLOCK$", "_CLOCK$"},
        {"CONIN$", "_CONIN$"},
        {"CONOUT$", "_CONOUT$"},
        {"CON .txt", "_CON .txt"},
        {"con.", "_con"},
        {"CON" + std::string(300, ' ') + "x", "_CON"},
        {"COM10", "COM10"},
        {"CONSOLE", "CONSOLE"},
        {"sub/nul/x", "sub/_nul/x"},
        {"a.", "a"},
        {"a ", "a"},
        {" a", " a"},
        {"a...", "a"},
        {"a. . ", "a"},
        {"x.exe. ", "x.exe", risky},
        {"a:b", "a_b"},
        {"a::$DATA", "a__$DATA"},
        {"a<b", "a_b"},
        {"a>b", "a_b"},
        {"a\"b", "a_b"},
        {"a|b", "a_b"},
        {"a?b", "a_b"},
        {"a*b", "a_b"},
    };
}

std::vector<HostileName> names_of_shells_and_formats() {
    return {
        {"-rf", "-rf"},           {"--help", "--help"},   {"~", "~"},
        {"~root", "~root"},       {"$(id)", "$(id)"},     {"`id`", "`id`"},
        {"%n%s", "%n%s"},         {"a##b", "a##b"},       {"###", "###"},
        {"a;b", "a;b"},           {"a b.txt", "a b.txt"}, {"'", "'"},
        {"你好.txt", "你好.txt"}, {"Ελλάδα", "Ελλάδα"},
    };
}

std::vector<HostileName> names_that_systems_read() {
    return {
        {".bashrc", ".bashrc", risky},
        {".ssh/authorized_keys", ".ssh/authorized_keys", risky},
        {".SSH/x", ".SSH/x", risky},
        {".s\xe2\x80\x8csh/x", ".ssh/x", risky},
        {".config/autostart/x.desktop", ".config/autostart/x.desktop", risky},
        {"x.desktop", "x.desktop", risky},
        {"autorun.inf", "autorun.inf", risky},
        {"AutoRun.INF", "AutoRun.INF", risky},
        {"desktop.ini", "desktop.ini", risky},
        {"GIT~1", "GIT~1", risky},
        {".git/config", ".git/config", risky},
        {"setup.EXE", "setup.EXE", risky},
        {"run.sh", "run.sh", risky},
        {"exe", "exe"},
        {"a.exe.txt", "a.exe.txt"},
        {".x.part", ".x.part", risky},
        {"x.part", "x.part"},
        {"history.sqlite", "history.sqlite"},
    };
}

std::vector<HostileName> characters_nobody_sees() {
    return {
        {"photo_\xe2\x80\xaegnp.exe", "photo_gnp.exe", risky},
        {"a\xe2\x81\xa7\xe2\x81\xa8jpg\xe2\x81\xa9.exe", "ajpg.exe", risky},
        {"a\xe2\x80\x8f.txt", "a.txt"},
        {"a\xe2\x80\x8b.txt", "a.txt"},
        {"\xef\xbb\xbfx", "x"},
        {"a\u2028b", "ab"},
        {"\u061c\u200e", rejected},
        {"x.e\u200dxe", "x.exe", risky},
        {"e\xcc\x81", "\u00e9"},
        {"e\u200d\xcc\x81", "\u00e9"},
        {"<\u0338", "\u226e"},
    };
}

std::vector<HostileName> lengths() {
    const std::string smileys_255 = repeated("😀", 255);
    return {
        {std::string(255, 'n'), std::string(255, 'n')},
        {std::string(256, 'n'), std::string(255, 'n')},
        {std::string(300, 'n') + ".txt", std::string(251, 'n') + ".txt"},
        {std::string(300, 'n') + ".tar.gz", std::string(248, 'n') + ".tar.gz"},
        {"n." + std::string(300, 'x'), "n." + std::string(253, 'x')},
        {smileys_255, repeated("😀", 63)},
        {repeated("😀", 100) + ".png", repeated("😀", 62) + ".png"},
        {std::string(250, 'n') + "    .", std::string(250, 'n')},
        {deep_path(32, 100), deep_path(32, 100)},
        {deep_path(33, 100), rejected},
        {repeated(std::string(204, 'p') + "/", 4) + std::string(204, 'p'),
         repeated(std::string(204, 'p') + "/", 4) + std::string(204, 'p')},  // 1024 bytes
        {repeated(std::string(204, 'p') + "/", 4) + std::string(205, 'p'), rejected},
        {repeated("con/", 31) + repeated("x", 900), repeated("_con/", 31) + repeated("x", 255)},
        {std::string(1025, 'n'), rejected},
    };
}

}  // namespace

const std::vector<HostileName>& hostile_names() {
    static const std::vector<HostileName> names = [] {
        std::vector<HostileName> all;
        for (auto part :
             {ways_out(), bytes_and_controls(), names_of_windows(), names_of_shells_and_formats(),
              names_that_systems_read(), characters_nobody_sees(), lengths()}) {
            all.insert(all.end(), part.begin(), part.end());
        }
        return all;
    }();
    return names;
}

}  // namespace dropline::tests
