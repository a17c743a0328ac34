// A limit on the speed of transfers as people write it: "5M", "800k", "1.5M", plain bytes.
// Thread: any; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dropline::ui {

/// Bytes per second; 0 means no limit. K, M and G, in either case, are powers of 1000. Empty for
/// anything else, a rate above 1000 G among it. Thread: any.
std::optional<std::uint64_t> rate_from_text(std::string_view text);

/// The shortest text that `rate_from_text` reads as exactly this. Thread: any.
std::string rate_setting_text(std::uint64_t bytes_per_s);

}  // namespace dropline::ui
