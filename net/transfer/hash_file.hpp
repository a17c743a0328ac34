// Reads what is stored of a file into its hash.
// Thread: bulk; blocks on the disk.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "net/api/fault.hpp"
#include "net/transfer/chunk_hash.hpp"

namespace dropline {

/// Gets each piece before it is hashed; a fault of its ends the reading.
using OnPiece = std::function<Result<void>(std::span<const std::byte>)>;

/// Feeds `hash` with the file's bytes from `hash.bytes()` up to `end`. False when there are not so
/// many or they cannot be read; a fault only from `on_piece`.
Result<bool> hash_file(int fd, std::uint64_t end, ChunkHash& hash, const OnPiece& on_piece = {});

}  // namespace dropline
