// What holds for every frame and every stream of frames, whoever sent them and whenever.
// Thread: any. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "net/wire/frame.hpp"
#include "net/wire/messages.hpp"
#include "net/wire/phase.hpp"

namespace dropline::fuzz {

/// What is decoded can be said again, and is then understood as the same.
void check_frame(const wire::Frame& frame);

/// Receives a stream as a session does: frames are cut, held against the phase, decoded; the first
/// fault ends it. It arrives in portions of `portion_bytes`, at least 1.
void check_stream(wire::Phase phase, std::string_view stream, std::size_t portion_bytes);

}  // namespace dropline::fuzz
