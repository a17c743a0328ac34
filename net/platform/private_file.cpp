#include "net/platform/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <span>

#include "net/platform/file_bytes.hpp"
#include "net/platform/file_descriptor.hpp"
#include "net/platform/file_fault.hpp"

namespace dropline {
namespace {

namespace fs = std::filesystem;

Fault unsafe_file(const fs::path& path, const std::string& why, const std::string& what_to_do) {
    return {FaultCode::profile_unsafe,
            "Refusing to use " + path.string() + ": " + why + ". " + what_to_do};
}

/// Who may read the open file, and is it one at all.
std::optional<Fault> refuse_unsafe(const fs::path& path, const struct stat& status) {
    if (!S_ISREG(status.st_mode)) {
        return unsafe_file(path, "it is no regular file", "Move it away.");
    }
    if (status.st_uid != ::geteuid()) {
        return unsafe_file(path, "it belongs to somebody else", "Move it away, or own it.");
    }
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return unsafe_file(path, "others can use it, so it may be no secret any more",
                           "If you trust them all, run: chmod 600 '" + path.string() + "'");
    }
    return std::nullopt;
}

Result<std::string> read_all(const fs::path& path, int fd, std::size_t bytes_max) {
    std::string content;
    char block[4096];
    while (true) {
        const ssize_t got = ::read(fd, block, sizeof block);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return file_fault("Cannot read", path, errno);
        if (got == 0) return content;
        content.append(block, static_cast<std::size_t>(got));
        if (content.size() > bytes_max) {
            return Fault{FaultCode::too_large, path.string() + " is larger than the " +
                                                   std::to_string(bytes_max) +
                                                   " bytes it can have."};
        }
    }
}

Result<void> write_and_sync(const fs::path& path, int fd, std::string_view content) {
    const int error_number = write_all(fd, std::as_bytes(std::span(content)));
    if (error_number != 0) return file_fault("Cannot write", path, error_number);
    if (::fsync(fd) != 0) return file_fault("Cannot write", path, errno);
    return {};
}

/// Without the sync of its folder; nothing is left behind by a fault.
Result<void> write_new_file(const fs::path& path, std::string_view content) {
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    FileDescriptor file(::open(path.c_str(), flags, S_IRUSR | S_IWUSR));
    if (!file.is_open()) return file_fault("Cannot create", path, errno);
    auto written = write_and_sync(path, file.number(), content);
    if (!written) ::unlink(path.c_str());
    return written;
}

}  // namespace

Result<void> sync_folder(const fs::path& folder) {
    const fs::path here = folder.empty() ? fs::path(".") : folder;
    FileDescriptor fd(::open(here.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.is_open() || ::fsync(fd.number()) != 0) {
        return file_fault("Cannot write the folder", here, errno);
    }
    return {};
}

Result<bool> file_exists(const fs::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0) return true;
    if (errno == ENOENT) return false;
    return file_fault("Cannot look for", path, errno);
}

Result<std::string> read_private_file(const fs::path& path, std::size_t bytes_max) {
    // O_NONBLOCK: a pipe in the file's place must not hold us up.
    const int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    FileDescriptor file(::open(path.c_str(), flags));
    if (!file.is_open() && errno == ELOOP) {
        return unsafe_file(path, "it is a symbolic link", "Put the file itself there.");
    }
    if (!file.is_open()) return file_fault("Cannot read", path, errno);
    struct stat status {};
    if (::fstat(file.number(), &status) != 0) return file_fault("Cannot read", path, errno);
    if (auto fault = refuse_unsafe(path, status)) return *fault;
    return read_all(path, file.number(), bytes_max);
}

Result<void> create_private_file(const fs::path& path, std::string_view content) {
    auto written = write_new_file(path, content);
    if (!written) return written;
    auto synced = sync_folder(path.parent_path());
    if (!synced) ::unlink(path.c_str());
    return synced;
}

Result<void> replace_file_atomically(const fs::path& path, std::string_view content) {
    fs::path fresh = path;
    fresh += ".new";
    ::unlink(fresh.c_str());  // left by a start that was killed here; O_EXCL reports the rest
    auto written = write_new_file(fresh, content);
    if (!written) return written;
    if (::rename(fresh.c_str(), path.c_str()) != 0) {
        const int error_number = errno;
        ::unlink(fresh.c_str());
        return file_fault("Cannot replace", path, error_number);
    }
    return sync_folder(path.parent_path());
}

}  // namespace dropline
