#include "net/store/profile.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "net/platform/file_fault.hpp"
#include "net/platform/private_file.hpp"
#include "net/platform/user_folders.hpp"

namespace dropline {
namespace {

namespace fs = std::filesystem;

/// `folder` and what is missing above it, each 0700 and on the disk.
Result<void> make_private_folders(const fs::path& folder) {
    if (::mkdir(folder.c_str(), S_IRWXU) == 0) return sync_folder(folder.parent_path());
    if (errno == EEXIST) return {};
    if (errno != ENOENT || !folder.has_relative_path()) {
        return file_fault("Cannot create the profile folder", folder, errno);
    }
    auto above = make_private_folders(folder.parent_path());
    if (!above) return above;
    if (::mkdir(folder.c_str(), S_IRWXU) == 0) return sync_folder(folder.parent_path());
    return file_fault("Cannot create the profile folder", folder, errno);
}

Result<void> check_is_private(const fs::path& folder) {
    const FileDescriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat status {};
    if (!fd.is_open() || ::fstat(fd.number(), &status) != 0) {
        return file_fault("Cannot open the profile folder", folder, errno);
    }
    if (status.st_uid != ::geteuid()) {
        return Fault{FaultCode::profile_unsafe,
                     "The profile folder " + folder.string() +
                         " belongs to somebody else. Choose another one with --profile."};
    }
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return Fault{FaultCode::profile_unsafe,
                     "Others may look into the profile folder " + folder.string() +
                         ". If you trust them with what they saw, run: chmod 700 '" +
                         folder.string() + "'"};
    }
    return {};
}

/// Who wrote its number into the lock file, if that process still runs.
std::optional<pid_t> holder_of(int lock) {
    char text[16];
    const ssize_t got = ::pread(lock, text, sizeof text, 0);
    pid_t pid = 0;
    if (got <= 0 || std::from_chars(text, text + got, pid).ec != std::errc()) return std::nullopt;
    // EPERM is somebody else's process, which is one all the same.
    const bool is_running = pid > 0 && (::kill(pid, 0) == 0 || errno == EPERM);
    return is_running ? std::optional(pid) : std::nullopt;
}

Fault in_use(const fs::path& folder, int lock) {
    const auto holder = holder_of(lock);
    const std::string who = holder ? " (process " + std::to_string(*holder) + ")" : "";
    return {FaultCode::profile_in_use,
            "Another dropline" + who + " is using the profile " + folder.string() +
                ". Close it first, or choose another profile with --profile."};
}

/// The lock belongs to the open file, so it ends with the process however that ends.
Result<FileDescriptor> lock_folder(const fs::path& folder) {
    const fs::path path = folder / "lock";
    const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC;
    FileDescriptor lock(::open(path.c_str(), flags, S_IRUSR | S_IWUSR));
    if (!lock.is_open()) return file_fault("Cannot open", path, errno);
    if (::flock(lock.number(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return in_use(folder, lock.number());
        return file_fault("Cannot lock", path, errno);
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    const auto size = static_cast<ssize_t>(pid.size());
    if (::ftruncate(lock.number(), 0) != 0 ||
        ::pwrite(lock.number(), pid.data(), pid.size(), 0) != size) {
        return file_fault("Cannot write", path, errno);
    }
    return lock;
}

}  // namespace

Profile::Profile(fs::path dir, fs::path settings_file, FileDescriptor lock)
    : dir_(std::move(dir)), settings_file_(std::move(settings_file)), lock_(std::move(lock)) {}

Result<Profile> Profile::open(fs::path dir) {
    const bool is_default = dir.empty();
    std::error_code error;
    dir = is_default ? data_home() / "dropline" : fs::absolute(dir, error).lexically_normal();
    if (error) return file_fault("Cannot find the profile folder", dir, error.value());
    if (!dir.has_filename()) dir = dir.parent_path();  // "folder/" names the same as "folder"

    if (auto made = make_private_folders(dir); !made) return made.fault();
    if (auto checked = check_is_private(dir); !checked) return checked.fault();
    auto lock = lock_folder(dir);
    if (!lock) return lock.fault();
    fs::path settings = (is_default ? config_home() / "dropline" : dir) / "settings.toml";
    return Profile(std::move(dir), std::move(settings), std::move(*lock));
}

Result<void> Profile::check_has_key() const {
    const auto has_key = file_exists(key_file());
    if (!has_key) return has_key.fault();
    const auto has_history = file_exists(database_file());
    if (!has_history) return has_history.fault();
    if (*has_key || !*has_history) return {};
    return Fault{FaultCode::profile_damaged,
                 "The profile " + dir_.string() + " has a history, but its key " +
                     key_file().filename().string() +
                     " is missing. Put a copy of the key back. To start as somebody new instead, "
                     "choose another profile with --profile; people who know you will be warned."};
}

Result<bool> Profile::has_lost_history() const {
    const auto has_history = file_exists(database_file());
    if (!has_history) return has_history.fault();
    if (*has_history) return false;
    const auto has_mark = file_exists(first_start_mark());
    if (!has_mark) return has_mark.fault();
    if (*has_mark) return false;
    const auto has_key = file_exists(key_file());
    if (!has_key) return has_key.fault();
    if (*has_key) return true;
    if (auto made = create_private_file(first_start_mark(), ""); !made) return made.fault();
    return false;
}

void Profile::end_first_start() const { ::unlink(first_start_mark().c_str()); }

}  // namespace dropline
