// Which offers are never taken without a second thought, be it a click or a question.
// Thread: any; pure.
#pragma once

#include "net/api/event.hpp"

namespace dropline::ui {

/// True for a name such as ".ssh/authorized_keys". Thread: any.
bool is_hidden_file(const OfferedFile& file);

/// True when the preview shows a hidden one. Thread: any.
bool has_hidden_file(const event::Offer& offer);

/// True when the preview does not tell whether there are hidden ones beyond it. Thread: any.
bool may_hide_something(const event::Offer& offer);

}  // namespace dropline::ui
