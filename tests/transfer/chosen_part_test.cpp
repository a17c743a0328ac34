#include "net/transfer/chosen_part.hpp"

#include <catch2/catch_test_macros.hpp>

#include <ctime>

namespace dropline {
namespace {

Manifest list_named(const std::vector<std::string>& paths) {
    Manifest manifest;
    for (const std::string& path : paths) {
        ManifestEntry entry;
        entry.is_folder = path.ends_with('/');
        entry.path = entry.is_folder ? path.substr(0, path.size() - 1) : path;
        entry.bytes = entry.is_folder ? 0 : 1;
        manifest.entries.push_back(std::move(entry));
    }
    REQUIRE(complete_manifest(manifest));
    return manifest;
}

std::vector<std::string> wanted_of(const std::vector<std::string>& paths,
                                   const std::vector<std::string>& only,
                                   const std::vector<std::string>& except) {
    const Manifest manifest = list_named(paths);
    const ReceiveState state = chosen_part(manifest, only, except);
    std::vector<std::string> wanted;
    for (std::uint32_t index = 0; index < manifest.size(); ++index) {
        const bool is_wanted = state.entries[index] != EntryState::unwanted;
        if (is_wanted) wanted.push_back(manifest.entries[index].path);
    }
    return wanted;
}

using Paths = std::vector<std::string>;
const Paths tree = {"a/", "a/b/", "a/b/one", "a/b/two", "a/bc", "d"};

TEST_CASE("everything is wanted when nothing is said") {
    CHECK(wanted_of(tree, {}, {}) == Paths{"a", "a/b", "a/b/one", "a/b/two", "a/bc", "d"});
}

TEST_CASE("a path names itself and what is below it, and no other name that begins like it") {
    CHECK(wanted_of(tree, {}, {"a/b"}) == Paths{"a", "a/bc", "d"});
    CHECK(wanted_of(tree, {}, {"a/b/one"}) == Paths{"a", "a/b", "a/b/two", "a/bc", "d"});
    CHECK(wanted_of(tree, {"a/bc", "d"}, {}) == Paths{"a", "a/bc", "d"});
}

TEST_CASE("folders above what was chosen come along, and nothing else in them") {
    CHECK(wanted_of(tree, {"a/b/two"}, {}) == Paths{"a", "a/b", "a/b/two"});
    CHECK(wanted_of(tree, {"a"}, {"a/b/one"}) == Paths{"a", "a/b", "a/b/two", "a/bc"});
    CHECK(wanted_of(tree, {"nothing/of/it"}, {}).empty());
}

TEST_CASE("leaving out half of a hundred thousand files takes a moment") {
    std::vector<std::string> paths = {"photos/"};
    std::vector<std::string> except;
    for (int number = 0; number < 100'000; ++number) {
        paths.push_back("photos/photo number " + std::to_string(number) + ".jpg");
        if (number % 2 == 0) except.push_back(paths.back());
    }
    const Manifest manifest = list_named(paths);
    const std::clock_t begin = std::clock();
    const ReceiveState state = chosen_part(manifest, {}, except);
    CHECK(std::clock() - begin < 2 * CLOCKS_PER_SEC);
    CHECK(state.files_wanted == 50'000);
}

}  // namespace
}  // namespace dropline
