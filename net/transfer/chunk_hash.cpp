#include "net/transfer/chunk_hash.hpp"

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"

namespace dropline {

void ChunkHash::update(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const std::uint64_t room = limits::chunk_bytes - bytes_ % limits::chunk_bytes;
        const auto piece =
            bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(room, bytes.size())));
        begun_.update(piece);
        bytes_ += piece.size();
        bytes = bytes.subspan(piece.size());
        if (piece.size() == room) {
            whole_chunks_.push_back(begun_.digest());
            begun_.reset();
        }
    }
}

void ChunkHash::restart_behind(std::vector<FileDigest> whole_chunks) {
    whole_chunks_ = std::move(whole_chunks);
    bytes_ = whole_chunks_.size() * limits::chunk_bytes;
    begun_.reset();
}

bool ChunkHash::is_at_chunk_end() const { return bytes_ > 0 && bytes_ % limits::chunk_bytes == 0; }

std::vector<FileDigest> ChunkHash::chunk_digests() const {
    std::vector<FileDigest> digests = whole_chunks_;
    if (bytes_ % limits::chunk_bytes != 0) digests.push_back(begun_.digest());
    return digests;
}

FileDigest ChunkHash::file_digest() const {
    FileHash all;
    for (const FileDigest& digest : whole_chunks_) all.update(digest);
    if (bytes_ % limits::chunk_bytes != 0) all.update(begun_.digest());
    return all.digest();
}

std::uint64_t chunks_in(std::uint64_t bytes) {
    return bytes / limits::chunk_bytes + (bytes % limits::chunk_bytes != 0 ? 1 : 0);
}

}  // namespace dropline
