// The bytes of one transfer under way: one bulk thread, its connection, its progress.
// Thread: net for every call; results and progress come to `net` by posting.
#pragma once

#include <asio/any_io_executor.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/api/fault.hpp"
#include "net/room/peer_connector.hpp"
#include "net/transfer/bulk_thread.hpp"
#include "net/transfer/receiver.hpp"
#include "net/transfer/sender.hpp"
#include "net/transfer/tls_bulk_channel.hpp"

namespace dropline {

struct BulkProgress {
    std::uint64_t bytes_stored = 0;
    std::uint32_t files_done = 0;
    bool is_verifying = false;
};

struct BulkResult {
    std::optional<Fault> fault;
    std::vector<std::string> saved_as;  // receiver, when all went well
};

class BulkJob : public std::enable_shared_from_this<BulkJob> {
  public:
    struct Hooks {
        std::function<void(BulkProgress)> on_progress;  // at most ten a second, and at changes
        std::function<void(BulkResult)> on_done;        // once, last
    };

    static std::shared_ptr<BulkJob> send(asio::any_io_executor net, PeerConnection connection,
                                         std::vector<SourceFile> sources, Hooks hooks);
    static std::shared_ptr<BulkJob> receive(asio::any_io_executor net, PeerConnection connection,
                                            std::filesystem::path into,
                                            std::vector<ExpectedFile> expected, Hooks hooks);

    /// The work ends soon, with the fault `cancelled`; `on_done` still comes.
    void interrupt() { channel_.interrupt(); }

  private:
    BulkJob(asio::any_io_executor net, PeerConnection connection, Hooks hooks);
    void run(std::function<BulkResult(BulkJob&)> work);
    void report(BulkProgress progress);

    asio::any_io_executor net_;
    FrameStream::Parts connection_;  // as it was handed over; empty once the channel has it
    TlsBulkChannel channel_;
    Hooks hooks_;
    BulkResult result_;  // written on bulk, read on net after the thread has said that it is done
    std::unique_ptr<BulkThread> thread_;
};

}  // namespace dropline
