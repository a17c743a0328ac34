// The encrypted connection of one transfer, as a bulk thread uses it: blocking, in large pieces.
// Thread: bulk, one at a time; `interrupt` from any. Made from a connection that `net` has greeted.
#pragma once

#include <atomic>
#include <string>

#include "net/link/tls_stream.hpp"
#include "net/platform/file_descriptor.hpp"
#include "net/transfer/bulk_channel.hpp"

namespace dropline {

class TlsBulkChannel : public BulkChannel {
  public:
    /// `unread`: decrypted bytes that came behind the greeting.
    TlsBulkChannel(TlsStream stream, std::string unread);

    Result<void> write(std::span<const std::byte> header,
                       std::span<const std::byte> payload) override;
    Result<void> flush() override;
    Result<std::size_t> read_some(std::span<std::byte> into) override;
    Result<std::size_t> try_read(std::span<std::byte> into) override;
    void interrupt() override;

    /// Closes cleanly: what was written is on its way. Bounded by `limits::graceful_close_max`.
    void close();

  private:
    Result<void> wait_for(short events);
    Result<void> send_output();
    Result<bool> receive();
    Result<TlsEngine::Read> decrypt(std::span<std::byte> into);

    TlsStream::Parts parts_;
    std::string unread_;
    std::string ciphertext_;
    FileDescriptor interrupt_signal_;
    std::atomic<bool> is_interrupted_{false};
};

}  // namespace dropline
