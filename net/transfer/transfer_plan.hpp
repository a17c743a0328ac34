// What the receiver tells the sender before bytes flow: which files not to send, and which it has a
// part of.
// Thread: any; values. Made by the receiver in prepare.hpp, kept to by the sender.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "net/transfer/file_hash.hpp"

namespace dropline {

/// The first `bytes` bytes of a file as they are stored.
struct StoredPart {
    std::uint64_t bytes = 0;
    std::vector<FileDigest> chunks;  // as ChunkHash::chunk_digests gives them
    /// Of a file that was there before under the name that ours shall get, not of ours.
    bool is_of_candidate = false;
    std::int64_t modified_at_ns = 0;  // of the file when these were its bytes; 0: not known
};

/// Without what the plan cannot tell (limits::have_payload_bytes_max); it would travel again.
StoredPart within_limits(StoredPart part);

struct TransferPlan {
    std::vector<bool> is_skipped;  // one for each entry; folders are skipped too
    std::map<std::uint32_t, StoredPart> stored;
};

}  // namespace dropline
