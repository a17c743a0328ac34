#include "net/transfer/safe_name.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/api/unicode.hpp"
#include "net/transfer/distinct_names.hpp"
#include "tests/transfer/hostile_names.hpp"

using namespace dropline;
using dropline::tests::hostile_names;
using dropline::tests::HostileName;

namespace {

/// A path that ends with '/' is a folder.
Result<void> check_names(const std::vector<std::string>& paths) {
    DistinctNames names;
    for (const std::string_view path : paths) {
        const bool is_folder = path.ends_with('/');
        auto added = names.add(path.substr(0, path.size() - (is_folder ? 1 : 0)), is_folder);
        if (!added) return added;
    }
    return {};
}

/// Bytes that are likely to meet a rule.
std::string random_name(std::mt19937& random) {
    using namespace std::string_literals;
    static const std::vector<std::string> pieces = {
        ".",    "..",     "/",      "\\",      ":", " ",    "CON",  "nul",
        "com1", "\u00b9", "a",      "e\u0301", "~", "1",    "*",    "?",
        "\0"s,  "\x1b",   "\u200b", "\u202e",  "😀", "\xff", ".exe", "\u0338"};
    std::string name;
    const std::size_t count = random() % 12;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string& piece = pieces[random() % pieces.size()];
        const std::size_t times = random() % 10 == 0 ? random() % 120 : 1;
        for (std::size_t n = 0; n < times; ++n) name += piece;
    }
    return name;
}

}  // namespace

TEST_CASE("A1 A2 A3 A16 A20 A22 A23 B2 B3: every hostile path ends as its line says") {
    const HostileName& name = GENERATE(from_range(hostile_names()));
    INFO(escape_for_display(name.sent));
    const auto path = make_safe_path(name.sent);
    REQUIRE(path.has_value() == name.safe.has_value());
    if (!path) {
        CHECK(path.fault().code == FaultCode::bad_name);
        CHECK(escape_for_display(path.fault().sentence) == path.fault().sentence);
        return;
    }
    CHECK(path->relative == *name.safe);
    CHECK(path->was_changed == (*name.safe != name.sent));
    CHECK(path->is_risky == name.is_risky);
}

TEST_CASE("A4: a single file's name is held to the same rules and has no folder") {
    const HostileName& name = GENERATE(from_range(hostile_names()));
    INFO(escape_for_display(name.sent));
    const auto component = make_safe_component(name.sent);
    REQUIRE(component.has_value() == (name.safe.has_value() && name.is_single_file()));
    if (!component) {
        CHECK(component.fault().code == FaultCode::bad_name);
        return;
    }
    CHECK(component->relative == *name.safe);
    CHECK(component->is_risky == name.is_risky);
}

TEST_CASE("Whatever bytes come in, a safe name is safe, and safe again") {
    const std::uint32_t seed = 20261123;
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (int round = 0; round < 20'000; ++round) {
        const std::string sent = random_name(random);
        const auto safe = make_safe_component(sent);
        if (!safe) continue;
        const std::string& name = safe->relative;
        INFO(escape_for_display(sent) << " became " << escape_for_display(name));
        REQUIRE_FALSE(name.empty());
        REQUIRE(name.size() <= limits::file_name_bytes_max);
        REQUIRE(name.find_first_of("/\\<>:\"|?*") == std::string::npos);
        REQUIRE(is_valid_utf8(name));
        REQUIRE(escape_for_display(name) == name);
        REQUIRE(name.back() != '.');
        REQUIRE(name.back() != ' ');
        const auto again = make_safe_component(name);
        REQUIRE(again);
        REQUIRE(again->relative == name);
        REQUIRE_FALSE(again->was_changed);
        REQUIRE(again->is_risky == safe->is_risky);
    }
}

TEST_CASE("A12: two names that would be one file are refused together") {
    CHECK_FALSE(check_names({"a", "a"}));
    CHECK_FALSE(check_names({"A", "a"}));
    CHECK_FALSE(check_names({"\u00e9", "e\u0301"}));
    CHECK_FALSE(check_names({"\u00c9", "e\u0301"}));
    CHECK_FALSE(check_names({"Straße", "STRASSE"}));
    CHECK_FALSE(check_names({"sub/x", "SUB/X"}));
    CHECK(check_names({"a", "b", "sub/a", "sub/b"}));
    CHECK(check_names({}));
}

TEST_CASE("A12: a file cannot be the folder of another file") {
    CHECK_FALSE(check_names({"a", "a/b"}));
    CHECK_FALSE(check_names({"a/b", "a"}));
    CHECK_FALSE(check_names({"A", "a/b/c"}));
    CHECK_FALSE(check_names({"x", "a/b/c/d", "a/B"}));
    CHECK(check_names({"a/b", "ab", "a.b"}));
    CHECK(check_names({"a/", "a/b", "a/c/", "a/c/d"}));
    CHECK_FALSE(check_names({"a/", "a/b", "a/b/c"}));
    CHECK_FALSE(check_names({"a/", "A"}));
}

TEST_CASE("A folder is built under a hidden name of its own, and each number gives another one") {
    CHECK(staging_name("photos", 1) == ".photos.part");
    CHECK(staging_name("photos", 2) == ".photos (2).part");
    const std::string longest(255, 'n');
    std::set<std::string> names;
    for (std::size_t number = 1; number <= 200; ++number) {
        const std::string name = staging_name(longest, number);
        CHECK(name.size() <= 255);
        CHECK((name.starts_with('.') && name.ends_with(".part")));
        names.insert(name);
    }
    CHECK(names.size() == 200);
}

TEST_CASE("A number goes before the extension and the name keeps within 255 bytes") {
    CHECK(numbered_name("photo.jpg", 1) == "photo.jpg");
    CHECK(numbered_name("photo.jpg", 2) == "photo (2).jpg");
    CHECK(numbered_name("backup.tar.gz", 3) == "backup (3).tar.gz");
    CHECK(numbered_name("README", 2) == "README (2)");
    CHECK(numbered_name(".bashrc", 2) == ".bashrc (2)");
    const std::string longest = std::string(251, 'n') + ".txt";
    CHECK(numbered_name(longest, 2) == std::string(247, 'n') + " (2).txt");
    CHECK(numbered_name(longest, 9999).size() == 255);
}

TEST_CASE("An unfinished file is NAME.part, and each number gives another name") {
    CHECK(part_name("photo.jpg", 1) == "photo.jpg.part");
    CHECK(part_name("photo.jpg", 2) == "photo (2).jpg.part");
    const std::string longest = std::string(251, 'n') + ".txt";
    std::set<std::string> names;
    for (std::size_t number = 1; number <= 200; ++number) {
        const std::string name = part_name(longest, number);
        CHECK(name.size() == 255);
        CHECK(name.ends_with(".txt.part"));
        names.insert(name);
    }
    CHECK(names.size() == 200);
}
