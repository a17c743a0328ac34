// The fuzz targets as ordinary tests: what fuzzing has found interesting, and what seeds become
// when they are cut or changed, must keep every promise in every build, also where no libFuzzer is.
#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include "net/api/ids.hpp"
#include "tests/fuzz/targets.hpp"

namespace dropline::fuzz {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& file) {
    std::ostringstream content;
    content << std::ifstream(file, std::ios::binary).rdbuf();
    return content.str();
}

/// Seeds, and the inputs that git keeps.
std::vector<std::string> inputs_of(const Target& target) {
    std::vector<std::string> inputs = target.seeds();
    const fs::path kept = fs::path(DROPLINE_FUZZ_CORPUS) / target.name;
    if (fs::exists(kept)) {
        for (const auto& file : fs::directory_iterator(kept)) {
            inputs.push_back(content_of(file.path()));
        }
    }
    // A folder gives its files in any order; the seed alone shall decide what is tried.
    std::ranges::sort(inputs);
    return inputs;
}

void check(const Target& target, const std::string& input) {
    INFO("hex of the input: " << to_hex(input));
    target.check(std::string_view(input).substr(0, target.input_bytes_max));
}

void check_cut_anywhere(const Target& target, const std::string& input) {
    constexpr std::size_t cuts_max = 64;
    const std::size_t step = 1 + input.size() / cuts_max;
    for (std::size_t size = 0; size < input.size(); size += step) {
        check(target, input.substr(0, size));
    }
}

void check_changed(const Target& target, std::string input, std::mt19937& random) {
    constexpr int changes = 16;
    for (int change = 0; change < changes && !input.empty(); ++change) {
        const std::size_t at = random() % input.size();
        switch (random() % 4) {
            case 0: input[at] = static_cast<char>(random()); break;
            case 1: input[at] = static_cast<char>(input[at] ^ (1 << (random() % 8))); break;
            case 2: input.insert(at, input.substr(at, random() % 9)); break;
            default: input.erase(at, random() % 4); break;
        }
        check(target, input);
    }
}

void check_all(const Target& target) {
    const std::vector<std::string> inputs = inputs_of(target);
    REQUIRE_FALSE(inputs.empty());
    std::mt19937 random(Catch::getSeed());
    check(target, "");
    for (const std::string& input : inputs) {
        check(target, input);
        check_cut_anywhere(target, input);
        check_changed(target, input, random);
    }
    SUCCEED("a broken promise ends the process");
}

TEST_CASE(
    "T1 A21 D4 D5 what strangers send before admission keeps the promises, whole, cut or changed") {
    check_all(pre_auth());
}
TEST_CASE("T1 D12 A21 D8 control frames of every kind keep the promises, whole, cut or changed") {
    check_all(control_frame());
}
TEST_CASE("T1 data frames keep the promises for both parsers, whole, cut or changed") {
    check_all(data_header());
}
TEST_CASE("T1 lists of offers keep the promises, whole, cut or changed") { check_all(manifest()); }
TEST_CASE("T1 file names keep the promises, whole, cut or changed") { check_all(safe_name()); }
TEST_CASE("T1 D13 kept transfers keep the promises, whole, cut or changed") {
    check_all(journal());
}
TEST_CASE("T1 D13 settings keep the promises, whole, cut or changed") { check_all(settings()); }
TEST_CASE("T1 commands of scripts keep the promises, whole, cut or changed") {
    check_all(json_commands());
}

TEST_CASE("T1 invites, codes and addresses keep the promises, whole, cut or changed") {
    check_all(invite());
}
TEST_CASE("T1 C23 challenges and verdicts keep the promises, whole, cut or changed") {
    check_all(scram_client());
}
TEST_CASE("T1 C22 proofs keep the promises, whole, cut or changed") { check_all(scram_server()); }

TEST_CASE("Every seed is within the length that its target is fuzzed with") {
    for (const Target& target : all_targets()) {
        INFO(target.name);
        for (const std::string& seed : target.seeds()) {
            CHECK(seed.size() <= target.input_bytes_max);
        }
    }
}

}  // namespace
}  // namespace dropline::fuzz
