// What a person is asked before files are taken.
// Thread: any; pure.
#pragma once

#include <string>
#include <string_view>

#include "net/api/event.hpp"

namespace dropline::app {

/// The answer that takes a list which took the place of another one on the screen.
inline constexpr std::string_view word_for_changed_list = "take it";

/// Several lines: who offers what, every previewed name, risky ones marked. No newline at the
/// end, where the answer is typed. Thread: any.
std::string question_of(const event::Offer& offer, bool is_changed = false);

}  // namespace dropline::app
