#include "net/transfer/prepare.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "net/api/limits.hpp"
#include "net/platform/beneath.hpp"
#include "net/transfer/hash_file.hpp"
#include "net/transfer/safe_name.hpp"

namespace dropline {

namespace {

/// Size of an open regular file; nothing for anything else.
std::optional<std::uint64_t> file_bytes(int fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    return static_cast<std::uint64_t>(status.st_size);
}

class Preparation {
  public:
    Preparation(const ReceiveFolder& folder, const Manifest& manifest, Staging& staging,
                ReceiveState& state, const std::atomic<bool>& is_given_up)
        : folder_(folder),
          manifest_(manifest),
          staging_(staging),
          state_(state),
          is_given_up_(is_given_up) {}

    Result<TransferPlan> run();

  private:
    Result<void> look_at_root(std::uint32_t root);
    Result<void> remove_gone(std::uint32_t root);
    Result<void> look_again(std::uint32_t root);
    Result<void> look_again_at_stored(std::uint32_t root, std::uint32_t index);
    Result<void> read_staged(std::uint32_t root, std::uint32_t index);
    Result<void> read_part(const FileDescriptor& file, std::uint32_t index);
    Result<void> find_candidate(std::uint32_t root);
    enum class Likeness { none, sizes, sizes_and_times };
    Result<Likeness> likeness_of_candidate(std::uint32_t root);
    Result<void> read_candidate(std::uint32_t root);
    Result<std::optional<StoredPart>> hash(int fd, std::uint64_t bytes_max);
    bool is_missing_file(std::uint32_t index) const;
    void count_stored();
    Result<void> check_space() const;
    void drop_what_cannot_be_told();
    TransferPlan plan() const;

    const ReceiveFolder& folder_;
    const Manifest& manifest_;
    Staging& staging_;
    ReceiveState& state_;
    const std::atomic<bool>& is_given_up_;
};

Result<TransferPlan> Preparation::run() {
    // Of a first look that was broken off.
    if (!state_.has_looked_at_disk) state_.begun.clear();
    for (std::uint32_t root = 0; root < state_.roots.size(); ++root) {
        if (auto looked = look_at_root(root); !looked) return looked.fault();
    }
    state_.has_looked_at_disk = true;
    drop_what_cannot_be_told();
    if (auto chosen = staging_.choose_names(); !chosen) return chosen.fault();
    count_stored();
    if (auto fits = check_space(); !fits) return fits.fault();
    return plan();
}

bool Preparation::is_missing_file(std::uint32_t index) const {
    return state_.entries[index] == EntryState::missing && !manifest_.entries[index].is_folder;
}

Result<void> Preparation::look_at_root(std::uint32_t root) {
    const ManifestRoot& range = manifest_.roots[root];
    RootState& root_state = state_.roots[root];
    if (root_state.is_over) return {};
    if (!state_.has_looked_at_disk) {
        if (auto removed = remove_gone(root); !removed) return removed;
    }
    if (!state_.has_wanted(range)) return {};
    if (state_.has_looked_at_disk) return look_again(root);
    if (!root_state.staged_as.empty()) {
        const auto found = staging_.find_staged(root);
        if (!found) return found.fault();
        if (!*found) {
            // Never made, or it has its final name already and only we do not know of it.
            root_state.staged_as.clear();
            root_state.identity.reset();
        }
    }
    if (root_state.staged_as.empty()) return find_candidate(root);
    for (std::uint32_t index = range.first; index < range.first + range.count; ++index) {
        if (!is_missing_file(index)) continue;
        if (auto read = read_staged(root, index); !read) return read;
    }
    return {};
}

/// What the sender has no more may be stored already, or half of it.
Result<void> Preparation::remove_gone(std::uint32_t root) {
    const ManifestRoot& range = manifest_.roots[root];
    const auto first = manifest_.entries.begin() + range.first;
    if (std::none_of(first, first + range.count, std::mem_fn(&ManifestEntry::is_gone))) return {};
    if (state_.has_wanted(range)) return staging_.remove_gone(root);
    if (auto removed = staging_.remove_root(root); is_passing(removed)) return removed;
    state_.roots[root].staged_as.clear();
    state_.roots[root].identity.reset();
    return {};
}

/// What this run of the program wrote is known, unless somebody else has touched it since.
Result<void> Preparation::look_again(std::uint32_t root) {
    const ManifestRoot& range = manifest_.roots[root];
    for (std::uint32_t index = range.first; index < range.first + range.count; ++index) {
        if (is_given_up_) return Fault{FaultCode::cancelled, "The transfer was stopped."};
        if (auto looked = look_again_at_stored(root, index); !looked) return looked;
        const auto part = state_.begun.find(index);
        if (part == state_.begun.end() || part->second.is_of_candidate) continue;
        const auto file = staging_.open_stored(root, index);
        if (!file) return file.fault();
        struct stat status {};
        const bool is_there = file->is_open() && ::fstat(file->number(), &status) == 0;
        const bool is_untouched = is_there &&
                                  modified_at_ns(status) == part->second.modified_at_ns &&
                                  static_cast<std::uint64_t>(status.st_size) >= part->second.bytes;
        if (is_untouched) continue;
        if (auto read = read_part(*file, index); !read) return read;
    }
    return {};
}

/// A cleaner, a scanner of viruses or a hand may have been there while nothing came. What was
/// touched is read, and the sender compares it.
Result<void> Preparation::look_again_at_stored(std::uint32_t root, std::uint32_t index) {
    const ManifestEntry& entry = manifest_.entries[index];
    const bool is_in_staging = state_.entries[index] == EntryState::stored && !entry.is_folder &&
                               !state_.equal_in_candidate.contains(index);
    if (!is_in_staging) return {};
    const auto found = staging_.look_at_stored(root, index);
    if (found == Staging::StoredFile::as_finished) return {};
    if (found == Staging::StoredFile::touched) {
        if (auto read = read_staged(root, index); !read) return read;
    }
    if (!state_.begun.contains(index)) state_.bytes_sent_again += entry.bytes;
    state_.entries[index] = EntryState::missing;
    --state_.files_stored;
    return {};
}

Result<void> Preparation::read_staged(std::uint32_t root, std::uint32_t index) {
    const auto file = staging_.open_stored(root, index);
    return file ? read_part(*file, index) : file.fault();
}

/// What was known of it stays known until it has been read.
Result<void> Preparation::read_part(const FileDescriptor& file, std::uint32_t index) {
    auto part = file.is_open() ? hash(file.number(), manifest_.entries[index].bytes)
                               : Result(std::optional<StoredPart>());
    if (!part) return part.fault();
    if (*part) {
        state_.begun[index] = std::move(**part);
    } else {
        state_.begun.erase(index);
    }
    return {};
}

/// Nothing when it is no file, too large, or cannot be read: then it starts anew.
Result<std::optional<StoredPart>> Preparation::hash(int fd, std::uint64_t bytes_max) {
    const auto bytes = file_bytes(fd);
    if (!bytes || *bytes > bytes_max) return std::optional<StoredPart>{};
    ChunkHash hash;
    const auto read = hash_file(fd, *bytes, hash, [this](std::span<const std::byte>) {
        return is_given_up_ ? Fault{FaultCode::cancelled, "The transfer was stopped."}
                            : Result<void>();
    });
    if (!read) return read.fault();
    if (!*read) return std::optional<StoredPart>{};
    return std::optional(within_limits({*bytes, hash.chunk_digests(), false, 0}));
}

// ---- Content that may be there under the same name ----------------------------------------------

Result<void> Preparation::find_candidate(std::uint32_t root) {
    const std::string& name = manifest_.roots[root].name;
    std::size_t count = 0;
    struct stat status {};
    while (count < likely_names_max &&
           ::fstatat(folder_.folder_fd(), numbered_name(name, count + 1).c_str(), &status,
                     AT_SYMLINK_NOFOLLOW) == 0) {
        ++count;
    }
    // Only one can be compared, and versions of a file are often of one size: that of the same
    // time, else the newest.
    std::string& candidate = state_.roots[root].candidate;
    std::string likely;
    for (std::size_t number = count; number > 0; --number) {
        candidate = numbered_name(name, number);
        const auto likeness = likeness_of_candidate(root);
        if (!likeness) return likeness.fault();
        if (*likeness == Likeness::sizes_and_times) return read_candidate(root);
        if (*likeness == Likeness::sizes && likely.empty()) likely = candidate;
    }
    candidate = std::move(likely);
    return candidate.empty() ? Result<void>() : read_candidate(root);
}

/// Folders alone are the same when they are there; of files, one has to be missing to be compared.
Result<Preparation::Likeness> Preparation::likeness_of_candidate(std::uint32_t root) {
    const ManifestRoot& range = manifest_.roots[root];
    bool has_missing_file = false;
    bool has_file = false;
    bool has_times = true;
    for (std::uint32_t index = range.first; index < range.first + range.count; ++index) {
        if (state_.entries[index] == EntryState::unwanted) continue;
        const bool is_folder = manifest_.entries[index].is_folder;
        has_file = has_file || !is_folder;
        if (!is_folder && !is_missing_file(index)) continue;
        const auto there = staging_.open_in_candidate(root, index);
        if (!there) return there.fault();
        struct stat status {};
        const bool is_there = there->is_open() && ::fstat(there->number(), &status) == 0;
        if (!is_there || S_ISDIR(status.st_mode) != is_folder) return Likeness::none;
        if (is_folder) continue;
        has_missing_file = true;
        const auto bytes = static_cast<std::uint64_t>(status.st_size);
        if (!S_ISREG(status.st_mode) || bytes != manifest_.entries[index].bytes) {
            return Likeness::none;
        }
        has_times = has_times && status.st_mtim.tv_sec == manifest_.entries[index].modified_at_s;
    }
    if (has_file && !has_missing_file) return Likeness::none;
    return has_times ? Likeness::sizes_and_times : Likeness::sizes;
}

Result<void> Preparation::read_candidate(std::uint32_t root) {
    const ManifestRoot& range = manifest_.roots[root];
    for (std::uint32_t index = range.first; index < range.first + range.count; ++index) {
        if (!is_missing_file(index)) continue;
        const auto file = staging_.open_in_candidate(root, index);
        if (!file) return file.fault();
        auto part = hash(file->number(), manifest_.entries[index].bytes);
        if (!part) return part.fault();
        if (!*part) continue;
        (*part)->is_of_candidate = true;
        state_.begun[index] = std::move(**part);
    }
    return {};
}

// ---- The plan -----------------------------------------------------------------------------------

void Preparation::count_stored() {
    state_.bytes_stored = 0;
    for (std::uint32_t index = 0; index < manifest_.size(); ++index) {
        if (state_.entries[index] == EntryState::stored) {
            state_.bytes_stored += manifest_.entries[index].bytes;
        }
    }
    state_.files_unconfirmed = 0;
    for (const auto& [index, part] : state_.begun) {
        state_.bytes_stored += part.bytes;
        if (part.bytes == manifest_.entries[index].bytes) ++state_.files_unconfirmed;
    }
}

Result<void> Preparation::check_space() const {
    const std::uint64_t missing = state_.bytes_to_write(manifest_);
    if (missing == 0) return {};
    const std::string what = "\"" + manifest_.title() + "\"";
    return folder_.check_space(state_.bytes_stored > 0 ? "The rest of " + what : what, missing,
                               state_.files_wanted - state_.files_stored);
}

void Preparation::drop_what_cannot_be_told() {
    std::size_t digests = 0;
    std::erase_if(state_.begun, [&](const auto& entry) {
        digests += entry.second.chunks.size();
        return digests > limits::have_digests_max;
    });
}

TransferPlan Preparation::plan() const {
    TransferPlan plan;
    plan.is_skipped.resize(manifest_.size());
    for (std::uint32_t index = 0; index < manifest_.size(); ++index) {
        plan.is_skipped[index] = !is_missing_file(index);
    }
    plan.stored = state_.begun;
    return plan;
}

}  // namespace

Result<TransferPlan> prepare_receive(const ReceiveFolder& folder, const Manifest& manifest,
                                     Staging& staging, ReceiveState& state,
                                     const std::atomic<bool>& is_given_up) {
    return Preparation(folder, manifest, staging, state, is_given_up).run();
}

}  // namespace dropline
