// Both ends of a hand-over without a connection between them: what a sender would say, as one
// string, and a receiver that takes any part of it. What a cut does is then no matter of luck.
// Thread: the test's; reading the sources takes a second one for a moment.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/transfer/prepare.hpp"
#include "net/transfer/receive_session.hpp"
#include "net/transfer/receive_sink.hpp"
#include "net/transfer/source_tree.hpp"
#include "tests/transfer/test_folder.hpp"

namespace dropline::tests {

/// What is chosen for sending, looked at now. Fails the test when that is not possible.
SourceTree sources_of(const std::vector<std::filesystem::path>& chosen);

/// Every frame that an honest sender sends when it is asked for this, and how it ended.
struct Stream {
    std::string bytes;
    Result<void> result;
};
Stream stream_of(const SourceTree& sources, const TransferPlan& plan);

/// Where frames of a stream end, the end of the last one included.
std::vector<std::size_t> frame_ends(const std::string& stream);

/// A list made by hand: files with their sizes; a path that ends with '/' is a folder.
Manifest list_of(const std::vector<std::pair<std::string, std::uint64_t>>& entries);
/// The next version of a list, in which these paths are gone.
Manifest without(Manifest manifest, const std::vector<std::string>& gone);
/// The list as its receiver has it: through pages and all checks.
Manifest as_received(const Manifest& offered);

/// What a session does to the disk, on a thread of its own: whoever does it is confined to the
/// folder for good.
Result<void> prepare(ReceiveSession& session, const std::atomic<bool>& is_given_up);
Result<void> receive(ReceiveSession& session, BulkChannel& channel, RateGate& gate,
                     const std::atomic<bool>& is_interrupted, ReceiveObserver& observer);
void remove_staged(ReceiveSession& session);

/// One accepted transfer at its receiver, from connection to connection.
class Reception {
  public:
    Reception(std::filesystem::path into, Manifest accepted,
              ReceiveFolder::SpaceProbe probe = nullptr);

    /// As before each connection. Afterwards `plan` says what to send.
    Result<void> prepare();
    /// One connection that brings just this, in portions of so many bytes, and ends.
    Result<void> take(std::string_view stream,
                      std::size_t portion_bytes = static_cast<std::size_t>(-1));
    /// Prepares, then takes all that an honest sender sends.
    Result<void> receive_all_from(const SourceTree& sources);
    /// Takes a newer list, as ReceiveSession::renew.
    bool renew(const Manifest& newer);
    /// As after the program was killed: what the journal keeps is known, and no more. Without
    /// `is_identity_kept` it was killed before the inodes of what it made were written down.
    void restart(bool is_identity_kept = true);
    void remove_staged();

    bool has_all() const { return has_all_; }
    std::vector<std::string> saved_as() const { return state.saved_as(); }

    const TransferId id;
    const std::filesystem::path into;
    Manifest manifest;
    ReceiveState state;
    TransferPlan plan;
    mode_t finished_mode = 0644;
    std::atomic<bool> is_interrupted{false};
    /// `none`: as on a disk without extended attributes.
    Staging::Marks marks = Staging::Marks::as_disk_can;

  private:
    ReceiveFolder target_;
    std::unique_ptr<Staging> staging_;
    bool has_all_ = false;
};

}  // namespace dropline::tests
