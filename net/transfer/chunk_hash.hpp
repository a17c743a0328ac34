// A file's hash as the transfer protocol has it: XXH3-128 of each chunk of limits::chunk_bytes, and
// XXH3-128 of those digests, in order, for the whole file. So a stored piece can be compared
// without the rest, and an interrupted hash goes on at a chunk without reading what lies before.
// Thread: any; one owner. It stops no attacker; TLS does.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "net/transfer/file_hash.hpp"

namespace dropline {

class ChunkHash {
  public:
    /// Takes the next bytes of the file, across any number of chunk boundaries.
    void update(std::span<const std::byte> bytes);

    /// Goes on behind the first chunks of a file, all of them whole, which have these digests.
    void restart_behind(std::vector<FileDigest> whole_chunks);
    void restart() { restart_behind({}); }

    std::uint64_t bytes() const { return bytes_; }
    /// Of the whole chunks so far, and of the begun one if there is one.
    std::vector<FileDigest> chunk_digests() const;
    /// Of the last whole chunk; there must be one.
    const FileDigest& last_whole_chunk() const { return whole_chunks_.back(); }
    bool is_at_chunk_end() const;
    /// Of all bytes so far as a file.
    FileDigest file_digest() const;

  private:
    std::vector<FileDigest> whole_chunks_;
    FileHash begun_;
    std::uint64_t bytes_ = 0;
};

/// How many digests `bytes` bytes of a file have, the begun chunk counted.
std::uint64_t chunks_in(std::uint64_t bytes);

}  // namespace dropline
