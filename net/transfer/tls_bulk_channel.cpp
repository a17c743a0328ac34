#include "net/transfer/tls_bulk_channel.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
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
constexpr std::size_t batch_bytes = 256 * 1024;

Fault interrupted() { return Fault{FaultCode::cancelled, "The transfer was stopped."}; }

Fault broken(const std::string& why) {
    return Fault{FaultCode::disconnected, "The connection of the transfer broke (" + why + ")."};
}

}  // namespace

TlsBulkChannel::TlsBulkChannel(TlsStream stream, std::string unread)
    : parts_(std::move(stream).release()),
      unread_(std::move(unread)),
      ciphertext_(batch_bytes, '\0'),
      signal_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Result<void> TlsBulkChannel::write(std::span<const std::byte> bytes) {
    {
        const std::lock_guard lock(engine_mutex_);
        auto encrypted = parts_.engine.write(bytes);
        if (!encrypted) return encrypted;
        if (parts_.engine.output().size() < batch_bytes) return {};
    }
    return send_output();
}

Result<void> TlsBulkChannel::flush() { return send_output(); }

Result<BulkChannel::ReadSome> TlsBulkChannel::read_some(std::span<std::byte> into,
                                                        std::chrono::milliseconds patience) {
    auto read = decrypt(into);
    if (!read) return read.fault();
    if (read->bytes > 0 || read->is_end) return ReadSome{read->bytes, read->is_end};
    const auto ready = wait_for(POLLIN, static_cast<int>(patience.count()));
    if (!ready) return ready.fault();
    if (!*ready) return ReadSome{};
    const auto received = receive();
    if (!received) return received.fault();
    read = decrypt(into);
    if (!read) return read.fault();
    return ReadSome{read->bytes, read->is_end};
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

void TlsBulkChannel::wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(signal_.number(), &one, sizeof one);
}

void TlsBulkChannel::interrupt() {
    is_interrupted_ = true;
    wake();
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

/// False when time is up or somebody wants the reader back.
Result<bool> TlsBulkChannel::wait_for(short events, int limit_ms) {
    std::array<pollfd, 2> waits = {pollfd{parts_.socket.native_handle(), events, 0},
                                   pollfd{signal_.number(), POLLIN, 0}};
    const int ready = ::poll(waits.data(), waits.size(), limit_ms);
    if (is_interrupted_) return interrupted();
    if (ready < 0 && errno != EINTR) return broken(std::strerror(errno));
    if (waits[1].revents != 0 && (events & POLLIN) != 0) {
        std::uint64_t count = 0;
        [[maybe_unused]] const auto read = ::read(signal_.number(), &count, sizeof count);
        return false;
    }
    return ready > 0 && waits[0].revents != 0;
}

/// A wake is meant for the reader, who may be another thread: it stays. Signs of life of the other
/// side are not read here, but that they come is seen: then it is slow, not gone.
Result<void> TlsBulkChannel::wait_until_writable() {
    using std::chrono::steady_clock;
    const auto begin = steady_clock::now();
    auto alive_at = begin;
    int unread_before = 0;
    while (true) {
        constexpr int slice_ms = 100;  // a pending wake makes poll return at once: do not spin
        pollfd wait{parts_.socket.native_handle(), POLLOUT, 0};
        const int ready = ::poll(&wait, 1, slice_ms);
        const auto now = steady_clock::now();
        if (is_interrupted_) return interrupted();
        if (ready < 0 && errno != EINTR) return broken(std::strerror(errno));
        if (ready > 0) {
            write_waited_ += now - begin;
            return {};
        }
        int unread = 0;
        (void)::ioctl(parts_.socket.native_handle(), FIONREAD, &unread);
        if (unread != std::exchange(unread_before, unread)) alive_at = now;
        if (now - alive_at >= limits::transfer_stalled_max) {
            return Fault{FaultCode::timed_out, "The other side gives no sign of life."};
        }
    }
}

/// The output leaves the engine first, so that nothing holds it while the socket is full.
Result<void> TlsBulkChannel::send_output() {
    {
        const std::lock_guard lock(engine_mutex_);
        output_ = parts_.engine.take_output();
    }
    std::string_view left = output_;
    while (!left.empty()) {
        if (is_interrupted_) return interrupted();
        const ssize_t count =
            ::send(parts_.socket.native_handle(), left.data(), left.size(), MSG_NOSIGNAL);
        if (count > 0) {
            left.remove_prefix(static_cast<std::size_t>(count));
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN) return broken(std::strerror(errno));
        if (auto writable = wait_until_writable(); !writable) return writable;
    }
    return {};
}

/// Takes what is there without waiting; false when nothing was. The end without a clean close is
/// a fault: only the hash of the file says that it is whole.
Result<bool> TlsBulkChannel::receive() {
    const ssize_t count =
        ::recv(parts_.socket.native_handle(), ciphertext_.data(), ciphertext_.size(), MSG_DONTWAIT);
    if (count > 0) {
        const std::lock_guard lock(engine_mutex_);
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
    const std::lock_guard lock(engine_mutex_);
    return parts_.engine.read(into);
}

}  // namespace dropline
