// The number two people compare to know that nobody stands between them: Signal's numeric
// fingerprint, version 0, the one that signalapp/libsignal computes in fingerprint.rs.
// Thread: any; pure functions. About 5 ms for a pair: the iterations are the point of it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/api/ids.hpp"
#include "net/api/values.hpp"

namespace dropline {

/// SHA-512, iterated. Its first 30 bytes become the 30 digits of one person.
using NumericFingerprint = std::array<std::uint8_t, 64>;

/// `key` and `stable_id`: any bytes; what they are is agreed between programs that compare.
NumericFingerprint numeric_fingerprint(std::string_view key, std::string_view stable_id);

/// 30 digits: six times five bytes, big endian, modulo 100,000.
std::string fingerprint_digits(const NumericFingerprint& fingerprint);

/// What both people see, whoever of them computes it: the digits of the two put in order, the lower
/// first, and 4 symbols from the bytes behind the digits of each, in the same order.
///
/// Key and stable id are both the person's id, the SHA-256 of the public key: it is all that is
/// known of somebody whose connection has not been made, and the only thing we ever hold a key
/// against, so what was compared is exactly what is remembered.
///
/// To pass for somebody, a key must be found whose 30 digits are that person's: about 2^99.7 keys,
/// 5200 hashes each. The 8 symbols are 48 bits, and an attacker in the middle needs 2^24 keys for
/// either side: they find a mix-up at a glance and prove nothing (C2).
SafetyNumber safety_number(const PeerId& one, const PeerId& other);

}  // namespace dropline
