#include "tests/transfer/scripted_channel.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace dropline::tests {

namespace {

std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

std::string frame_bytes(const DataHeader& header, const std::string& payload) {
    DataHeader announced = header;
    if (announced.payload_bytes == 0) {
        announced.payload_bytes = static_cast<std::uint32_t>(payload.size());
    }
    return text_of(encode_data_header(announced)) + payload;
}

void ScriptedChannel::arrive(const DataHeader& header, const std::string& payload) {
    arrive(frame_bytes(header, payload));
}

std::size_t ScriptedChannel::count_sent(DataKind kind) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        sent_, [=](const SeenFrame& frame) { return frame.header.kind == kind; }));
}

Result<void> ScriptedChannel::write(std::span<const std::byte> header,
                                    std::span<const std::byte> payload) {
    if (sent_.size() >= frames_until_gone) {
        return Fault{FaultCode::disconnected, "The other side went away."};
    }
    if (header.size() != data_header_bytes) throw std::logic_error("no header");
    const auto decoded = decode_data_header(header.first<data_header_bytes>());
    if (!decoded) throw std::logic_error(decoded.fault().sentence);
    if (decoded->payload_bytes != payload.size()) throw std::logic_error("another length");
    sent_bytes_ += text_of(header) + text_of(payload);
    sent_.push_back({*decoded, text_of(payload)});
    on_sent(sent_.back());
    return {};
}

Result<std::size_t> ScriptedChannel::read_some(std::span<std::byte> into) {
    auto read = try_read(into);
    if (!read || *read > 0 || ending_ == Ending::clean) return read;
    return Fault{FaultCode::disconnected, "The connection was cut."};
}

Result<std::size_t> ScriptedChannel::try_read(std::span<std::byte> into) {
    const std::size_t count = std::min({into.size(), unread_bytes(), portion_bytes});
    std::memcpy(into.data(), arriving_.data() + read_, count);
    read_ += count;
    return count;
}

}  // namespace dropline::tests
