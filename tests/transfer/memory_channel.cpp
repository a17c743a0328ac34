#include "tests/transfer/memory_channel.hpp"

#include <algorithm>

namespace dropline::tests {

namespace {

Fault interrupted() { return {FaultCode::cancelled, "The transfer was stopped."}; }

}  // namespace

Result<void> MemoryPipe::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] {
            return is_writer_interrupted_ || is_closed_ || bytes_.size() < capacity_bytes_;
        });
        if (is_writer_interrupted_) return interrupted();
        if (is_closed_) return Fault{FaultCode::disconnected, "The other side went away."};
        const std::size_t count = std::min(bytes.size(), capacity_bytes_ - bytes_.size());
        bytes_.insert(bytes_.end(), bytes.begin(),
                      bytes.begin() + static_cast<std::ptrdiff_t>(count));
        bytes = bytes.subspan(count);
        changed_.notify_all();
    }
    return {};
}

Result<std::size_t> MemoryPipe::read(std::span<std::byte> into, bool may_wait) {
    std::unique_lock lock(mutex_);
    if (may_wait) {
        changed_.wait(lock,
                      [&] { return is_reader_interrupted_ || is_closed_ || !bytes_.empty(); });
    }
    if (is_reader_interrupted_) return interrupted();
    const std::size_t count = std::min(into.size(), bytes_.size());
    const auto end = bytes_.begin() + static_cast<std::ptrdiff_t>(count);
    std::copy(bytes_.begin(), end, into.begin());
    bytes_.erase(bytes_.begin(), end);
    changed_.notify_all();
    return count;
}

void MemoryPipe::close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    changed_.notify_all();
}

void MemoryPipe::interrupt_reader() {
    const std::lock_guard lock(mutex_);
    is_reader_interrupted_ = true;
    changed_.notify_all();
}

void MemoryPipe::interrupt_writer() {
    const std::lock_guard lock(mutex_);
    is_writer_interrupted_ = true;
    changed_.notify_all();
}

Result<void> MemoryChannel::write(std::span<const std::byte> header,
                                  std::span<const std::byte> payload) {
    if (auto written = out_->write(header); !written) return written;
    return out_->write(payload);
}

Result<std::size_t> MemoryChannel::read_some(std::span<std::byte> into) {
    return in_->read(into, true);
}

Result<std::size_t> MemoryChannel::try_read(std::span<std::byte> into) {
    return in_->read(into, false);
}

void MemoryChannel::interrupt() {
    in_->interrupt_reader();
    out_->interrupt_writer();
}

void MemoryChannel::close() {
    in_->close();
    out_->close();
}

ChannelPair make_channel_pair(std::size_t capacity_bytes) {
    const auto to_receiver = std::make_shared<MemoryPipe>(capacity_bytes);
    const auto to_sender = std::make_shared<MemoryPipe>(capacity_bytes);
    return {std::make_unique<MemoryChannel>(to_sender, to_receiver),
            std::make_unique<MemoryChannel>(to_receiver, to_sender)};
}

}  // namespace dropline::tests
