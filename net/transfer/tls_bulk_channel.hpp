// The encrypted connection of one transfer, as a bulk thread uses it: blocking, in large pieces.
// Thread: as bulk_channel.hpp says. Made from a connection that `net` has greeted.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>

#include "net/link/tls_stream.hpp"
#include "net/platform/file_descriptor.hpp"
#include "net/transfer/bulk_channel.hpp"

namespace dropline {

class TlsBulkChannel : public BulkChannel {
  public:
    /// `unread`: decrypted bytes that came behind the greeting.
    TlsBulkChannel(TlsStream stream, std::string unread);

    Result<void> write(std::span<const std::byte> bytes) override;
    Result<void> flush() override;
    std::chrono::steady_clock::duration write_waited() const override { return write_waited_; }
    Result<ReadSome> read_some(std::span<std::byte> into,
                               std::chrono::milliseconds patience) override;
    Result<std::size_t> try_read(std::span<std::byte> into) override;
    void wake() override;
    void interrupt() override;

    /// Closes cleanly: what was written is on its way. Bounded by `limits::graceful_close_max`.
    void close();

  private:
    Result<bool> wait_for(short events, int limit_ms);
    Result<void> wait_until_writable();
    Result<void> send_output();
    Result<bool> receive();
    Result<TlsEngine::Read> decrypt(std::span<std::byte> into);

    TlsStream::Parts parts_;
    std::mutex engine_mutex_;  // reading and writing share the engine, never for long
    std::string unread_;
    std::string ciphertext_;
    std::string output_;  // taken from the engine, on its way to the socket
    FileDescriptor signal_;
    std::atomic<bool> is_interrupted_{false};
    std::chrono::steady_clock::duration write_waited_{};
};

}  // namespace dropline
