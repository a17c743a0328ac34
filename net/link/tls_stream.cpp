#include "net/link/tls_stream.hpp"

#include <asio/write.hpp>

#include <array>
#include <utility>

#include "net/link/as_result.hpp"

namespace dropline {

namespace {

/// Shared by all connections of the thread, one for each side of the engine. Nothing awaits while
/// it holds bytes.
constexpr std::size_t buffer_bytes = 64 * 1024;
std::span<std::byte> ciphertext_buffer() {
    static thread_local std::array<std::byte, buffer_bytes> buffer;
    return buffer;
}
std::span<std::byte> plaintext_buffer() {
    static thread_local std::array<std::byte, buffer_bytes> buffer;
    return buffer;
}

Fault connection_fault(const std::error_code& error) {
    if (error == asio::error::operation_aborted) {
        return Fault{FaultCode::disconnected, "The connection was closed."};
    }
    return Fault{FaultCode::disconnected, "The connection broke (" + error.message() + ")."};
}

}  // namespace

TlsStream::TlsStream(Connection connection, TlsEngine engine)
    : socket_(std::move(connection.socket)),
      engine_(std::move(engine)),
      local_(std::move(connection.local)),
      remote_(std::move(connection.remote)) {
    std::error_code ignored;
    socket_.non_blocking(true, ignored);
}

asio::awaitable<Result<void>> TlsStream::handshake() {
    for (;;) {
        auto progress = engine_.handshake();
        // Also after a fault: the alert tells the other side why.
        auto flushed = co_await flush();
        if (!progress) co_return progress.fault();
        if (!flushed) co_return flushed;
        if (*progress == TlsEngine::Progress::done) co_return Result<void>{};
        auto received = co_await receive();
        if (!received) co_return received;
    }
}

asio::awaitable<Result<std::size_t>> TlsStream::read_some(Sink take) {
    thread_.verify();
    for (;;) {
        const auto buffer = plaintext_buffer();
        // One record: the next bytes may not belong to this TLS connection any more (relay).
        auto read = engine_.read_record(buffer);
        if (read && read->bytes > 0) take(buffer.first(read->bytes));
        if (!engine_.output().empty()) {
            auto flushed = co_await flush();
            if (!flushed && read) co_return flushed.fault();
        }
        if (!read) co_return read.fault();
        if (read->bytes > 0 || read->is_end) co_return read->bytes;
        engine_.release_idle_memory();
        auto received = co_await receive();
        if (!received) co_return received.fault();
    }
}

asio::awaitable<Result<void>> TlsStream::write(std::span<const std::byte> plain) {
    thread_.verify();
    auto encrypted = engine_.write(plain);
    if (!encrypted) co_return encrypted;
    co_return co_await flush();
}

asio::awaitable<void> TlsStream::send_close() {
    engine_.close();
    // Whoever closes has no use for the reason why the last word did not get through.
    [[maybe_unused]] const auto flushed = co_await flush();
}

void TlsStream::close() {
    std::error_code ignored;
    socket_.close(ignored);
}

TlsStream::Parts TlsStream::release() && { return {std::move(socket_), std::move(engine_)}; }

/// One at a time: whoever comes second leaves its bytes to the one who is writing.
asio::awaitable<Result<void>> TlsStream::flush() {
    if (is_flushing_) co_return Result<void>{};
    is_flushing_ = true;
    while (!engine_.output().empty()) {
        const std::string output = engine_.take_output();
        const auto [error, written] =
            co_await asio::async_write(socket_, asio::buffer(output), as_result);
        if (error) {
            is_flushing_ = false;
            co_return connection_fault(error);
        }
    }
    is_flushing_ = false;
    co_return Result<void>{};
}

asio::awaitable<Result<void>> TlsStream::receive() {
    for (;;) {
        const auto [wait_error] = co_await socket_.async_wait(Socket::wait_read, as_result);
        if (wait_error) co_return connection_fault(wait_error);
        const auto buffer = ciphertext_buffer();
        std::error_code error;
        const std::size_t count =
            socket_.read_some(asio::buffer(buffer.data(), buffer.size()), error);
        if (error == asio::error::would_block) continue;
        if (error == asio::error::eof) {
            co_return Fault{FaultCode::disconnected, "The other side went away without a word."};
        }
        if (error) co_return connection_fault(error);
        engine_.push_input(buffer.first(count));
        co_return Result<void>{};
    }
}

}  // namespace dropline
