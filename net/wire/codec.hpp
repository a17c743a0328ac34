// Messages to frame payloads and back. The only user of the generated Protobuf code is codec.cpp.
// Thread: any. Pure functions. Decoding checks every length, id and text that a handler relies on;
// what a name means for a screen or a disk is checked where it is used.
#pragma once

#include <memory>
#include <string>

#include "net/api/fault.hpp"
#include "net/wire/frame.hpp"
#include "net/wire/messages.hpp"

namespace dropline::wire {

/// One whole frame, ready for the stream. Shared, so that one encoding serves a thousand members.
using EncodedFrame = std::shared_ptr<const std::string>;

/// Header and payload. The message must be within its limits (they are ours).
EncodedFrame encode(const Message& message);

/// A protocol_error when the payload is not a well-formed message of its kind: bad Protobuf,
/// ids of the wrong length, text over its limit, counts or numbers out of range.
Result<Message> decode(const Frame& frame);

}  // namespace dropline::wire
