// How many bytes, for people, in the sentences of faults. The window has words of its own for it.
// Thread: any.
#pragma once

#include <cstdint>
#include <string>

namespace dropline {

/// "2.1 GB": powers of 1000, as file managers count.
std::string byte_count_text(std::uint64_t bytes);

}  // namespace dropline
