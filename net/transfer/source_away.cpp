#include "net/transfer/source_away.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <set>

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

/// Of the nearest folder above that is there; nothing when not even the root can be looked at.
std::optional<dev_t> device_above(fs::path path) {
    struct stat status {};
    while (path.has_relative_path()) {
        path = path.parent_path();
        if (::stat(path.c_str(), &status) == 0) return status.st_dev;
        if (errno != ENOENT && errno != ENOTDIR) return std::nullopt;
    }
    return std::nullopt;
}

/// Where it would be: a link that leads nowhere does not hold what it leads to.
fs::path led_to(fs::path path) {
    constexpr int links_max = 40;  // as Linux has it
    for (int link = 0; link < links_max; ++link) {
        std::error_code error;
        const fs::path target = fs::read_symlink(path, error);
        if (error) break;
        path = path.parent_path() / target;
    }
    return path;
}

/// As the folder that a disk is mounted on looks without the disk.
bool is_empty_folder(const fs::path& path) {
    std::error_code error;
    return fs::is_directory(path, error) && fs::is_empty(path, error) && !error;
}

class Look {
  public:
    explicit Look(const SourceTree& sources) : sources_(sources) {}

    /// The first root of which something is away.
    std::optional<std::uint32_t> find_away() {
        const auto roots = static_cast<std::uint32_t>(sources_.chosen.size());
        for (std::uint32_t root = 0; root < roots; ++root) {
            if (is_something_away(root)) return root;
        }
        return std::nullopt;
    }

  private:
    /// The root itself, and one entry of each other disk: one may be mounted inside a folder.
    bool is_something_away(std::uint32_t root) {
        const ManifestRoot& range = sources_.manifest.roots[root];
        for (std::uint32_t index = range.first; index < range.first + range.count; ++index) {
            if (sources_.manifest.entries[index].is_gone) continue;
            const bool is_new_disk = looked_at_.insert(sources_.stamps[index].device).second;
            const bool is_root = index == range.first;
            if ((is_root || is_new_disk) && is_away(root, index)) return true;
        }
        return false;
    }

    bool is_away(std::uint32_t root, std::uint32_t index) const {
        const fs::path path = sources_.path_of(root, index);
        const dev_t device = sources_.stamps[index].device;
        const FileDescriptor there(::open(path.c_str(), O_PATH | O_CLOEXEC));
        struct stat status {};
        if (there.is_open() && ::fstat(there.number(), &status) == 0) {
            return !is_disk_there(there.number()) ||
                   (status.st_dev != device && is_empty_mount_point(path, index));
        }
        if (is_no_answer(errno)) return true;
        if (errno != ENOENT && errno != ENOTDIR) return false;
        return device_above(led_to(path)) != device && !is_there_as_another(device);
    }

    /// On another disk than before: what was in it was on the one that was mounted here.
    bool is_empty_mount_point(const fs::path& path, std::uint32_t index) const {
        const auto& entries = sources_.manifest.entries;
        const bool had_something = index + 1 < entries.size() && !entries[index + 1].is_gone &&
                                   entries[index + 1].path.starts_with(entries[index].path + "/");
        return had_something && is_empty_folder(path);
    }

    /// After a restart of the machine a disk may have another number: something of it tells.
    bool is_there_as_another(dev_t device) const {
        constexpr std::uint32_t looked_at_max = 100;
        std::uint32_t looked_at = 0;
        for (std::uint32_t root = 0; root < sources_.chosen.size(); ++root) {
            const ManifestRoot& range = sources_.manifest.roots[root];
            for (std::uint32_t index = range.first; index < range.first + range.count; ++index) {
                if (sources_.stamps[index].device != device) continue;
                struct stat status {};
                const fs::path path = sources_.path_of(root, index);
                const bool is_there = ::stat(path.c_str(), &status) == 0;
                if (is_there && !is_empty_mount_point(path, index)) return status.st_dev != device;
                if (++looked_at == looked_at_max) return false;
            }
        }
        return false;
    }

    const SourceTree& sources_;
    std::set<dev_t> looked_at_;
};

}  // namespace

std::optional<Fault> fault_if_away(const SourceTree& sources) {
    const auto root = Look(sources).find_away();
    if (!root) return std::nullopt;
    Fault fault{FaultCode::file_error, "\"" + sources.manifest.roots[*root].name +
                                           "\" cannot be read now: its disk is away."};
    fault.is_passing = true;
    return fault;
}

}  // namespace dropline
