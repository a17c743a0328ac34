#include "net/wire/frame.hpp"

#include <array>
#include <utility>

#include "net/api/limits.hpp"

namespace dropline::wire {

namespace {

std::uint32_t read_length(std::string_view header) {
    std::uint32_t length = 0;
    for (std::size_t i = 1; i < frame_header_bytes; ++i) {
        length = (length << 8U) | static_cast<std::uint8_t>(header[i]);
    }
    return length;
}

Fault broken(std::string sentence) { return Fault{FaultCode::protocol_error, std::move(sentence)}; }

}  // namespace

bool is_known_kind(std::uint8_t number) { return kind_name(number) != "unknown"; }

std::uint32_t frame_bytes_max(Kind kind) {
    constexpr std::uint32_t small = 256;
    switch (kind) {
        case Kind::leave:
        case Kind::peer_welcome:
        case Kind::relay_ready:
        case Kind::ping:
        case Kind::pong:
        case Kind::peer_hello:
        case Kind::peer_use:
        case Kind::relay_open:
        case Kind::sent:
        case Kind::private_stored:
        case Kind::stream_request:
        case Kind::history_request:
        case Kind::offer_page_request:
        case Kind::transfer_resume:
        case Kind::transfer_done:
        case Kind::transfer_order:
        case Kind::room_rules: return small;
        case Kind::hello:
        case Kind::welcome:
        case Kind::proof_first:
        case Kind::proof_challenge:
        case Kind::proof_final:
        case Kind::proof_accepted:
        case Kind::proof_failed:
        case Kind::join_request:
        case Kind::join_accepted:
        case Kind::refused:
        case Kind::say_refused:
        case Kind::peer_joined:
        case Kind::peer_left:
        case Kind::peer_changed:
        case Kind::rename:
        case Kind::kicked:
        case Kind::room_closed:
        case Kind::stream_ticket:
        case Kind::stream_refused:
        case Kind::offer_answer:
        case Kind::transfer_pause:
        case Kind::transfer_cancel: return limits::frame_bytes_max_before_auth;
        case Kind::say:
        case Kind::room_message:
        case Kind::private_message:
            return static_cast<std::uint32_t>(limits::chat_text_bytes_max) + 1024;
        case Kind::roster:
        case Kind::history_page:
        case Kind::offer:
        case Kind::offer_page: return limits::frame_bytes_max;
    }
    return 0;
}

std::array<std::uint8_t, frame_header_bytes> encode_frame_header(Kind kind, std::uint32_t length) {
    return {static_cast<std::uint8_t>(kind), static_cast<std::uint8_t>(length >> 24U),
            static_cast<std::uint8_t>(length >> 16U), static_cast<std::uint8_t>(length >> 8U),
            static_cast<std::uint8_t>(length)};
}

void FrameParser::push(std::span<const std::byte> bytes) {
    if (fault_) return;
    buffer_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Result<std::optional<Frame>> FrameParser::next(std::optional<Phase> phase) {
    if (fault_) return *fault_;
    const std::string_view rest = std::string_view(buffer_).substr(begin_);
    if (rest.empty()) {
        compact();
        return std::optional<Frame>{};
    }
    const auto number = static_cast<std::uint8_t>(rest[0]);
    if (!is_known_kind(number)) {
        fault_ =
            broken("The other side sent a frame of unknown kind " + std::to_string(number) + ".");
        return *fault_;
    }
    const auto kind = static_cast<Kind>(number);
    if (phase && !is_allowed(*phase, kind)) {
        fault_ = broken("The other side sent " + std::string(kind_name(number)) +
                        " at the wrong moment.");
        return *fault_;
    }
    if (rest.size() < frame_header_bytes) {
        compact();
        return std::optional<Frame>{};
    }
    const std::uint32_t length = read_length(rest);
    if (length > frame_bytes_max(kind)) {
        fault_ = broken("The other side announced a " + std::string(kind_name(number)) +
                        " frame of " + std::to_string(length) + " bytes; at most " +
                        std::to_string(frame_bytes_max(kind)) + " are allowed.");
        return *fault_;
    }
    if (rest.size() - frame_header_bytes < length) {
        compact();
        return std::optional<Frame>{};
    }
    Frame frame{kind, std::string(rest.substr(frame_header_bytes, length))};
    begin_ += frame_header_bytes + length;
    return std::optional<Frame>{std::move(frame)};
}

std::string FrameParser::take_rest() {
    std::string rest = buffer_.substr(begin_);
    buffer_.clear();
    begin_ = 0;
    return rest;
}

void FrameParser::compact() {
    buffer_.erase(0, begin_);
    begin_ = 0;
    // An idle member shall not keep the memory of the largest page it ever received.
    constexpr std::size_t worth_keeping_bytes = 4096;
    if (buffer_.empty() && buffer_.capacity() > worth_keeping_bytes) buffer_.shrink_to_fit();
}

}  // namespace dropline::wire
