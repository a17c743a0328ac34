#include "net/transfer/tls_bulk_channel.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "net/api/limits.hpp"

namespace dropline {

namespace {

/// Ciphertext is handed to the kernel and taken from it in pieces of this size: system calls cost
/// as much as encryption when every 16 KiB record has its own.
constexpr std::size_t batch_bytes = 512 * 1024;

Fault interrupted() { return Fault{FaultCode::cancelled, "The transfer was stopped."}; }

Fault broken(const std::string& why) {
    return Fault{FaultCode::disconnected, "The connection of the transfer broke (" + why + ")."};
}

}  // namespace

TlsBulkChannel::TlsBulkChannel(TlsStream stream, std::string unread)
    : parts_(std::move(stream).release()),
      unread_(std::move(unread)),
      ciphertext_(batch_bytes, '\0'),
      interrupt_signal_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Result<void> TlsBulkChannel::write(std::span<const std::byte> header,
                                   std::span<const std::byte> payload) {
    for (const auto part : {header, payload}) {
        auto encrypted = parts_.engine.write(part);
        if (!encrypted) return encrypted;
    }
    if (parts_.engine.output().size() < batch_bytes) return {};
    return send_output();
}

Result<void> TlsBulkChannel::flush() { return send_output(); }

Result<std::size_t> TlsBulkChannel::read_some(std::span<std::byte> into) {
    for (;;) {
        auto read = decrypt(into);
        if (!read) return read.fault();
        if (read->bytes > 0 || read->is_end) return read->bytes;
        auto ready = wait_for(POLLIN);
        if (!ready) return ready.fault();
        auto received = receive();
        if (!received) return received.fault();
    }
}

Result<std::size_t> TlsBulkChannel::try_read(std::span<std::byte> into) {
    if (is_interrupted_) return interrupted();
    auto received = receive();
    auto read = decrypt(into);
    if (!read) return read.fault();
    if (read->bytes > 0) return read->bytes;
    if (!received) return received.fault();
    if (read->is_end) return broken("the other side closed it");
    return std::size_t{0};
}

void TlsBulkChannel::interrupt() {
    is_interrupted_ = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(interrupt_signal_.number(), &one, sizeof one);
}

void TlsBulkChannel::close() {
    parts_.engine.close();
    [[maybe_unused]] const auto sent = send_output();
    std::error_code ignored;
    parts_.socket.shutdown(Socket::shutdown_send, ignored);
    // Until the other side has closed too: closing with unread bytes would destroy what is still
    // on its way to it.
    pollfd wait{parts_.socket.native_handle(), POLLIN, 0};
    constexpr int limit_ms =
        static_cast<int>(std::chrono::milliseconds(limits::graceful_close_max).count());
    while (!is_interrupted_ && ::poll(&wait, 1, limit_ms) > 0) {
        const auto received = receive();
        if (!received) break;
    }
    parts_.socket.close(ignored);
}

// ---- The socket ---------------------------------------------------------------------------------

Result<void> TlsBulkChannel::wait_for(short events) {
    std::array<pollfd, 2> waits = {pollfd{parts_.socket.native_handle(), events, 0},
                                   pollfd{interrupt_signal_.number(), POLLIN, 0}};
    constexpr int limit_ms =
        static_cast<int>(std::chrono::milliseconds(limits::transfer_stalled_max).count());
    for (;;) {
        const int ready = ::poll(waits.data(), waits.size(), limit_ms);
        if (is_interrupted_) return interrupted();
        if (ready > 0) return {};
        if (ready == 0) {
            return Fault{FaultCode::timed_out, "The other side has not moved for a minute."};
        }
        if (errno != EINTR) return broken(std::strerror(errno));
    }
}

Result<void> TlsBulkChannel::send_output() {
    while (!parts_.engine.output().empty()) {
        if (is_interrupted_) return interrupted();
        const auto output = parts_.engine.output();
        const ssize_t count =
            ::send(parts_.socket.native_handle(), output.data(), output.size(), MSG_NOSIGNAL);
        if (count > 0) {
            parts_.engine.pop_output(static_cast<std::size_t>(count));
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN) return broken(std::strerror(errno));
        auto ready = wait_for(POLLOUT);
        if (!ready) return ready;
    }
    return {};
}

/// Takes what is there without waiting; false when nothing was. The end without a clean close is
/// a fault: only the hash of the file says that it is whole.
Result<bool> TlsBulkChannel::receive() {
    const ssize_t count =
        ::recv(parts_.socket.native_handle(), ciphertext_.data(), ciphertext_.size(), MSG_DONTWAIT);
    if (count > 0) {
        parts_.engine.push_input(
            std::as_bytes(std::span(ciphertext_)).first(static_cast<std::size_t>(count)));
        return true;
    }
    if (count == 0) return broken("the other side went away");
    if (errno == EAGAIN || errno == EINTR) return false;
    return broken(std::strerror(errno));
}

Result<TlsEngine::Read> TlsBulkChannel::decrypt(std::span<std::byte> into) {
    if (is_interrupted_) return interrupted();
    if (!unread_.empty()) {
        const std::size_t count = std::min(unread_.size(), into.size());
        std::memcpy(into.data(), unread_.data(), count);
        unread_.erase(0, count);
        return TlsEngine::Read{count, false};
    }
    return parts_.engine.read(into);
}

}  // namespace dropline
