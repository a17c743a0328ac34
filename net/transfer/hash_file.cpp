#include "net/transfer/hash_file.hpp"

#include <algorithm>
#include <vector>

#include "net/api/limits.hpp"
#include "net/platform/file_bytes.hpp"

namespace dropline {

Result<bool> hash_file(int fd, std::uint64_t end, ChunkHash& hash, const OnPiece& on_piece) {
    std::vector<std::byte> buffer(
        std::min<std::uint64_t>(limits::data_payload_bytes_max, end - hash.bytes()));
    while (hash.bytes() < end) {
        const std::uint64_t left = end - hash.bytes();
        const auto wanted = std::span(buffer).first(std::min<std::uint64_t>(buffer.size(), left));
        const ssize_t count = read_at(fd, hash.bytes(), wanted);
        if (count <= 0) return false;
        const auto piece = wanted.first(static_cast<std::size_t>(count));
        if (on_piece) {
            if (auto taken = on_piece(piece); !taken) return taken.fault();
        }
        hash.update(piece);
    }
    return true;
}

}  // namespace dropline
