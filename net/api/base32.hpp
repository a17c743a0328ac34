// Base32 (RFC 4648) without padding, as keys and tokens are written for people.
// Thread: any. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dropline {

/// A character's place in it is what the character stands for.
inline constexpr std::string_view base32_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

std::string to_base32(std::string_view bytes);
/// Of the one spelling that `to_base32` gives, in upper case; else empty: loose bits at the end
/// would make two texts of one.
std::optional<std::string> from_base32(std::string_view text);

}  // namespace dropline
