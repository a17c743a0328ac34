#include "net/transfer/transfer_plan.hpp"

#include <utility>

#include "net/api/limits.hpp"

namespace dropline {

StoredPart within_limits(StoredPart part) {
    constexpr std::size_t chunks_max = limits::have_payload_bytes_max / sizeof(FileDigest);
    if (part.chunks.size() <= chunks_max) return part;
    part.chunks.resize(chunks_max);
    part.bytes = chunks_max * limits::chunk_bytes;
    return part;
}

}  // namespace dropline
