#include "net/transfer/source_reader.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "net/api/limits.hpp"

namespace dropline {

namespace {

/// A payload smaller than this is not worth the header in front of it: begin a new block instead.
constexpr std::size_t useful_room_bytes = 4096;

/// A full data frame and what may lie in front of it; it stays in the cache of one core.
constexpr std::size_t source_block_bytes = limits::data_payload_bytes_max + useful_room_bytes;

}  // namespace

SourceReader::SourceReader(const SourceTree& sources, const TransferPlan& plan, Take take)
    : sources_(sources),
      plan_(plan),
      take_(std::move(take)),
      block_(std::make_unique_for_overwrite<std::byte[]>(source_block_bytes)) {}

Result<void> SourceReader::run() {
    Result<void> result;
    const auto roots = static_cast<std::uint32_t>(sources_.manifest.roots.size());
    for (std::uint32_t root = 0; root < roots && result; ++root) result = read_root(root);
    // What is whole goes out, also in front of a fault.
    auto taken = hand_over();
    return result ? taken : result;
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
            if (auto read = read_at(source, at, piece); !read) return read.fault();
            hash_.update(piece);
            if (auto taken = take_({}); !taken) return taken.fault();
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
        auto made = make_room(data_header_bytes + std::min(wanted, useful_room_bytes));
        if (!made) return made;
        const auto payload = room().subspan(data_header_bytes);
        const auto piece = payload.first(std::min(wanted, payload.size()));
        if (auto read = read_at(source, offset, piece); !read) return read;
        hash_.update(piece);
        append(encode_data_header({.kind = DataKind::data,
                                   .payload_bytes = static_cast<std::uint32_t>(piece.size()),
                                   .file_index = index,
                                   .offset = offset}));
        filled_ += piece.size();
        offset += piece.size();
    }
    return {};
}

Result<void> SourceReader::read_at(const OpenSource& source, std::uint64_t offset,
                                   std::span<std::byte> into) {
    const auto begin = std::chrono::steady_clock::now();
    auto read = source.read_at(offset, into);
    disk_waited_ += std::chrono::steady_clock::now() - begin;
    return read;
}

// ---- The block ----------------------------------------------------------------------------------

std::span<std::byte> SourceReader::room() const {
    return std::span(block_.get(), source_block_bytes).subspan(filled_);
}

void SourceReader::append(std::span<const std::byte> bytes) {
    std::ranges::copy(bytes, room().begin());
    filled_ += bytes.size();
}

Result<void> SourceReader::put(DataHeader header, std::span<const std::byte> payload) {
    header.payload_bytes = static_cast<std::uint32_t>(payload.size());
    if (auto made = make_room(data_header_bytes + payload.size()); !made) return made;
    append(encode_data_header(header));
    append(payload);
    return {};
}

Result<void> SourceReader::make_room(std::size_t bytes) {
    return room().size() >= bytes ? Result<void>() : hand_over();
}

Result<void> SourceReader::hand_over() {
    const std::size_t filled = std::exchange(filled_, 0);
    return filled == 0 ? Result<void>() : take_(std::span(block_.get(), filled));
}

}  // namespace dropline
