#include "tests/transfer/memory_channel.hpp"

#include <algorithm>

namespace dropline::tests {

namespace {

Fault interrupted() { return {FaultCode::cancelled, "The transfer was stopped."}; }
Fault cut() { return {FaultCode::disconnected, "The connection was cut."}; }

}  // namespace

std::size_t MemoryPipe::put(std::span<const std::byte> bytes) {
    const std::size_t end = (begin_ + filled_) % bytes_.size();
    const std::size_t count =
        std::min({bytes.size(), bytes_.size() - filled_, bytes_.size() - end});
    std::copy_n(bytes.begin(), count, bytes_.begin() + static_cast<std::ptrdiff_t>(end));
    filled_ += count;
    return count;
}

std::size_t MemoryPipe::take(std::span<std::byte> into) {
    const std::size_t count =
        std::min({into.size(), filled_, bytes_.size() - begin_, deliverable_});
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(begin_), count, into.begin());
    begin_ = (begin_ + count) % bytes_.size();
    filled_ -= count;
    if (deliverable_ != static_cast<std::size_t>(-1)) deliverable_ -= count;
    return count;
}

Result<void> MemoryPipe::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        std::unique_lock lock(mutex_);
        const auto begin = std::chrono::steady_clock::now();
        changed_.wait(lock, [&] {
            return is_writer_interrupted_ || is_closed_ || is_cut() || filled_ < bytes_.size();
        });
        write_waited_ += std::chrono::steady_clock::now() - begin;
        if (is_writer_interrupted_) return interrupted();
        if (is_closed_) return Fault{FaultCode::disconnected, "The other side went away."};
        if (is_cut()) return cut();
        bytes = bytes.subspan(put(bytes));
        changed_.notify_all();
    }
    return {};
}

Result<BulkChannel::ReadSome> MemoryPipe::read(std::span<std::byte> into,
                                               std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [&] {
        return is_reader_interrupted_ || is_closed_ || is_cut() || filled_ > 0;
    });
    if (is_reader_interrupted_) return interrupted();
    if (is_cut()) return cut();
    const std::size_t count = take(into);
    changed_.notify_all();
    return BulkChannel::ReadSome{count, count == 0 && is_closed_};
}

void MemoryPipe::close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    changed_.notify_all();
}

void MemoryPipe::cut_after(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    deliverable_ = bytes;
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

std::chrono::steady_clock::duration MemoryPipe::write_waited() {
    const std::lock_guard lock(mutex_);
    return write_waited_;
}

Result<std::size_t> MemoryChannel::try_read(std::span<std::byte> into) {
    const auto read = in_->read(into, std::chrono::milliseconds(0));
    if (!read) return read.fault();
    return read->bytes;
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
