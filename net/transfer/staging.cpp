#include "net/transfer/staging.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <utility>
#include <vector>

#include "net/api/safe_text.hpp"
#include "net/platform/beneath.hpp"
#include "net/platform/disk.hpp"
#include "net/platform/file_fault.hpp"
#include "net/transfer/safe_name.hpp"

namespace dropline {

namespace {

constexpr std::size_t equal_names_max = 9999;
/// So many files are synced one by one; for more, the disk as a whole is quicker.
constexpr std::size_t single_syncs_max = 8;
constexpr const char* mark_name = "user.dropline.transfer";
constexpr mode_t private_file = 0600;
constexpr mode_t private_folder = 0700;

bool is_free(int folder_fd, const std::string& name) {
    struct stat status {};
    return ::fstatat(folder_fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT;
}

/// The execute bit for whoever may read.
mode_t with_execute_bits(mode_t mode) { return mode | ((mode & 0444U) >> 2U); }

void set_modified(int fd, std::int64_t modified_at_s) {
    const std::time_t modified_at = std::min<std::time_t>(modified_at_s, std::time(nullptr));
    const std::array<timespec, 2> times = {timespec{0, UTIME_OMIT}, timespec{modified_at, 0}};
    // A disk that cannot hold this time (before 1980 on FAT) may keep its own.
    (void)::futimens(fd, times.data());
}

std::string parent_path(std::string_view relative) {
    const std::size_t slash = relative.rfind('/');
    return slash == relative.npos ? std::string() : std::string(relative.substr(0, slash));
}

std::string last_component(std::string_view relative) {
    const std::size_t slash = relative.rfind('/');
    return std::string(slash == relative.npos ? relative : relative.substr(slash + 1));
}

}  // namespace

Staging::Staging(const TransferId& id, const ReceiveFolder& folder, const Manifest& manifest,
                 ReceiveState& state, mode_t finished_mode)
    : mark_(to_hex(id)),
      folder_(folder),
      manifest_(manifest),
      state_(state),
      finished_mode_(finished_mode) {}

Fault Staging::not_saved(const std::string& path, int error_number) const {
    return file_fault("Cannot save", path, error_number);
}

// ---- Names --------------------------------------------------------------------------------------

std::string staged_name(const ManifestRoot& root, std::size_t number) {
    return root.is_folder ? staging_name(root.name, number) : part_name(root.name, number);
}

std::string Staging::next_free_name(const ManifestRoot& root) const {
    for (std::size_t number = 1; number <= equal_names_max; ++number) {
        std::string name = staged_name(root, number);
        if (is_free(folder_.folder_fd(), name)) return name;
    }
    return {};
}

Result<void> Staging::choose_names() {
    for (std::size_t root = 0; root < state_.roots.size(); ++root) {
        RootState& root_state = state_.roots[root];
        if (root_state.is_over || !root_state.staged_as.empty()) continue;
        root_state.staged_as = next_free_name(manifest_.roots[root]);
        if (root_state.staged_as.empty()) return not_saved(manifest_.roots[root].name, EEXIST);
    }
    return {};
}

/// So that what we made is known as ours even when we are killed before its inode is written down
/// in the journal. Disks without such attributes make do with `is_ours`.
void Staging::mark(int fd) const {
    (void)::fsetxattr(fd, mark_name, mark_.data(), mark_.size(), 0);
}

/// The inode that we made; when we were killed before that was written down, one with our mark, or
/// one that nobody else can have made: private, our own, of one name, and so young that it has no
/// mark yet.
bool Staging::is_ours(std::uint32_t root, int fd) const {
    struct stat status {};
    if (::fstat(fd, &status) != 0) return false;
    if (const auto& known = state_.roots[root].identity) {
        return *known == identity_of(status);
    }
    std::array<char, 64> found{};
    const ssize_t size = ::fgetxattr(fd, mark_name, found.data(), found.size());
    if (size >= 0) return std::string_view(found.data(), static_cast<std::size_t>(size)) == mark_;
    // In this run of the program we know what we have made, and have made nothing here.
    if (!state_.roots[root].is_from_journal) return false;
    const bool is_folder = manifest_.roots[root].is_folder;
    const bool is_of_kind =
        is_folder ? S_ISDIR(status.st_mode) : S_ISREG(status.st_mode) && status.st_nlink == 1;
    constexpr mode_t rights = 07077;  // beyond the owner's
    return is_of_kind && status.st_uid == ::geteuid() && (status.st_mode & rights) == 0;
}

/// Known as ours only by its looks, which change when it is finished: from now on by its inode.
void Staging::adopt(std::uint32_t root, int fd) {
    if (!state_.roots[root].identity) own(root, fd);
}

void Staging::own(std::uint32_t root, int fd) {
    state_.roots[root].identity = identity_of(fd);
    mark(fd);
}

FileDescriptor Staging::open_root(std::uint32_t root, int flags) const {
    const RootState& state = state_.roots[root];
    if (state.staged_as.empty()) return {};
    OpenedFile opened = open_beneath(folder_.folder_fd(), state.staged_as, flags | O_NONBLOCK, 0);
    if (opened.error_number != 0 || !is_ours(root, opened.file.number())) return {};
    return std::move(opened.file);
}

// ---- Writing ------------------------------------------------------------------------------------

Result<FileDescriptor> Staging::open_for_writing(std::uint32_t root, std::uint32_t index,
                                                 std::uint64_t bytes_kept) {
    const std::string& path = manifest_.entries[index].path;
    FileDescriptor file;
    if (!manifest_.roots[root].is_folder) {
        file = open_root(root, O_WRONLY);
        if (file.is_open()) {
            adopt(root, file.number());
        } else {
            auto created = create_root_file(root);
            if (!created) return created;
            file = std::move(*created);
        }
    } else {
        const auto parent = parent_of(root, index);
        if (!parent) return parent.fault();
        const std::string name = last_component(path);
        constexpr int flags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
        file =
            FileDescriptor(::openat(*parent, name.c_str(), flags | O_CREAT | O_EXCL, private_file));
        if (!file.is_open() && errno == EEXIST) {
            file = FileDescriptor(::openat(*parent, name.c_str(), flags));
        }
        if (!file.is_open()) return not_saved(path, errno);
    }
    struct stat status {};
    if (::fstat(file.number(), &status) != 0) return not_saved(path, errno);
    if (!S_ISREG(status.st_mode)) return not_saved(path, EEXIST);
    const auto bytes_there = static_cast<std::uint64_t>(status.st_size);
    if (bytes_there < bytes_kept) {
        return Fault{FaultCode::file_error,
                     "Cannot save " + path + ": the unfinished file was changed."};
    }
    if (bytes_there > bytes_kept &&
        ::ftruncate(file.number(), static_cast<off_t>(bytes_kept)) != 0) {
        return not_saved(path, errno);
    }
    if (bytes_kept > 0 && ::lseek(file.number(), 0, SEEK_END) < 0) return not_saved(path, errno);
    return file;
}

Result<FileDescriptor> Staging::create_root_file(std::uint32_t root) {
    RootState& state = state_.roots[root];
    for (std::size_t turn = 0; turn < equal_names_max; ++turn) {
        OpenedFile created = open_beneath(folder_.folder_fd(), state.staged_as,
                                          O_WRONLY | O_CREAT | O_EXCL, private_file);
        if (created.error_number == 0) {
            own(root, created.file.number());
            return std::move(created.file);
        }
        if (created.error_number != EEXIST) {
            return not_saved(manifest_.roots[root].name, created.error_number);
        }
        state.staged_as = next_free_name(manifest_.roots[root]);
        state.identity.reset();
    }
    return not_saved(manifest_.roots[root].name, EEXIST);
}

Result<void> Staging::make_root_folder(std::uint32_t root) {
    if (open_root_ == root) return {};
    open_root_.reset();
    parent_fd_.reset();
    parent_.clear();
    RootState& state = state_.roots[root];
    root_fd_ = open_root(root, O_RDONLY | O_DIRECTORY);
    if (root_fd_.is_open()) adopt(root, root_fd_.number());
    if (!root_fd_.is_open() && state.identity) {
        return Fault{FaultCode::file_error, "Cannot save " + manifest_.roots[root].name +
                                                ": what was stored of it was moved or removed."};
    }
    for (std::size_t turn = 0; !root_fd_.is_open() && turn < equal_names_max; ++turn) {
        const int folder_fd = folder_.folder_fd();
        if (::mkdirat(folder_fd, state.staged_as.c_str(), private_folder) == 0) {
            OpenedFile made = open_beneath(folder_fd, state.staged_as, O_RDONLY | O_DIRECTORY, 0);
            if (made.error_number != 0) {
                (void)::unlinkat(folder_fd, state.staged_as.c_str(), AT_REMOVEDIR);
                return not_saved(manifest_.roots[root].name, made.error_number);
            }
            root_fd_ = std::move(made.file);
            own(root, root_fd_.number());
        } else if (errno == EEXIST) {
            state.staged_as = next_free_name(manifest_.roots[root]);
        } else {
            return not_saved(manifest_.roots[root].name, errno);
        }
    }
    open_root_ = root;
    return {};
}

Result<int> Staging::parent_of(std::uint32_t root, std::uint32_t index) {
    if (auto made = make_root_folder(root); !made) return made.fault();
    const std::string below(below_first_component(manifest_.entries[index].path));
    std::string parent = parent_path(below);
    if (parent.empty()) return root_fd_.number();
    if (parent_fd_.is_open() && parent == parent_) return parent_fd_.number();
    if (auto made = make_folders(root_fd_.number(), parent); !made) return made.fault();
    OpenedFile opened = open_beneath(root_fd_.number(), parent, O_RDONLY | O_DIRECTORY, 0);
    if (opened.error_number != 0) return not_saved(parent, opened.error_number);
    parent_fd_ = std::move(opened.file);
    parent_ = std::move(parent);
    return parent_fd_.number();
}

Result<void> Staging::make_folders(int root_fd, const std::string& relative) {
    OpenedFile there = open_beneath(root_fd, relative, O_PATH | O_DIRECTORY, 0);
    if (there.error_number == 0) return {};
    const std::string above = parent_path(relative);
    FileDescriptor above_fd;
    if (!above.empty()) {
        if (auto made = make_folders(root_fd, above); !made) return made;
        OpenedFile opened = open_beneath(root_fd, above, O_PATH | O_DIRECTORY, 0);
        if (opened.error_number != 0) return not_saved(above, opened.error_number);
        above_fd = std::move(opened.file);
    }
    const int parent_fd = above.empty() ? root_fd : above_fd.number();
    // As open as it shall be in the end: the hidden folder around it is private.
    const mode_t mode = with_execute_bits(finished_mode_);
    if (::mkdirat(parent_fd, last_component(relative).c_str(), mode) != 0 && errno != EEXIST) {
        return not_saved(relative, errno);
    }
    return {};
}

Result<void> Staging::finish_file(int fd, std::uint32_t index) const {
    const ManifestEntry& entry = manifest_.entries[index];
    const mode_t mode = entry.is_executable ? with_execute_bits(finished_mode_) : finished_mode_;
    if (::fchmod(fd, mode) != 0) return not_saved(entry.path, errno);
    set_modified(fd, entry.modified_at_s);
    return {};
}

// ---- Reading ------------------------------------------------------------------------------------

FileDescriptor Staging::open_stored(std::uint32_t root, std::uint32_t index) {
    if (!manifest_.roots[root].is_folder) return open_root(root, O_RDONLY);
    if (open_root_ != root) {
        parent_fd_.reset();
        root_fd_ = open_root(root, O_RDONLY | O_DIRECTORY);
        open_root_.reset();
        if (!root_fd_.is_open()) return {};
        adopt(root, root_fd_.number());
        open_root_ = root;
    }
    const std::string below(below_first_component(manifest_.entries[index].path));
    return std::move(open_beneath(root_fd_.number(), below, O_RDONLY | O_NONBLOCK, 0).file);
}

FileDescriptor Staging::open_in_candidate(std::uint32_t root, std::uint32_t index) const {
    const std::string_view below = below_first_component(manifest_.entries[index].path);
    std::string path = state_.roots[root].candidate;
    if (!below.empty()) path += "/" + std::string(below);
    return std::move(open_beneath(folder_.folder_fd(), path, O_RDONLY | O_NONBLOCK, 0).file);
}

// ---- Final names --------------------------------------------------------------------------------

Result<void> Staging::publish(std::span<const std::uint32_t> roots) {
    if (!folder_.is_where_it_was()) {
        return Fault{FaultCode::file_error,
                     "Cannot save into " + escape_for_display(folder_.path().string()) +
                         ": the folder was moved, removed or replaced meanwhile."};
    }
    for (const std::uint32_t root : roots) {
        if (!manifest_.roots[root].is_folder) continue;
        if (auto finished = finish_folders(root); !finished) return finished;
    }
    if (auto synced = sync(roots); !synced) return synced;
    for (const std::uint32_t root : roots) {
        if (auto renamed = rename_root(root); !renamed) return renamed;
    }
    if (const int error_number = sync_open_folder(folder_.folder_fd()); error_number != 0) {
        return not_saved(manifest_.roots[roots.front()].name, error_number);
    }
    return {};
}

/// Folders that hold no file are made here; times and rights last, from the inside out.
Result<void> Staging::finish_folders(std::uint32_t root) {
    if (auto made = make_root_folder(root); !made) return made;
    const ManifestRoot& range = manifest_.roots[root];
    for (std::uint32_t index = range.first; index < range.first + range.count; ++index) {
        const ManifestEntry& entry = manifest_.entries[index];
        const std::string below(below_first_component(entry.path));
        const bool is_wanted = state_.entries[index] != EntryState::unwanted;
        if (!entry.is_folder || below.empty() || !is_wanted) continue;
        if (auto made = make_folders(root_fd_.number(), below); !made) return made;
    }
    const mode_t mode = with_execute_bits(finished_mode_);
    for (std::uint32_t left = range.count; left > 0; --left) {
        const std::uint32_t index = range.first + left - 1;
        const ManifestEntry& entry = manifest_.entries[index];
        if (!entry.is_folder) continue;
        const std::string below(below_first_component(entry.path));
        OpenedFile folder;
        if (!below.empty()) {
            folder = open_beneath(root_fd_.number(), below, O_RDONLY | O_DIRECTORY, 0);
            if (folder.error_number != 0) continue;  // nothing of it was wanted
        }
        const int fd = below.empty() ? root_fd_.number() : folder.file.number();
        if (::fchmod(fd, mode) != 0) return not_saved(entry.path, errno);
        set_modified(fd, entry.modified_at_s);
        if (state_.entries[index] == EntryState::missing) {
            state_.entries[index] = EntryState::stored;
        }
    }
    if (::fchmod(root_fd_.number(), mode) != 0) return not_saved(range.name, errno);
    return {};
}

Result<void> Staging::sync(std::span<const std::uint32_t> roots) {
    const bool is_few =
        roots.size() <= single_syncs_max && std::ranges::none_of(roots, [this](std::uint32_t root) {
            return manifest_.roots[root].is_folder;
        });
    if (!is_few) {
        const int error_number = sync_disk_of(folder_.folder_fd());
        if (error_number != 0) return not_saved(folder_.path().string(), error_number);
        return {};
    }
    for (const std::uint32_t root : roots) {
        const FileDescriptor file = open_root(root, O_RDONLY);
        if (!file.is_open()) continue;  // rename_root says what is wrong
        if (::fsync(file.number()) != 0) return not_saved(manifest_.roots[root].name, errno);
    }
    return {};
}

Result<void> Staging::rename_root(std::uint32_t root) {
    RootState& state = state_.roots[root];
    const ManifestRoot& range = manifest_.roots[root];
    // Somebody may have put something else in its place; that is not ours to publish.
    const FileDescriptor staged = open_root(root, O_RDONLY);
    if (!staged.is_open()) {
        return Fault{FaultCode::file_error,
                     "Cannot save " + range.name + ": what was stored of it was moved or removed."};
    }
    for (std::size_t number = 1; number <= equal_names_max; ++number) {
        std::string candidate = numbered_name(range.name, number);
        const int error_number = rename_no_replace(folder_.folder_fd(), state.staged_as, candidate);
        if (error_number == EEXIST || error_number == ENOTEMPTY) continue;
        if (error_number != 0) return not_saved(range.name, error_number);
        state.is_over = true;
        state.saved_as = std::move(candidate);
        (void)::fremovexattr(staged.number(), mark_name);
        return {};
    }
    return not_saved(range.name, EEXIST);
}

// ---- Removing -----------------------------------------------------------------------------------

void Staging::remove() {
    for (std::uint32_t root = 0; root < state_.roots.size(); ++root) {
        RootState& state = state_.roots[root];
        if (state.is_over || !open_root(root, O_RDONLY).is_open()) continue;
        if (manifest_.roots[root].is_folder) {
            remove_tree(folder_.folder_fd(), state.staged_as);
        } else {
            (void)::unlinkat(folder_.folder_fd(), state.staged_as.c_str(), 0);
        }
    }
}

void remove_tree(int folder_fd, const std::string& name) {
    OpenedFile folder = open_beneath(folder_fd, name, O_RDONLY | O_DIRECTORY, 0);
    if (folder.error_number != 0) return;
    const int listed_fd = ::dup(folder.file.number());
    DIR* const listed = listed_fd < 0 ? nullptr : ::fdopendir(listed_fd);
    if (listed == nullptr) {
        if (listed_fd >= 0) ::close(listed_fd);
        return;
    }
    std::vector<std::string> folders;
    while (const dirent* entry = ::readdir(listed)) {
        const std::string below = entry->d_name;
        if (below == "." || below == "..") continue;
        if (::unlinkat(folder.file.number(), below.c_str(), 0) != 0) folders.push_back(below);
    }
    ::closedir(listed);
    for (const std::string& below : folders) remove_tree(folder.file.number(), below);
    (void)::unlinkat(folder_fd, name.c_str(), AT_REMOVEDIR);
}

}  // namespace dropline
