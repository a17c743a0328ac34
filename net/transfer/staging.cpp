#include "net/transfer/staging.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
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
#include "net/platform/file_identity.hpp"
#include "net/platform/file_mark.hpp"
#include "net/transfer/safe_name.hpp"

namespace dropline {

namespace {

constexpr std::size_t equal_names_max = 9999;
/// So many files are synced one by one; for more, the disk as a whole is quicker.
constexpr std::size_t single_syncs_max = 8;
constexpr mode_t private_file_mode = 0600;
constexpr mode_t private_folder = 0700;

bool is_free(int folder_fd, const std::string& name) {
    struct stat status {};
    return ::fstatat(folder_fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT;
}

/// The execute bit for whoever may read.
mode_t with_execute_bits(mode_t mode) { return mode | ((mode & 0444U) >> 2U); }

/// A disk that keeps no rights (FAT, some network ones) may have its own.
void set_rights(int fd, mode_t mode) { (void)::fchmod(fd, mode); }

void set_modified(int fd, std::int64_t modified_at_s) {
    const std::time_t modified_at = std::min<std::time_t>(modified_at_s, std::time(nullptr));
    const std::array<timespec, 2> times = {timespec{0, UTIME_OMIT}, timespec{modified_at, 0}};
    // A disk that cannot hold this time (before 1980 on FAT) may keep its own.
    (void)::futimens(fd, times.data());
}

/// The disk did not take all that the system had promised to keep, and nobody knows what is lost:
/// these files are fetched anew. A second sync would call them whole.
std::vector<std::uint32_t> forget_stored(const Manifest& manifest, std::uint32_t root,
                                         ReceiveState& state) {
    std::vector<std::uint32_t> files;
    const ManifestRoot& range = manifest.roots[root];
    for (std::uint32_t index = range.first; index < range.first + range.count; ++index) {
        const ManifestEntry& entry = manifest.entries[index];
        if (entry.is_folder || state.entries[index] != EntryState::stored) continue;
        state.entries[index] = EntryState::missing;
        --state.files_stored;
        state.bytes_stored -= std::min(state.bytes_stored, entry.bytes);
        state.bytes_sent_again += entry.bytes;
        files.push_back(index);
    }
    return files;
}

/// Why there is nothing of ours under a name, or nothing to remove: nothing is there, or others
/// have put something else there (a socket, a device), a link among the folders above it, or
/// something into the folder; or this disk holds no such name.
bool is_nothing_of_ours(int error_number) {
    constexpr std::array reasons = {ENOENT,    ENOTDIR, EISDIR, ELOOP,       EXDEV,
                                    ENOTEMPTY, EEXIST,  ENXIO,  ENAMETOOLONG};
    return std::ranges::find(reasons, error_number) != reasons.end();
}

/// Of two reasons why something is still there that which a later try may find gone.
int worse_of(int first, int second) {
    const bool is_first_no_reason = first == 0 || is_nothing_of_ours(first);
    return is_first_no_reason && second != 0 ? second : first;
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
                 ReceiveState& state, mode_t finished_mode, Marks marks)
    : id_(to_hex(id)),
      folder_(folder),
      manifest_(manifest),
      state_(state),
      finished_mode_(finished_mode),
      marks_(marks) {}

/// `path`: as in the list. The other side hears of it as well, and where our folder lies is not its
/// business.
Fault Staging::not_saved(const std::string& path, int error_number) const {
    return file_fault("Cannot save", path, error_number);
}

/// Whatever the reason is: what was to reach the disk is lost.
Fault Staging::not_synced(const std::string& path, int error_number) const {
    Fault fault = not_saved(path, error_number);
    fault.is_passing = false;
    return fault;
}

Fault Staging::out_of_reach(const std::string& path, int error_number) const {
    Fault fault = file_fault("Cannot look at what is stored of", path, error_number);
    fault.is_passing = true;
    return fault;
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

// ---- What is ours -------------------------------------------------------------------------------

/// Of this root alone: two of one transfer may have taken the same name for free.
std::string Staging::mark_of(std::uint32_t root) const { return id_ + "-" + std::to_string(root); }

/// What is made has this name first: killed at any moment, we leave either nothing but what the id
/// in its name tells to be ours, or something that carries our mark. Without a mark it keeps it.
std::string Staging::birth_name(std::uint32_t root) const {
    return ".dropline-" + mark_of(root) + ".part";
}

bool Staging::mark(std::uint32_t root, int fd) const {
    return marks_ == Marks::as_disk_can && set_file_mark(fd, mark_of(root));
}

/// What we made, by its inode, its mark or the id in its name; not every disk keeps the first. A
/// name such as NAME.part proves nothing, whatever stands behind it looks like: other programs use
/// it too, and so do other transfers.
bool Staging::is_ours(std::uint32_t root, int fd) const {
    const RootState& state = state_.roots[root];
    const auto found = identity_of(fd);
    if (!found) return false;
    if (state.identity == found) return true;
    const bool is_known_from_before = state.identity && state.is_from_journal;
    if (is_known_from_before && is_same_after_restart(*state.identity, *found)) return true;
    return is_made_by_us(root, state.staged_as, fd);
}

/// What is known of it without its inode, which was not written down, or which the disk has given
/// another number since: FAT does so also while it is mounted.
bool Staging::is_made_by_us(std::uint32_t root, const std::string& name, int fd) const {
    if (name != birth_name(root)) {
        return marks_ == Marks::as_disk_can && file_mark(fd) == mark_of(root);
    }
    struct stat status {};
    if (::fstat(fd, &status) != 0) return false;
    // One with a second name may be anybody's, linked to here.
    return manifest_.roots[root].is_folder ? S_ISDIR(status.st_mode)
                                           : S_ISREG(status.st_mode) && status.st_nlink == 1;
}

/// From now on it is known by the inode that it has in this run of the program.
void Staging::own(std::uint32_t root, int fd) {
    RootState& state = state_.roots[root];
    state.identity = identity_of(fd);
    state.is_from_journal = false;
}

/// Gives what was just made its mark and then the name that people know, or whatever numbered one
/// is free; where either cannot be, it stays as it was made.
void Staging::take_over_new(std::uint32_t root, int fd) {
    RootState& state = state_.roots[root];
    own(root, fd);
    const std::string birth = birth_name(root);
    std::string name = std::exchange(state.staged_as, birth);
    if (!mark(root, fd)) return;
    for (std::size_t turn = 0; turn < equal_names_max && !name.empty(); ++turn) {
        const int error_number = rename_no_replace(folder_.folder_fd(), birth, name);
        if (error_number == 0) {
            state.staged_as = std::move(name);
            return;
        }
        if (error_number != EEXIST && error_number != ENOTEMPTY) return;
        name = next_free_name(manifest_.roots[root]);
    }
}

Result<bool> Staging::find_staged(std::uint32_t root) {
    RootState& state = state_.roots[root];
    int error_number = open_root(root, O_RDONLY).error_number;
    if (error_number == 0) return true;
    if (error_number == ENOENT && state.is_from_journal && !state.staged_as.empty()) {
        std::string known = std::exchange(state.staged_as, birth_name(root));
        const auto identity = std::exchange(state.identity, std::nullopt);
        error_number = open_root(root, O_RDONLY).error_number;
        if (error_number == 0) return true;
        state.staged_as = std::move(known);
        state.identity = identity;
    }
    if (error_number == ENOENT) return false;
    return out_of_reach(manifest_.roots[root].name, error_number);
}

bool Staging::is_anything_there() const {
    for (std::uint32_t root = 0; root < state_.roots.size(); ++root) {
        if (state_.roots[root].is_over) continue;
        for (const std::string& name : {state_.roots[root].staged_as, birth_name(root)}) {
            if (name.empty()) continue;
            const OpenedFile opened =
                open_beneath(folder_.folder_fd(), name, O_RDONLY | O_NONBLOCK, 0);
            if (opened.error_number != 0) continue;
            if (is_made_by_us(root, name, opened.file.number())) return true;
        }
    }
    return false;
}

OpenedFile Staging::open_root(std::uint32_t root, int flags) const {
    const RootState& state = state_.roots[root];
    if (state.staged_as.empty()) return {{}, ENOENT};
    OpenedFile opened = open_beneath(folder_.folder_fd(), state.staged_as, flags | O_NONBLOCK, 0);
    const bool is_there = opened.error_number == 0;
    const bool is_another = is_there ? !is_ours(root, opened.file.number())
                                     : is_nothing_of_ours(opened.error_number) ||
                                           opened.error_number == EACCES;  // not ours any more
    if (is_another) return {{}, ENOENT};
    return opened;
}

// ---- Writing ------------------------------------------------------------------------------------

Result<FileDescriptor> Staging::open_for_writing(std::uint32_t root, std::uint32_t index,
                                                 std::uint64_t bytes_kept) {
    const std::string& path = manifest_.entries[index].path;
    FileDescriptor file;
    if (!manifest_.roots[root].is_folder) {
        OpenedFile opened = open_root(root, O_WRONLY);
        if (opened.error_number == 0) {
            file = std::move(opened.file);
            own(root, file.number());
        } else if (opened.error_number != ENOENT) {
            return not_saved(path, opened.error_number);
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
        file = FileDescriptor(
            ::openat(*parent, name.c_str(), flags | O_CREAT | O_EXCL, private_file_mode));
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
    OpenedFile created = open_beneath(folder_.folder_fd(), birth_name(root),
                                      O_WRONLY | O_CREAT | O_EXCL, private_file_mode);
    if (created.error_number != 0) {
        return not_saved(manifest_.roots[root].name, created.error_number);
    }
    take_over_new(root, created.file.number());
    return std::move(created.file);
}

Result<void> Staging::make_root_folder(std::uint32_t root) {
    if (open_root_ == root) return {};
    open_root_.reset();
    parent_fd_.reset();
    parent_.clear();
    OpenedFile opened = open_root(root, O_RDONLY | O_DIRECTORY);
    root_fd_ = std::move(opened.file);
    if (opened.error_number == 0) {
        own(root, root_fd_.number());
    } else if (opened.error_number != ENOENT) {
        return not_saved(manifest_.roots[root].name, opened.error_number);
    } else if (state_.roots[root].identity) {
        return Fault{FaultCode::file_error, "Cannot save " + manifest_.roots[root].name +
                                                ": what was stored of it was moved or removed."};
    } else if (auto created = create_root_folder(root); !created) {
        return created;
    }
    open_root_ = root;
    return {};
}

Result<void> Staging::create_root_folder(std::uint32_t root) {
    const int folder_fd = folder_.folder_fd();
    const std::string birth = birth_name(root);
    if (::mkdirat(folder_fd, birth.c_str(), private_folder) != 0) {
        return not_saved(manifest_.roots[root].name, errno);
    }
    OpenedFile made = open_beneath(folder_fd, birth, O_RDONLY | O_DIRECTORY, 0);
    if (made.error_number != 0) {
        (void)::unlinkat(folder_fd, birth.c_str(), AT_REMOVEDIR);
        return not_saved(manifest_.roots[root].name, made.error_number);
    }
    root_fd_ = std::move(made.file);
    take_over_new(root, root_fd_.number());
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
    if (::mkdirat(parent_fd, last_component(relative).c_str(), mode) != 0) {
        return errno == EEXIST ? Result<void>() : not_saved(relative, errno);
    }
    // The program keeps what it makes to itself, unless it says otherwise.
    const OpenedFile made =
        open_beneath(parent_fd, last_component(relative), O_RDONLY | O_DIRECTORY, 0);
    if (made.error_number == 0) set_rights(made.file.number(), mode);
    return {};
}

void Staging::finish_file(int fd, std::uint32_t index) {
    const ManifestEntry& entry = manifest_.entries[index];
    const mode_t mode = entry.is_executable ? with_execute_bits(finished_mode_) : finished_mode_;
    set_rights(fd, mode);
    set_modified(fd, entry.modified_at_s);
    // Which may be another time: not every disk can hold every one.
    struct stat status {};
    auto& times = state_.finished_at_ns;
    times.resize(manifest_.entries.size());
    times[index] = ::fstat(fd, &status) == 0 ? modified_at_ns(status) : 0;
}

// ---- Reading ------------------------------------------------------------------------------------

Staging::StoredFile Staging::look_at_stored(std::uint32_t root, std::uint32_t index) {
    const OpenedFile stored = open_entry(root, index);
    if (stored.error_number == ENOENT) return StoredFile::lost;
    struct stat status {};
    // Whoever exchanges the folders above it has taken nothing away.
    const bool is_out_of_reach =
        stored.error_number != 0 || ::fstat(stored.file.number(), &status) != 0;
    if (is_out_of_reach) return StoredFile::as_finished;
    const std::uint64_t bytes = manifest_.entries[index].bytes;
    if (static_cast<std::uint64_t>(status.st_size) != bytes) return StoredFile::lost;
    const auto& times = state_.finished_at_ns;
    const std::int64_t finished_at_ns = index < times.size() ? times[index] : 0;
    const bool is_touched = finished_at_ns != 0 && modified_at_ns(status) != finished_at_ns;
    return is_touched ? StoredFile::touched : StoredFile::as_finished;
}

Result<FileDescriptor> Staging::open_stored(std::uint32_t root, std::uint32_t index) {
    OpenedFile opened = open_entry(root, index);
    // Whoever exchanges it, or the folders above it, has left nothing of ours there.
    if (opened.error_number == 0 || is_nothing_of_ours(opened.error_number)) {
        return std::move(opened.file);
    }
    return out_of_reach(manifest_.entries[index].path, opened.error_number);
}

OpenedFile Staging::open_entry(std::uint32_t root, std::uint32_t index) {
    if (!manifest_.roots[root].is_folder) return open_root(root, O_RDONLY);
    if (open_root_ != root) {
        parent_fd_.reset();
        OpenedFile opened = open_root(root, O_RDONLY | O_DIRECTORY);
        root_fd_ = std::move(opened.file);
        open_root_.reset();
        if (opened.error_number != 0) return {{}, opened.error_number};
        own(root, root_fd_.number());
        open_root_ = root;
    }
    const std::string below(below_first_component(manifest_.entries[index].path));
    return open_beneath(root_fd_.number(), below, O_RDONLY | O_NONBLOCK, 0);
}

Result<FileDescriptor> Staging::open_in_candidate(std::uint32_t root, std::uint32_t index) const {
    const std::string_view below = below_first_component(manifest_.entries[index].path);
    std::string path = state_.roots[root].candidate;
    if (!below.empty()) path += "/" + std::string(below);
    OpenedFile opened = open_beneath(folder_.folder_fd(), path, O_RDONLY | O_NONBLOCK, 0);
    if (opened.error_number != 0) {
        const Fault fault = file_fault("Cannot look at", path, opened.error_number);
        if (fault.is_passing) return fault;
    }
    return std::move(opened.file);
}

// ---- Final names --------------------------------------------------------------------------------

Result<void> Staging::publish(std::span<const std::uint32_t> roots,
                              const std::atomic<bool>& is_given_up) {
    if (!folder_.is_where_it_was()) {
        return Fault{FaultCode::file_error,
                     "Cannot save: the folder for it was moved, removed or replaced. The transfer "
                     "goes on when it is back."};
    }
    for (const std::uint32_t root : roots) {
        if (!manifest_.roots[root].is_folder) continue;
        if (auto finished = finish_folders(root); !finished) return finished;
    }
    if (auto synced = sync(roots); !synced) {
        if (is_passing(synced)) return synced;
        for (const std::uint32_t root : roots) {
            for (const std::uint32_t index : forget_stored(manifest_, root, state_)) {
                (void)open_for_writing(root, index, 0);  // its room is needed for it
            }
        }
        return synced;
    }
    if (is_given_up) return Fault{FaultCode::cancelled, "The transfer was stopped."};
    for (const std::uint32_t root : roots) {
        if (auto renamed = rename_root(root); !renamed) return renamed;
    }
    if (const int error_number = folder_.sync_names(); error_number != 0) {
        return not_synced(manifest_.roots[roots.front()].name, error_number);
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
            if (folder.error_number != 0) {
                const Fault fault = not_saved(entry.path, folder.error_number);
                if (fault.is_passing) return fault;
                continue;  // mostly nothing of it was wanted
            }
        }
        const int fd = below.empty() ? root_fd_.number() : folder.file.number();
        set_rights(fd, mode);
        set_modified(fd, entry.modified_at_s);
        if (state_.entries[index] == EntryState::missing) {
            state_.entries[index] = EntryState::stored;
        }
    }
    set_rights(root_fd_.number(), mode);
    return {};
}

Result<void> Staging::sync(std::span<const std::uint32_t> roots) {
    const bool is_few =
        roots.size() <= single_syncs_max && std::ranges::none_of(roots, [this](std::uint32_t root) {
            return manifest_.roots[root].is_folder;
        });
    if (!is_few) {
        const int error_number = folder_.sync_disk();
        if (error_number != 0) return not_synced(manifest_.title(), error_number);
        return {};
    }
    for (const std::uint32_t root : roots) {
        const OpenedFile opened = open_root(root, O_RDONLY);
        const std::string& name = manifest_.roots[root].name;
        if (opened.error_number == ENOENT) continue;  // rename_root says what is wrong
        if (opened.error_number != 0) return out_of_reach(name, opened.error_number);
        const int error_number = sync_file(opened.file.number());
        if (error_number != 0) return not_synced(name, error_number);
    }
    return {};
}

Result<void> Staging::rename_root(std::uint32_t root) {
    RootState& state = state_.roots[root];
    const ManifestRoot& range = manifest_.roots[root];
    // Somebody may have put something else in its place; that is not ours to publish.
    const OpenedFile opened = open_root(root, O_RDONLY);
    if (opened.error_number != 0 && opened.error_number != ENOENT) {
        return not_saved(range.name, opened.error_number);
    }
    if (opened.error_number == ENOENT) {
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
        remove_file_mark(opened.file.number());
        return {};
    }
    return not_saved(range.name, EEXIST);
}

// ---- Removing -----------------------------------------------------------------------------------

bool Staging::remove() {
    bool is_all_removed = true;
    for (std::uint32_t root = 0; root < state_.roots.size(); ++root) {
        if (!remove_root(root)) is_all_removed = false;
    }
    return is_all_removed;
}

Result<void> Staging::remove_root(std::uint32_t root) {
    const RootState& state = state_.roots[root];
    if (state.is_over) return {};
    const auto found = find_staged(root);
    if (!found) return found.fault();
    if (!*found) return {};
    const ManifestRoot& range = manifest_.roots[root];
    int error_number = 0;
    if (range.is_folder) {
        error_number = remove_tree(folder_.folder_fd(), state.staged_as);
    } else if (::unlinkat(folder_.folder_fd(), state.staged_as.c_str(), 0) != 0) {
        error_number = errno;
    }
    if (error_number == 0 || is_nothing_of_ours(error_number)) return {};
    return file_fault("Cannot remove what is stored of", range.name, error_number);
}

Result<void> Staging::remove_gone(std::uint32_t root) {
    const auto found = find_staged(root);
    if (!found) return found.fault();
    const OpenedFile opened = open_root(root, O_RDONLY | O_DIRECTORY);
    if (!*found || opened.error_number == ENOENT) return {};
    const ManifestRoot& range = manifest_.roots[root];
    if (opened.error_number != 0) return out_of_reach(range.name, opened.error_number);
    // From the inside out: a folder can go when nothing is in it.
    for (std::uint32_t left = range.count; left > 0; --left) {
        const ManifestEntry& entry = manifest_.entries[range.first + left - 1];
        if (!entry.is_gone) continue;
        if (auto removed = remove_entry(opened.file.number(), entry); !removed) return removed;
    }
    return {};
}

Result<void> Staging::remove_entry(int root_fd, const ManifestEntry& entry) const {
    const std::string below(below_first_component(entry.path));
    if (below.empty()) return {};  // the root itself, which holds what is still wanted
    const std::string above = parent_path(below);
    OpenedFile parent;
    if (!above.empty()) parent = open_beneath(root_fd, above, O_PATH | O_DIRECTORY, 0);
    int error_number = parent.error_number;
    if (error_number == 0) {
        const int parent_fd = above.empty() ? root_fd : parent.file.number();
        const int kind = entry.is_folder ? AT_REMOVEDIR : 0;
        const int status = ::unlinkat(parent_fd, last_component(below).c_str(), kind);
        error_number = status == 0 ? 0 : errno;
    }
    if (error_number == 0 || is_nothing_of_ours(error_number)) return {};
    return not_saved(entry.path, error_number);
}

int remove_tree(int folder_fd, const std::string& name) {
    OpenedFile folder = open_beneath(folder_fd, name, O_RDONLY | O_DIRECTORY, 0);
    if (folder.error_number != 0) return folder.error_number;
    const int listed_fd = ::dup(folder.file.number());
    DIR* const listed = listed_fd < 0 ? nullptr : ::fdopendir(listed_fd);
    if (listed == nullptr) {
        const int error_number = errno;
        if (listed_fd >= 0) ::close(listed_fd);
        return error_number;
    }
    std::vector<std::pair<std::string, int>> refused;  // folders, and what cannot be removed
    while (const dirent* entry = ::readdir(listed)) {
        const std::string below = entry->d_name;
        if (below == "." || below == "..") continue;
        if (::unlinkat(folder.file.number(), below.c_str(), 0) != 0) {
            refused.emplace_back(below, errno);
        }
    }
    ::closedir(listed);
    int error_number = 0;
    for (const auto& [below, why] : refused) {
        const int left = remove_tree(folder.file.number(), below);
        const bool is_no_folder = left == ENOTDIR || left == ELOOP;
        error_number = worse_of(error_number, is_no_folder ? why : left);
    }
    if (::unlinkat(folder_fd, name.c_str(), AT_REMOVEDIR) == 0) return 0;
    return worse_of(error_number, errno);
}

}  // namespace dropline
