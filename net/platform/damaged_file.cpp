#include "net/platform/damaged_file.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <string>

namespace dropline {
namespace {

namespace fs = std::filesystem;

fs::path with_ending(const fs::path& path, const std::string& ending) {
    fs::path other = path;
    other += ending;
    return other;
}

bool is_taken(const fs::path& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0;
}

}  // namespace

fs::path name_for_damaged(const fs::path& path, std::span<const char* const> companions) {
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    std::array<char, 32> time_text{};
    std::strftime(time_text.data(), time_text.size(), "%Y%m%dT%H%M%SZ", &utc);
    const fs::path wanted = with_ending(path, std::string(".damaged-") + time_text.data());
    const auto is_free = [&](const fs::path& name) {
        const auto is_companion_taken = [&](const char* ending) {
            return is_taken(with_ending(name, ending));
        };
        return !is_taken(name) && std::ranges::none_of(companions, is_companion_taken);
    };
    fs::path aside = wanted;
    for (int n = 2; !is_free(aside); ++n) aside = with_ending(wanted, "-" + std::to_string(n));
    return aside;
}

}  // namespace dropline
