// Everything of one accepted transfer on its receiver's disk, from acceptance to its last name.
// Thread: one at a time: a bulk thread while one prepares, receives or removes, which can reach
// nothing but the receive folder afterwards where the kernel has Landlock; else `net`.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>

#include "net/api/fault.hpp"
#include "net/link/rate_gate.hpp"
#include "net/transfer/bulk_channel.hpp"
#include "net/transfer/prepare.hpp"
#include "net/transfer/receive_folder.hpp"
#include "net/transfer/receive_state.hpp"
#include "net/transfer/staging.hpp"
#include "net/transfer/transfer_observer.hpp"

namespace dropline {

class ReceiveSession {
  public:
    ReceiveSession(const TransferId& id, std::filesystem::path into,
                   std::shared_ptr<const Manifest> manifest, ReceiveState state);

    /// Before each connection. Blocks, perhaps for long. As prepare_receive; file_error also when
    /// the folder is gone, is another one than at the first time, or can only be read while
    /// something of this transfer lies in it: then `is_folder_away`.
    Result<void> prepare(const std::atomic<bool>& is_given_up);
    /// As receive_files; after `prepare`.
    Result<void> receive(BulkChannel& channel, RateGate& gate,
                         const std::atomic<bool>& is_interrupted, ReceiveObserver& observer);
    /// Takes away what is unfinished. False when the folder, in which it may lie, is away: as in
    /// `prepare`; or when something could not be removed now. Blocks.
    bool remove_staged();

    const std::filesystem::path& into() const { return into_; }
    const Manifest& manifest() const { return *manifest_; }
    /// Not while a bulk thread works with it.
    const ReceiveState& state() const { return state_; }
    /// The last `prepare` or `receive` has not found the folder: its disk may come back.
    bool is_folder_away() const { return state_.is_folder_away; }
    const std::optional<FileIdentity>& folder_identity() const { return folder_identity_; }
    void expect_folder(std::optional<FileIdentity> identity) { folder_identity_ = identity; }
    /// Absolute paths of what has its final name.
    std::vector<std::string> saved_as() const;

    /// The sender's files have changed: the same names with other contents, or fewer of them. What
    /// is stored is compared again before it is built on, and what has gone is taken away. False,
    /// and nothing changes, when it is another list, no wanted file is left of it, more than so
    /// many bytes of it are wanted, or something wanted may be run that could not be.
    bool renew(std::shared_ptr<const Manifest> manifest, std::uint64_t bytes_max);

  private:
    Result<void> open_folder();
    std::optional<ReceiveState> wanted_of(const Manifest& newer) const;
    bool is_the_former(const ReceiveFolder& folder, const FileIdentity& identity);
    void use_folder();
    void leave_lost_disk();
    void confine_this_thread() const;

    const TransferId id_;
    const std::filesystem::path into_;
    std::shared_ptr<const Manifest> manifest_;
    ReceiveState state_;
    std::optional<FileIdentity> folder_identity_;
    std::unique_ptr<ReceiveFolder> folder_;
    std::unique_ptr<Staging> staging_;
    TransferPlan plan_;
};

}  // namespace dropline
