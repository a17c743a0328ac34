#include "net/transfer/receive_session.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "net/api/safe_text.hpp"
#include "net/platform/disk.hpp"
#include "net/platform/landlock.hpp"
#include "net/transfer/receiver.hpp"

namespace dropline {

ReceiveSession::ReceiveSession(const TransferId& id, std::filesystem::path into,
                               std::shared_ptr<const Manifest> manifest, ReceiveState state)
    : id_(id), into_(std::move(into)), manifest_(std::move(manifest)), state_(std::move(state)) {}

Result<void> ReceiveSession::open_folder() {
    staging_.reset();
    auto folder = ReceiveFolder::open(into_);
    if (!folder) return folder.fault();
    const auto identity = identity_of(folder->folder_fd());
    if (!identity) {
        return Fault{FaultCode::file_error, "The receive folder cannot be looked at."};
    }
    if (folder_identity_ && !is_the_former(*folder, *identity)) {
        return Fault{FaultCode::file_error, "Cannot save into " +
                                                escape_for_display(into_.string()) +
                                                ": it is another folder than before. The transfer "
                                                "goes on when the former one is back, or can be "
                                                "cancelled and offered again."};
    }
    if (state_.has_staged() && is_disk_read_only(folder->folder_fd())) {
        return Fault{FaultCode::file_error, "Cannot save into " +
                                                escape_for_display(into_.string()) +
                                                ": its disk can only be read. The transfer goes on "
                                                "when it can be written to again."};
    }
    folder_identity_ = identity;
    // One that is open already has heard what the disk failed to write since.
    const bool is_open = folder_ && identity_of(folder_->folder_fd()) == identity;
    if (!is_open) {
        folder_ = std::make_unique<ReceiveFolder>(std::move(*folder));
        // A disk that was pulled out may have lost what it was thought to hold.
        if (state_.has_looked_at_disk) state_.forget_what_was_read(*manifest_);
    }
    use_folder();
    return {};
}

/// Inode numbers are no proof where the disk makes them up at each mount: there it is the former
/// one when it holds what this transfer made or, as long as that is nothing, was made when the
/// former one was.
bool ReceiveSession::is_the_former(const ReceiveFolder& folder, const FileIdentity& identity) {
    if (is_same_after_restart(*folder_identity_, identity)) return true;
    const bool is_likely = !is_numbering_kept(folder.folder_fd()) &&
                           may_be_same_after_mount(*folder_identity_, identity);
    if (is_likely && !state_.has_staged()) return true;
    return Staging(id_, folder, *manifest_, state_, mode_of_finished_file()).is_anything_there();
}

void ReceiveSession::use_folder() {
    staging_ =
        std::make_unique<Staging>(id_, *folder_, *manifest_, state_, mode_of_finished_file());
}

/// A disk that has gone is let go of, so that it can be unplugged and come back as another one.
void ReceiveSession::leave_lost_disk() {
    if (!folder_ || is_disk_there(folder_->folder_fd())) return;
    staging_.reset();
    folder_.reset();
}

void ReceiveSession::confine_this_thread() const {
    const std::array folders = {folder_->folder_fd()};
    (void)confine_this_thread_to(folders);
}

Result<void> ReceiveSession::prepare(const std::atomic<bool>& is_given_up) {
    auto opened = open_folder();
    state_.is_folder_away = !opened;
    if (!opened) {
        leave_lost_disk();
        return opened;
    }
    confine_this_thread();
    auto plan = prepare_receive(*folder_, *manifest_, *staging_, state_, is_given_up);
    if (!plan) {
        state_.is_folder_away = plan.fault().code == FaultCode::file_error && !folder_->is_there();
        return plan.fault();
    }
    plan_ = std::move(*plan);
    return {};
}

Result<void> ReceiveSession::receive(BulkChannel& channel, RateGate& gate,
                                     const std::atomic<bool>& is_interrupted,
                                     ReceiveObserver& observer) {
    confine_this_thread();
    auto received = receive_files(
        channel, {*folder_, *manifest_, plan_, *staging_, state_, gate, is_interrupted}, observer);
    if (state_.is_folder_away) leave_lost_disk();
    return received;
}

bool ReceiveSession::remove_staged() {
    leave_lost_disk();
    // The folder that is held open is the one, wherever its path leads meanwhile.
    if (folder_ && !staging_) use_folder();
    // Nothing was ever made in one that was never opened.
    if (!staging_ && !open_folder()) return !folder_identity_;
    confine_this_thread();
    return staging_->remove();
}

std::vector<std::string> ReceiveSession::saved_as() const {
    std::vector<std::string> paths;
    for (const std::string& name : state_.saved_as()) {
        paths.push_back(std::filesystem::absolute(into_ / name).string());
    }
    return paths;
}

/// Of a newer list, before it has taken over what is there; nothing when it is more than was agreed
/// to, or nothing is left of that.
std::optional<ReceiveState> ReceiveSession::wanted_of(const Manifest& newer) const {
    ReceiveState wanted = ReceiveState::all_of(newer);
    for (std::uint32_t index = 0; index < newer.size(); ++index) {
        const bool may_be_run_now =
            newer.entries[index].is_executable && !manifest_->entries[index].is_executable;
        if (state_.entries[index] == EntryState::unwanted) {
            wanted.leave_out(newer, index);
        } else if (may_be_run_now) {
            return std::nullopt;
        }
    }
    const bool has_no_file = wanted.files_wanted == 0 && state_.files_wanted > 0;
    const bool has_nothing = std::ranges::none_of(
        newer.roots, [&](const ManifestRoot& root) { return wanted.has_wanted(root); });
    if (has_no_file || has_nothing) return std::nullopt;
    return wanted;
}

bool ReceiveSession::renew(std::shared_ptr<const Manifest> manifest, std::uint64_t bytes_max) {
    if (!lists_nothing_new(*manifest_, *manifest)) return false;
    auto wanted = wanted_of(*manifest);
    if (!wanted || wanted->bytes_wanted > bytes_max) return false;
    ReceiveState& renewed = *wanted;
    for (std::size_t root = 0; root < renewed.roots.size(); ++root) {
        const RootState& old = state_.roots[root];
        // What has its final name already was whole in its time and stays; the new version is
        // received beside it. Of what has gone there is none.
        if (old.is_over) {
            if (!renewed.has_wanted(manifest->roots[root])) renewed.roots[root] = old;
            continue;
        }
        renewed.roots[root].staged_as = old.staged_as;
        renewed.roots[root].identity = old.identity;
        renewed.roots[root].is_from_journal = old.is_from_journal;
    }
    renewed.bytes_sent_again = state_.bytes_sent_again;
    staging_.reset();
    manifest_ = std::move(manifest);
    state_ = std::move(renewed);
    return true;
}

}  // namespace dropline
