// HKDF-SHA-256 (RFC 5869), without a salt: many independent secrets out of one.
// Thread: any; pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dropline {

/// `bytes` of them, at most 8160. `info` keeps the purposes apart. Throws when OpenSSL fails, which
/// only a broken installation does.
std::string hkdf_sha256(std::string_view key, std::string_view info, std::size_t bytes);

}  // namespace dropline
