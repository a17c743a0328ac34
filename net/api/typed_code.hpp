// A code that is read aloud or typed on a phone: ten characters, 50 bits, used once.
// Thread: any; pure but for the making.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/api/secret.hpp"

namespace dropline {

/// Ten random characters of Crockford's base 32: no I, L, O, U.
Secret make_typed_code();

/// As it is shown: "7KQX3-MPD9T". `code` as made or read.
std::string typed_code_text(const Secret& code);

/// Forgives case, a missing dash, I and L for 1, O for 0. Empty when it is no code.
std::optional<Secret> read_typed_code(std::string_view typed);

}  // namespace dropline
