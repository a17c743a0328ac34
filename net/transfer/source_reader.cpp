#include "net/transfer/source_reader.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "net/api/limits.hpp"

namespace dropline {

namespace {

/// A payload smaller than this is not worth the header in front of it: begin a new block instead.
constexpr std::size_t useful_room_bytes = 4096;

Fault abandoned() { return {FaultCode::cancelled, "The transfer was stopped."}; }

void append(BlockPipe::Block& block, std::span<const std::byte> bytes) {
    std::ranges::copy(bytes, block.room().begin());
    block.filled += bytes.size();
}

}  // namespace

Result<void> SourceReader::run() {
    Result<void> result;
    const auto roots = static_cast<std::uint32_t>(sources_.manifest.roots.size());
    for (std::uint32_t root = 0; root < roots && result; ++root) result = read_root(root);
    hand_over();
    return result;
}

Result<void> SourceReader::read_root(std::uint32_t root) {
    const ManifestRoot& range = sources_.manifest.roots[root];
    for (std::uint32_t index = range.first; index < range.first + range.count; ++index) {
        if (plan_.is_skipped[index]) continue;
        const std::uint64_t bytes = sources_.manifest.entries[index].bytes;
        if (auto read = read_file(sources_.file(root, index), index, bytes); !read) return read;
    }
    return {};
}

Result<void> SourceReader::read_file(const SourceFile& file, std::uint32_t index,
                                     std::uint64_t bytes) {
    const auto source = OpenSource::open(file);
    if (!source) return source.fault();
    std::uint64_t offset = 0;
    hash_.restart();
    if (const auto part = plan_.stored.find(index); part != plan_.stored.end()) {
        const auto known = compare(*source, index, part->second);
        if (!known) return known.fault();
        offset = *known;
    }
    while (offset < bytes) {
        const std::uint64_t chunk_end =
            std::min(bytes, (offset / limits::chunk_bytes + 1) * limits::chunk_bytes);
        if (auto read = read_chunk(*source, index, offset, chunk_end); !read) return read;
        offset = chunk_end;
        if (offset == bytes) break;
        auto told = put({.kind = DataKind::chunk, .file_index = index, .offset = offset},
                        hash_.last_whole_chunk());
        if (!told) return told;
    }
    // Only now is it known that what was read belongs together.
    if (auto unchanged = source->check_unchanged(); !unchanged) return unchanged;
    return put({.kind = DataKind::file_end, .file_index = index, .offset = bytes},
               hash_.file_digest());
}

/// How far the receiver's part is ours too. The hash then stands behind it.
Result<std::uint64_t> SourceReader::compare(const OpenSource& source, std::uint32_t index,
                                            const StoredPart& part) {
    std::vector<std::byte> buffer(limits::data_payload_bytes_max);
    std::vector<FileDigest> equal_chunks;
    std::uint64_t known = 0;
    for (std::size_t chunk = 0; chunk < part.chunks.size(); ++chunk) {
        const std::uint64_t end = std::min(part.bytes, known + limits::chunk_bytes);
        for (std::uint64_t at = known; at < end;) {
            const auto piece = std::span(buffer).first(
                static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), end - at)));
            if (auto read = source.read_at(at, piece); !read) return read.fault();
            hash_.update(piece);
            at += piece.size();
        }
        if (hash_.chunk_digests().back() != part.chunks[chunk]) {
            hash_.restart_behind(std::move(equal_chunks));
            break;
        }
        if (end % limits::chunk_bytes == 0) equal_chunks.push_back(part.chunks[chunk]);
        known = end;
    }
    auto told = put({.kind = DataKind::begin, .file_index = index, .offset = known}, {});
    if (!told) return told.fault();
    return known;
}

/// Reads straight behind the header in the block: the bytes of a file are not copied again.
Result<void> SourceReader::read_chunk(const OpenSource& source, std::uint32_t index,
                                      std::uint64_t offset, std::uint64_t end) {
    while (offset < end) {
        const std::size_t wanted = static_cast<std::size_t>(
            std::min<std::uint64_t>(limits::data_payload_bytes_max, end - offset));
        if (auto room = make_room(data_header_bytes + std::min(wanted, useful_room_bytes)); !room) {
            return room;
        }
        const auto payload = block_->room().subspan(data_header_bytes);
        const auto piece = payload.first(std::min(wanted, payload.size()));
        if (auto read = source.read_at(offset, piece); !read) return read;
        hash_.update(piece);
        append(*block_,
               encode_data_header({.kind = DataKind::data,
                                   .payload_bytes = static_cast<std::uint32_t>(piece.size()),
                                   .file_index = index,
                                   .offset = offset}));
        block_->filled += piece.size();
        offset += piece.size();
    }
    return {};
}

Result<void> SourceReader::put(DataHeader header, std::span<const std::byte> payload) {
    header.payload_bytes = static_cast<std::uint32_t>(payload.size());
    if (auto room = make_room(data_header_bytes + payload.size()); !room) return room;
    append(*block_, encode_data_header(header));
    append(*block_, payload);
    return {};
}

Result<void> SourceReader::make_room(std::size_t bytes) {
    if (block_ != nullptr && block_->room().size() >= bytes) return {};
    hand_over();
    block_ = pipe_.begin_fill();
    if (block_ == nullptr) return abandoned();
    return {};
}

void SourceReader::hand_over() {
    if (block_ != nullptr) pipe_.end_fill(block_);
    block_ = nullptr;
}

}  // namespace dropline
