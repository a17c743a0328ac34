// What a sender says, honest or not, frame by frame.
// Thread: any. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "net/api/limits.hpp"
#include "net/transfer/chunk_hash.hpp"
#include "tests/transfer/scripted_channel.hpp"

namespace dropline::tests {

inline std::string digest_text(const FileDigest& digest) { return text_of(digest); }

inline std::string digest_of(const std::string& content) {
    ChunkHash hash;
    hash.update(bytes_of(content));
    return digest_text(hash.file_digest());
}

inline std::string data_frame(std::uint32_t index, std::uint64_t offset, const std::string& bytes) {
    return frame_bytes({.kind = DataKind::data, .file_index = index, .offset = offset}, bytes);
}

inline std::string begin_frame(std::uint32_t index, std::uint64_t offset) {
    return frame_bytes({.kind = DataKind::begin, .file_index = index, .offset = offset});
}

inline std::string chunk_frame(std::uint32_t index, std::uint64_t end, const std::string& digest) {
    return frame_bytes({.kind = DataKind::chunk, .file_index = index, .offset = end}, digest);
}

inline std::string end_frame(std::uint32_t index, std::uint64_t size, const std::string& digest) {
    return frame_bytes({.kind = DataKind::file_end, .file_index = index, .offset = size}, digest);
}

inline std::string stop_frame(const Fault& why) {
    return frame_bytes({.kind = DataKind::stop}, text_of(encode_stop(why)));
}

/// What an honest sender sends for one file that fits into one chunk.
inline std::string file_frames(std::uint32_t index, const std::string& content,
                               std::size_t payload_bytes = limits::data_payload_bytes_max) {
    std::string frames;
    for (std::size_t at = 0; at < content.size(); at += payload_bytes) {
        frames += data_frame(index, at, content.substr(at, payload_bytes));
    }
    return frames + end_frame(index, content.size(), digest_of(content));
}

}  // namespace dropline::tests
