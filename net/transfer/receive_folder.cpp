#include "net/transfer/receive_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "net/api/byte_count.hpp"
#include "net/api/limits.hpp"
#include "net/platform/file_fault.hpp"
#include "net/platform/file_identity.hpp"

namespace dropline {

namespace {

std::uint64_t reserve_bytes(const FreeSpace& space) {
    return std::min(limits::disk_reserve_bytes,
                    space.total_bytes / 100 * limits::disk_reserve_percent);
}

}  // namespace

ReceiveFolder::ReceiveFolder(std::filesystem::path path, FileDescriptor folder, FileDescriptor disk,
                             SpaceProbe probe)
    : path_(std::move(path)),
      folder_(std::move(folder)),
      disk_(std::move(disk)),
      probe_(std::move(probe)) {}

Result<ReceiveFolder> ReceiveFolder::open(const std::filesystem::path& folder) {
    return open(folder, [](int folder_fd) { return free_space(folder_fd); });
}

Result<ReceiveFolder> ReceiveFolder::open(const std::filesystem::path& folder, SpaceProbe probe) {
    FileDescriptor fd(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!fd.is_open()) {
        const int error_number = errno;
        return file_fault("Cannot save into", folder, error_number);
    }
    FileDescriptor disk = open_disk_of(fd.number());
    if (!disk.is_open()) {
        const Fault fault = file_fault("Cannot save into", folder, errno);
        // One that we may not look into can be saved into all the same.
        if (fault.is_passing) return fault;
    }
    return ReceiveFolder(folder, std::move(fd), std::move(disk), std::move(probe));
}

int ReceiveFolder::sync_names() const {
    return disk_.is_open() ? sync_names_in(disk_) : sync_open_folder(folder_.number());
}

Result<void> ReceiveFolder::check_space(const std::string& what, std::uint64_t bytes,
                                        std::uint64_t files) const {
    const auto space = probe_(folder_.number());
    if (!space) return {};  // a disk that cannot tell will say so when it is full
    const std::uint64_t reserve = reserve_bytes(*space);
    const std::uint64_t usable =
        space->available_bytes > reserve ? space->available_bytes - reserve : 0;
    if (bytes > usable) {
        return Fault{FaultCode::disk_full, what + " needs " + byte_count_text(bytes) +
                                               ", but only " + byte_count_text(usable) +
                                               " of the disk can be used (" +
                                               byte_count_text(reserve) + " are kept free)."};
    }
    if (space->available_files && files + limits::disk_reserve_files > *space->available_files) {
        return Fault{FaultCode::disk_full,
                     what + " cannot be saved: the disk can hold only " +
                         std::to_string(*space->available_files) + " more files, of which " +
                         std::to_string(limits::disk_reserve_files) + " are kept free."};
    }
    return {};
}

bool ReceiveFolder::is_where_it_was() const {
    const auto now = identity_of(path_);
    return now && now == identity_of(folder_.number());
}

}  // namespace dropline
