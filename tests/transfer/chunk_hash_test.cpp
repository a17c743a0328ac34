#include "net/transfer/chunk_hash.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "net/api/limits.hpp"
#include "tests/transfer/scripted_channel.hpp"
#include "tests/transfer/test_folder.hpp"

using namespace dropline;
using dropline::tests::bytes_of;
using dropline::tests::chunk;

namespace {

FileDigest plain_digest(std::span<const std::byte> bytes) {
    FileHash hash;
    hash.update(bytes);
    return hash.digest();
}

/// As the specification has it, without the class under test.
std::vector<FileDigest> expected_chunks(const std::string& content) {
    std::vector<FileDigest> digests;
    for (std::size_t at = 0; at < content.size(); at += chunk) {
        digests.push_back(plain_digest(
            bytes_of(content).subspan(at, std::min<std::size_t>(chunk, content.size() - at))));
    }
    return digests;
}

}  // namespace

TEST_CASE("The hash is XXH3-128 in canonical form, in whatever pieces bytes come") {
    // Of nothing, from the reference implementation (xxhsum -H2 /dev/null).
    const auto nothing =
        std::to_array<unsigned char>({0x99, 0xaa, 0x06, 0xd3, 0x01, 0x47, 0x98, 0xd8, 0x60, 0x01,
                                      0xc3, 0x24, 0x46, 0x8d, 0x49, 0x7f});
    CHECK(std::memcmp(FileHash().digest().data(), nothing.data(), nothing.size()) == 0);
    const std::string content(1'000'000, 'x');
    const auto bytes = bytes_of(content);
    FileHash pieces;
    for (std::size_t at = 0; at < bytes.size(); at += 999) {
        pieces.update(bytes.subspan(at, std::min<std::size_t>(999, bytes.size() - at)));
    }
    CHECK(plain_digest(bytes) == pieces.digest());
    CHECK(plain_digest(bytes) != FileHash().digest());
}

TEST_CASE("A file's digest is the hash of the digests of its chunks, the begun one counted") {
    const std::size_t size = GENERATE(0UL, 1UL, chunk - 1, chunk, chunk + 1, 2 * chunk);
    const std::string content = tests::content_of(size, 1);
    ChunkHash hash;
    hash.update(bytes_of(content));
    const auto chunks = expected_chunks(content);
    CHECK(hash.bytes() == size);
    CHECK(hash.chunk_digests() == chunks);
    CHECK(chunks_in(size) == chunks.size());
    CHECK(hash.is_at_chunk_end() == (size > 0 && size % chunk == 0));
    CHECK(hash.file_digest() == plain_digest(std::as_bytes(std::span(chunks))));
    if (size >= chunk) CHECK(hash.last_whole_chunk() == chunks[size / chunk - 1]);
}

TEST_CASE("A hash does not depend on the pieces in which bytes come, across chunks too") {
    const std::string content = tests::content_of(chunk + 500'000, 2);
    ChunkHash pieces;
    auto rest = bytes_of(content);
    for (std::size_t piece = 1; !rest.empty(); piece = piece * 3 + 1) {
        const std::size_t count = std::min(piece, rest.size());
        pieces.update(rest.first(count));
        rest = rest.subspan(count);
    }
    CHECK(pieces.chunk_digests() == expected_chunks(content));
}

TEST_CASE("A hash goes on behind known chunks as if it had read them") {
    const std::string content = tests::content_of(2 * chunk + 7, 3);
    ChunkHash whole;
    whole.update(bytes_of(content));
    const std::size_t known = GENERATE(0UL, 1UL, 2UL);
    auto digests = whole.chunk_digests();
    digests.resize(known);
    ChunkHash resumed;
    resumed.update(bytes_of("what was read before is forgotten"));
    resumed.restart_behind(digests);
    CHECK(resumed.bytes() == known * chunk);
    resumed.update(bytes_of(content).subspan(known * chunk));
    CHECK(resumed.file_digest() == whole.file_digest());
    CHECK(resumed.chunk_digests() == whole.chunk_digests());
}

TEST_CASE("Asking for a digest in the middle changes nothing of what follows") {
    const std::string content = tests::content_of(10'000, 4);
    ChunkHash asked;
    asked.update(bytes_of(content).first(5000));
    const FileDigest middle = asked.file_digest();
    CHECK(asked.chunk_digests().size() == 1);
    asked.update(bytes_of(content).subspan(5000));
    ChunkHash whole;
    whole.update(bytes_of(content));
    CHECK(asked.file_digest() == whole.file_digest());
    CHECK(asked.file_digest() != middle);
}
