// The bytes of one transfer under way: its bulk threads, its connection, its progress.
// Thread: net for every call; results and progress come to `net` by posting.
#pragma once

#include <asio/any_io_executor.hpp>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "net/api/fault.hpp"
#include "net/link/rate_gate.hpp"
#include "net/room/peer_connector.hpp"
#include "net/transfer/bulk_thread.hpp"
#include "net/transfer/receive_session.hpp"
#include "net/transfer/sender.hpp"
#include "net/transfer/tls_bulk_channel.hpp"

namespace dropline {

struct BulkProgress {
    std::uint64_t bytes_stored = 0;
    std::uint32_t files_done = 0;
    Bottleneck bottleneck = Bottleneck::unknown;
    bool is_verifying = false;
    /// A receiver's state for the journal, every now and then.
    std::shared_ptr<const std::string> state_blob;
};

class BulkJob : public std::enable_shared_from_this<BulkJob> {
  public:
    struct Hooks {
        std::function<void(BulkProgress)> on_progress;  // at most ten a second, and at changes
        /// A receiver's, once: all is there; call `kept` when a restart would know it.
        std::function<void(std::function<void()> kept)> on_complete = {};
        std::function<void(Result<void>)> on_done;  // once, last
    };

    /// `gate` must outlive the job.
    static std::shared_ptr<BulkJob> send(asio::any_io_executor net, PeerConnection connection,
                                         std::shared_ptr<const SourceTree> sources, RateGate& gate,
                                         Hooks hooks);
    /// `session` is prepared, and the job's alone until on_done.
    static std::shared_ptr<BulkJob> receive(asio::any_io_executor net, PeerConnection connection,
                                            std::shared_ptr<ReceiveSession> session, RateGate& gate,
                                            Hooks hooks);

    /// The work ends soon, with the fault `cancelled`; `on_done` still comes.
    void interrupt();

  private:
    BulkJob(asio::any_io_executor net, PeerConnection connection, RateGate& gate, Hooks hooks);
    void run(std::function<Result<void>(BulkJob&)> work);
    void report(BulkProgress progress);
    void wait_until_kept();

    asio::any_io_executor net_;
    FrameStream::Parts connection_;  // as it was handed over; empty once the channel has it
    TlsBulkChannel channel_;
    RateGate& gate_;
    std::atomic<bool> is_interrupted_{false};
    Hooks hooks_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_kept_ = false;  // under the mutex
    Result<void> result_;  // written on bulk, read on net after the thread has said that it is done
    std::unique_ptr<BulkThread> thread_;
};

}  // namespace dropline
