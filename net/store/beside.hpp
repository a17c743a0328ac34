// The names of what stands beside a database file. Thread: any.
#pragma once

#include <filesystem>
#include <string_view>

namespace dropline {

/// `file` with `ending` behind its name.
inline std::filesystem::path beside(const std::filesystem::path& file, std::string_view ending) {
    std::filesystem::path other = file;
    other += ending;
    return other;
}

}  // namespace dropline
