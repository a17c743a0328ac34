// The encrypted connection of one transfer, as a bulk thread uses it: blocking, in large pieces,
// and without a copy between OpenSSL and the socket. Thread: as bulk_channel.hpp says. Made from a
// connection that `net` has greeted.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "net/link/tls_stream.hpp"
#include "net/platform/file_descriptor.hpp"
#include "net/transfer/bulk_channel.hpp"

namespace dropline {

class TlsBulkChannel : public BulkChannel, private CiphertextTransport {
  public:
    /// `unread`: decrypted bytes that came behind the greeting.
    TlsBulkChannel(TlsStream stream, std::string unread);

    Result<void> write(std::span<const std::byte> bytes) override;
    Result<void> flush() override;
    std::chrono::steady_clock::duration write_waited() const override { return write_waited_; }
    Result<ReadSome> read_some(std::span<std::byte> into,
                               std::chrono::milliseconds patience) override;
    Result<std::size_t> try_read(std::span<std::byte> into) override;
    void interrupt() override;

    /// Closes cleanly: what was written is on its way. Bounded by `limits::graceful_close_max`.
    void close();

  private:
    TlsBulkChannel(TlsStream::Parts parts, std::string unread);
    Result<bool> wait_for(short events, int limit_ms);
    Result<void> wait_until_writable();
    bool is_readable_before(std::chrono::steady_clock::time_point deadline);
    Result<TlsEngine::Read> decrypt(std::span<std::byte> into);
    bool send_gathered();
    std::optional<std::size_t> send(std::span<const std::byte> ciphertext) override;
    std::optional<std::size_t> receive(std::span<std::byte> into) override;
    Fault told_by_socket(const Fault& by_engine) const;

    TlsEngine engine_;
    FileDescriptor socket_;
    std::mutex engine_mutex_;            // reading and writing share the engine, never for long
    std::optional<Fault> socket_fault_;  // what the engine cannot know; under the mutex
    bool is_more_to_come_ = false;       // behind the record that is being sent; under the mutex
    std::vector<std::byte> gathered_;    // records that go out together; under the mutex
    std::string unread_;
    FileDescriptor signal_;
    std::atomic<bool> is_interrupted_{false};
    std::chrono::steady_clock::duration write_waited_{};
};

}  // namespace dropline
