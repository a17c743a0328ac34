#include "net/transfer/source_away.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include "net/platform/disk.hpp"
#include "net/platform/file_descriptor.hpp"

namespace dropline {

namespace {

namespace fs = std::filesystem;

bool is_no_answer(int error_number) {
    constexpr std::array reasons = {EIO,      ESTALE,    ENODEV,       ENXIO,
                                    ENOTCONN, EHOSTDOWN, EHOSTUNREACH, ETIMEDOUT};
    return std::ranges::find(reasons, error_number) != reasons.end();
}

/// Nothing when not even the root can be looked at.
std::optional<dev_t> device_above(fs::path path) {
    struct stat status {};
    while (path.has_relative_path()) {
        path = path.parent_path();
        if (::stat(path.c_str(), &status) == 0) return status.st_dev;
        if (errno != ENOENT && errno != ENOTDIR) return std::nullopt;
    }
    return std::nullopt;
}

/// As the folder that a disk is mounted on looks without the disk.
bool is_empty_folder(const fs::path& path) {
    std::error_code error;
    return fs::is_directory(path, error) && fs::is_empty(path, error) && !error;
}

/// `device`: the one that held it when it was offered.
bool is_away(const fs::path& chosen, dev_t device) {
    const FileDescriptor there(::open(chosen.c_str(), O_PATH | O_CLOEXEC));
    struct stat status {};
    if (there.is_open() && ::fstat(there.number(), &status) == 0) {
        if (!is_disk_there(there.number())) return true;
        return status.st_dev != device && is_empty_folder(chosen);
    }
    if (is_no_answer(errno)) return true;
    if (errno != ENOENT && errno != ENOTDIR) return false;
    return device_above(chosen) != device;
}

}  // namespace

std::optional<Fault> fault_if_away(const SourceTree& sources) {
    for (std::size_t root = 0; root < sources.chosen.size(); ++root) {
        const auto& stamp = sources.stamps[sources.manifest.roots[root].first];
        if (!is_away(sources.chosen[root], stamp.device)) continue;
        Fault fault{FaultCode::file_error, "\"" + sources.manifest.roots[root].name +
                                               "\" cannot be read now: its disk is away."};
        fault.is_passing = true;
        return fault;
    }
    return std::nullopt;
}

}  // namespace dropline
