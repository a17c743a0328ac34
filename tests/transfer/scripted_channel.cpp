#include "tests/transfer/scripted_channel.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace dropline::tests {

std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string frame_bytes(const DataHeader& header, const std::string& payload) {
    DataHeader announced = header;
    if (announced.payload_bytes == 0) {
        announced.payload_bytes = static_cast<std::uint32_t>(payload.size());
    }
    return text_of(encode_data_header(announced)) + payload;
}

void ScriptedChannel::arrive(const std::string& bytes) {
    const std::lock_guard lock(mutex_);
    arriving_ += bytes;
    changed_.notify_all();
}

void ScriptedChannel::arrive(const DataHeader& header, const std::string& payload) {
    arrive(frame_bytes(header, payload));
}

std::size_t ScriptedChannel::count_sent(DataKind kind) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        sent_, [=](const SeenFrame& frame) { return frame.header.kind == kind; }));
}

const SeenFrame& ScriptedChannel::last_sent(DataKind kind) const {
    const auto found = std::find_if(sent_.rbegin(), sent_.rend(), [=](const SeenFrame& frame) {
        return frame.header.kind == kind;
    });
    if (found == sent_.rend()) throw std::logic_error("none of this kind was sent");
    return *found;
}

Result<void> ScriptedChannel::write(std::span<const std::byte> bytes) {
    if (sent_.size() >= frames_until_gone) {
        return Fault{FaultCode::disconnected, "The other side went away."};
    }
    on_write();
    sent_bytes_ += text_of(bytes);
    while (!bytes.empty()) {
        const auto space = sent_parser_.space();
        const std::size_t count = std::min(space.size(), bytes.size());
        std::ranges::copy(bytes.first(count), space.begin());
        bytes = bytes.subspan(count);
        const auto frame = sent_parser_.took(count);
        if (!frame) throw std::logic_error(frame.fault().sentence);
        if (!*frame) continue;
        sent_.push_back({(*frame)->header, text_of((*frame)->payload)});
        on_sent(SeenFrame(sent_.back()));
    }
    return {};
}

std::size_t ScriptedChannel::take(std::span<std::byte> into) {
    const std::size_t unread = std::min(arriving_.size(), ends_after_bytes) - read_;
    const std::size_t count = std::min({into.size(), unread, portion_bytes});
    std::memcpy(into.data(), arriving_.data() + read_, count);
    read_ += count;
    return count;
}

Result<BulkChannel::ReadSome> ScriptedChannel::read_some(std::span<std::byte> into,
                                                         std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    const auto is_more = [this] {
        return std::min(arriving_.size(), ends_after_bytes) > read_ || is_interrupted_;
    };
    if (ending_ == Ending::open) changed_.wait_for(lock, patience, is_more);
    if (is_interrupted_) return Fault{FaultCode::cancelled, "The transfer was stopped."};
    const std::size_t count = take(into);
    if (count == 0 && ending_ == Ending::cut) {
        return Fault{FaultCode::disconnected, "The connection was cut."};
    }
    return ReadSome{count, count == 0 && ending_ == Ending::clean};
}

Result<std::size_t> ScriptedChannel::try_read(std::span<std::byte> into) {
    const std::lock_guard lock(mutex_);
    return take(into);
}

void ScriptedChannel::interrupt() {
    const std::lock_guard lock(mutex_);
    is_interrupted_ = true;
    changed_.notify_all();
}

}  // namespace dropline::tests
