#include "tests/fuzz/frame_promises.hpp"

#include <algorithm>
#include <string>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/wire/codec.hpp"
#include "tests/fuzz/target.hpp"

namespace dropline::fuzz {

namespace {

void check_fault(const Fault& fault) {
    require(fault.code == FaultCode::protocol_error, "bad bytes are a protocol error");
    require(escape_for_display(fault.sentence) == fault.sentence,
            "a fault shows nothing of the other side that could steer a terminal");
}

wire::Frame frame_of(const std::string& encoded) {
    wire::FrameParser parser;
    parser.push(std::as_bytes(std::span(encoded)));
    auto frame = parser.next();
    require(frame && *frame, "what we encode is one whole frame below its cap");
    require(parser.buffered_bytes() == 0, "what we encode is no more than one frame");
    return **frame;
}

}  // namespace

void check_frame(const wire::Frame& frame) {
    const auto message = wire::decode(frame);
    if (!message) return check_fault(message.fault());
    const std::string said_again = *wire::encode(*message);
    const auto understood = wire::decode(frame_of(said_again));
    require(understood.has_value(), "what was decoded once is decoded again");
    require(understood->index() == message->index(), "a message keeps its kind");
    require(*wire::encode(*understood) == said_again, "a message keeps its content");
}

void check_stream(wire::Phase phase, std::string_view stream, std::size_t portion_bytes) {
    wire::FrameParser parser;
    while (!stream.empty()) {
        const std::string_view portion = stream.substr(0, portion_bytes);
        stream.remove_prefix(portion.size());
        parser.push(std::as_bytes(std::span(portion)));
        while (true) {
            const auto frame = parser.next();
            if (!frame) {
                check_fault(frame.fault());
                require(!parser.next(), "a faulty stream stays faulty");
                return;
            }
            if (!*frame) break;
            require((*frame)->payload.size() <= wire::frame_bytes_max((*frame)->kind),
                    "no payload is above the cap of its kind");
            if (!wire::is_allowed(phase, (*frame)->kind)) return;
            check_frame(**frame);
        }
        require(parser.buffered_bytes() <= wire::frame_header_bytes + limits::frame_bytes_max,
                "no more waits than one frame can have");
    }
}

}  // namespace dropline::fuzz
