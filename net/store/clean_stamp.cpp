#include "net/store/clean_stamp.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "net/platform/private_file.hpp"
#include "net/store/beside.hpp"

namespace dropline {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t stamp_bytes_max = 256;

/// Changes with every write, truncation, copy and replacement. Empty while a WAL is beside it.
std::optional<std::string> look_of(const fs::path& database) {
    struct stat status {};
    if (::lstat(beside(database, "-wal").c_str(), &status) == 0) return std::nullopt;
    if (::lstat(database.c_str(), &status) != 0) return std::nullopt;
    const auto time_text = [](const timespec& time) {
        return std::to_string(time.tv_sec) + '.' + std::to_string(time.tv_nsec);
    };
    return std::to_string(status.st_size) + ' ' + std::to_string(status.st_ino) + ' ' +
           time_text(status.st_mtim) + ' ' + time_text(status.st_ctim) + '\n';
}

}  // namespace

void put_clean_stamp(const fs::path& database) {
    const auto look = look_of(database);
    if (look) static_cast<void>(replace_file_atomically(beside(database, ".clean"), *look));
}

bool take_clean_stamp(const fs::path& database) {
    const fs::path stamp = beside(database, ".clean");
    const auto noted = read_private_file(stamp, stamp_bytes_max);
    ::unlink(stamp.c_str());
    return noted && look_of(database) == *noted;
}

}  // namespace dropline
