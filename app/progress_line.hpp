// How far a hand-over is, as one line of text.
// Thread: any; pure. Whether and where it is drawn is the caller's business.
#pragma once

#include <string>
#include <string_view>

#include "net/api/values.hpp"

namespace dropline::app {

/// "report.pdf  [#####-----]  50 %  1.2 MB/s  8 s  direct", cut to `columns`; `to` is the
/// receiver's name, empty to leave it out. Nothing in it controls a terminal. Thread: any.
std::string progress_line(const Transfer& transfer, std::string_view to, std::size_t columns);

/// One finished sentence without its newline: why nothing moves in a paused or interrupted one, and
/// what makes it go on. Thread: any.
std::string standstill_line(const Transfer& transfer, std::string_view to);

/// A space and the sentence that says why an offer was declined; empty where no reason was given.
/// Thread: any.
std::string decline_reason(const Transfer& transfer);

/// One finished sentence without its newline: how the transfer ended. Thread: any.
std::string outcome_line(const Transfer& transfer, std::string_view to);

}  // namespace dropline::app
