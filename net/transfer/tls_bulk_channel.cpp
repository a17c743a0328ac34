#include "net/transfer/tls_bulk_channel.hpp"

#include <openssl/ssl3.h>
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

/// A wake-up of the receiver for each record would cost more than the record; and a little is still
/// in the processor's cache when it is copied on.
constexpr std::size_t gathered_bytes_max = 128 * 1024;

Fault interrupted() { return Fault{FaultCode::cancelled, "The transfer was stopped."}; }

Fault broken_channel(const std::string& why) {
    return Fault{FaultCode::disconnected, "The connection of the transfer broke (" + why + ")."};
}

}  // namespace

TlsBulkChannel::TlsBulkChannel(TlsStream stream, std::string unread)
    : TlsBulkChannel(std::move(stream).release(), std::move(unread)) {}

/// The socket leaves the event loop, which would wake `net` for every piece that comes.
TlsBulkChannel::TlsBulkChannel(TlsStream::Parts parts, std::string unread)
    : engine_(std::move(parts.engine)),
      socket_(parts.socket.release()),
      unread_(std::move(unread)),
      signal_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    gathered_.reserve(gathered_bytes_max);
    engine_.attach(*this);
}

/// A record at a time: nothing holds the engine while the socket is full.
Result<void> TlsBulkChannel::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        if (is_interrupted_) return interrupted();
        Result<std::size_t> sent = std::size_t{0};
        {
            const std::lock_guard lock(engine_mutex_);
            is_more_to_come_ = bytes.size() > SSL3_RT_MAX_PLAIN_LENGTH;
            sent = engine_.write_record(bytes);
            if (!sent) return told_by_socket(sent.fault());
        }
        bytes = bytes.subspan(*sent);
        if (*sent > 0) continue;
        if (auto writable = wait_until_writable(); !writable) return writable;
    }
    return flush();
}

/// All that was written is the kernel's.
Result<void> TlsBulkChannel::flush() {
    while (true) {
        if (is_interrupted_) return interrupted();
        {
            const std::lock_guard lock(engine_mutex_);
            if (!send_gathered()) return *socket_fault_;
            if (gathered_.empty()) return {};
        }
        if (auto writable = wait_until_writable(); !writable) return writable;
    }
}

Result<BulkChannel::ReadSome> TlsBulkChannel::read_some(std::span<std::byte> into,
                                                        std::chrono::milliseconds patience) {
    auto read = decrypt(into);
    if (!read) return read.fault();
    if (read->bytes > 0 || read->is_end) return ReadSome{read->bytes, read->is_end};
    const auto ready = wait_for(POLLIN, static_cast<int>(patience.count()));
    if (!ready) return ready.fault();
    if (!*ready) return ReadSome{};
    read = decrypt(into);
    if (!read) return read.fault();
    return ReadSome{read->bytes, read->is_end};
}

Result<std::size_t> TlsBulkChannel::try_read(std::span<std::byte> into) {
    auto read = decrypt(into);
    if (!read) return read.fault();
    if (read->bytes > 0) return read->bytes;
    if (read->is_end) return broken_channel("the other side closed it");
    return std::size_t{0};
}

void TlsBulkChannel::interrupt() {
    is_interrupted_ = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(signal_.number(), &one, sizeof one);
}

void TlsBulkChannel::close() {
    {
        const std::lock_guard lock(engine_mutex_);
        is_more_to_come_ = false;  // a write that was broken off may have left it set
        engine_.close();
    }
    ::shutdown(socket_.number(), SHUT_WR);
    // Until the other side has closed too: closing with unread bytes would destroy what is still
    // on its way to it.
    const auto deadline = std::chrono::steady_clock::now() + limits::graceful_close_max;
    std::array<std::byte, 4096> unwanted{};
    while (!is_interrupted_ && is_readable_before(deadline) && receive(unwanted)) {
    }
    socket_.reset();
}

/// One deadline for all of it: whoever goes on sending must not hold us.
bool TlsBulkChannel::is_readable_before(std::chrono::steady_clock::time_point deadline) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd wait{socket_.number(), POLLIN, 0};
    return ::poll(&wait, 1, static_cast<int>(left.count())) > 0;
}

// ---- The socket ---------------------------------------------------------------------------------

/// False when time is up.
Result<bool> TlsBulkChannel::wait_for(short events, int limit_ms) {
    std::array<pollfd, 2> waits = {pollfd{socket_.number(), events, 0},
                                   pollfd{signal_.number(), POLLIN, 0}};
    const int ready = ::poll(waits.data(), waits.size(), limit_ms);
    if (is_interrupted_) return interrupted();
    if (ready < 0 && errno != EINTR) return broken_channel(std::strerror(errno));
    return ready > 0 && waits[0].revents != 0;
}

/// Signs of life of the other side are not read here, but that they come is seen: then it is slow,
/// not gone.
Result<void> TlsBulkChannel::wait_until_writable() {
    using std::chrono::steady_clock;
    constexpr int slice_ms = 1000;
    const auto begin = steady_clock::now();
    auto alive_at = begin;
    int unread_before = 0;
    while (true) {
        const auto writable = wait_for(POLLOUT, slice_ms);
        const auto now = steady_clock::now();
        if (!writable) return writable.fault();
        if (*writable) {
            write_waited_ += now - begin;
            return {};
        }
        int unread = 0;
        (void)::ioctl(socket_.number(), FIONREAD, &unread);
        if (unread != std::exchange(unread_before, unread)) alive_at = now;
        if (now - alive_at >= limits::transfer_stalled_max) {
            return Fault{FaultCode::timed_out, "The other side gives no sign of life."};
        }
    }
}

/// Taken is what was gathered, too: `write` does not end before all of it is on its way.
std::optional<std::size_t> TlsBulkChannel::send(std::span<const std::byte> ciphertext) {
    const bool has_room = gathered_.size() + ciphertext.size() <= gathered_bytes_max;
    if (!has_room && !send_gathered()) return std::nullopt;
    const std::size_t count = std::min(ciphertext.size(), gathered_bytes_max - gathered_.size());
    const auto taken = ciphertext.first(count);
    gathered_.insert(gathered_.end(), taken.begin(), taken.end());
    if (!is_more_to_come_ && !send_gathered()) return std::nullopt;
    return count;
}

/// As much of it as the socket takes now. False, and the fault, when the connection is gone.
bool TlsBulkChannel::send_gathered() {
    if (gathered_.empty()) return true;
    // Whole segments go out meanwhile.
    const int more = is_more_to_come_ ? MSG_MORE : 0;
    const ssize_t count = ::send(socket_.number(), gathered_.data(), gathered_.size(),
                                 MSG_DONTWAIT | MSG_NOSIGNAL | more);
    if (count > 0) gathered_.erase(gathered_.begin(), gathered_.begin() + count);
    if (count >= 0 || errno == EAGAIN || errno == EINTR) return true;
    socket_fault_ = broken_channel(std::strerror(errno));
    return false;
}

/// The end without a clean close is a fault: only the hash of the file says that it is whole.
std::optional<std::size_t> TlsBulkChannel::receive(std::span<std::byte> into) {
    const ssize_t count = ::recv(socket_.number(), into.data(), into.size(), MSG_DONTWAIT);
    if (count > 0) return static_cast<std::size_t>(count);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    socket_fault_ = broken_channel(count == 0 ? "the other side went away" : std::strerror(errno));
    return std::nullopt;
}

Fault TlsBulkChannel::told_by_socket(const Fault& by_engine) const {
    return socket_fault_.value_or(by_engine);
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
    auto read = engine_.read(into);
    if (!read) return told_by_socket(read.fault());
    return read;
}

}  // namespace dropline
