// What a person is asked before files are taken.
// Thread: any; pure.
#pragma once

#include <string>

#include "net/api/event.hpp"

namespace dropline::app {

/// Several lines: who offers what, every previewed name, risky ones marked. No newline at the
/// end, where the answer is typed. Thread: any.
std::string question_of(const event::Offer& offer);

}  // namespace dropline::app
