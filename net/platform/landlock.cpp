#include "net/platform/landlock.hpp"

#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "net/platform/file_descriptor.hpp"

namespace dropline {
namespace {

/// Before it (Linux 5.19) every rename or link into another folder is refused, even where all is
/// allowed, and folders could not be published.
constexpr long abi_with_renames = 2;

/// Of newer kernels than the header may be from (Linux 6.2 and 6.10; kernel documentation,
/// userspace-api/landlock.rst).
constexpr long abi_with_truncate = 3;
constexpr std::uint64_t access_truncate = 1ULL << 14;
constexpr long abi_with_ioctl = 5;
constexpr std::uint64_t access_ioctl_of_devices = 1ULL << 15;

constexpr std::uint64_t access_to_files_and_folders =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
    LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REFER;

/// What nobody who receives files has a use for.
constexpr std::uint64_t access_nowhere =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM;

/// Highest version of the interface that the kernel has; negative when it has none.
long newest_abi() {
    return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

FileDescriptor make_ruleset(std::uint64_t handled) {
    landlock_ruleset_attr attributes{};
    attributes.handled_access_fs = handled;
    const long fd = ::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    return FileDescriptor(static_cast<int>(fd));
}

bool allow_beneath(const FileDescriptor& ruleset, int folder_fd, std::uint64_t access) {
    landlock_path_beneath_attr rule{};
    rule.allowed_access = access;
    rule.parent_fd = folder_fd;
    return ::syscall(SYS_landlock_add_rule, ruleset.number(), LANDLOCK_RULE_PATH_BENEATH, &rule,
                     0) == 0;
}

}  // namespace

bool can_confine_threads() { return newest_abi() >= abi_with_renames; }

Landlocked confine_this_thread_to(std::span<const int> writable_folder_fds) {
    const long abi = newest_abi();
    if (abi < abi_with_renames) return Landlocked::not_supported;

    std::uint64_t allowed = access_to_files_and_folders;
    if (abi >= abi_with_truncate) allowed |= access_truncate;
    std::uint64_t handled = allowed | access_nowhere;
    if (abi >= abi_with_ioctl) handled |= access_ioctl_of_devices;

    const FileDescriptor ruleset = make_ruleset(handled);
    if (!ruleset.is_open()) return Landlocked::not_supported;
    for (const int folder_fd : writable_folder_fds) {
        if (!allow_beneath(ruleset, folder_fd, allowed)) return Landlocked::not_supported;
    }
    // The kernel lets only those confine themselves who cannot confuse a setuid program with it.
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Landlocked::not_supported;
    const bool is_confined = ::syscall(SYS_landlock_restrict_self, ruleset.number(), 0) == 0;
    return is_confined ? Landlocked::yes : Landlocked::not_supported;
}

}  // namespace dropline
