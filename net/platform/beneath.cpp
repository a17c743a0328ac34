#include "net/platform/beneath.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string_view>

namespace dropline {

namespace {

/// openat2 alone would let "sub/../x" pass, as it stays beneath; nobody here has a use for it.
bool is_plain_relative(std::string_view path) {
    while (true) {
        const std::size_t slash = path.find('/');
        const std::string_view component = path.substr(0, slash);
        if (component.empty() || component == "." || component == "..") return false;
        if (component.find('\0') != component.npos) return false;
        if (slash == path.npos) return true;
        path.remove_prefix(slash + 1);
    }
}

OpenedFile opened(int fd) {
    if (fd < 0) return {FileDescriptor(), errno};
    return {FileDescriptor(fd), 0};
}

OpenedFile open_with_openat2(int folder_fd, const std::string& relative, int flags, mode_t mode) {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags) | O_CLOEXEC | O_NOFOLLOW;
    how.mode = (flags & O_CREAT) != 0 ? mode : 0;  // openat2 refuses a mode that has no meaning
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    while (true) {
        const long fd = ::syscall(SYS_openat2, folder_fd, relative.c_str(), &how, sizeof how);
        // EAGAIN: a folder was moved during the walk, the kernel could not vouch for it.
        if (fd < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        return opened(static_cast<int>(fd));
    }
}

}  // namespace

OpenedFile open_beneath(int folder_fd, const std::string& relative, int flags, mode_t mode) {
    if (!is_plain_relative(relative)) return {FileDescriptor(), EXDEV};
    OpenedFile result = open_with_openat2(folder_fd, relative, flags, mode);
    // Kernels before 5.6 say ENOSYS, sandboxes that do not know the call say EPERM.
    if (result.error_number != ENOSYS && result.error_number != EPERM) return result;
    return open_beneath_by_component(folder_fd, relative, flags, mode);
}

OpenedFile open_beneath_by_component(int folder_fd, const std::string& relative, int flags,
                                     mode_t mode) {
    if (!is_plain_relative(relative)) return {FileDescriptor(), EXDEV};
    std::string_view rest = relative;
    FileDescriptor held;
    int here = folder_fd;
    for (std::size_t slash = rest.find('/'); slash != rest.npos; slash = rest.find('/')) {
        const std::string component(rest.substr(0, slash));
        OpenedFile next = opened(
            ::openat(here, component.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (next.error_number != 0) return next;
        held = std::move(next.file);
        here = held.number();
        rest.remove_prefix(slash + 1);
    }
    const std::string name(rest);
    return opened(::openat(here, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode));
}

}  // namespace dropline
