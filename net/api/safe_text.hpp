// Text by other people made fit to show and to keep: anything for a log, and people's names.
// Thread: any. Pure functions. File names have rules of their own: net/transfer/safe_name.hpp.
#pragma once

#include <string>
#include <string_view>

#include "net/api/fault.hpp"

namespace dropline {

/// `text` with everything written out that could steer a terminal, forge a log line or reorder
/// what is read: control, bidi and line-separator characters as "\u{1b}", bytes that are not
/// UTF-8 as "\x{ff}". No byte below 0x20 is left, so split a text into lines first where lines
/// matter.
std::string escape_for_display(std::string_view text);

/// A person's (or a room's) name as it will be kept and shown: NFC, white space trimmed and
/// collapsed to single spaces, control and invisible characters removed, so that no two names
/// differ in what nobody can see. Applying it twice changes nothing more.
/// bad_name: not UTF-8, nothing visible left, over limits::name_graphemes_max or name_bytes_max.
Result<std::string> make_safe_person_name(std::string_view sent_name);

}  // namespace dropline
