// XXH3-128 over bytes as they pass by, those of a chunk or the digests of chunks: finds what disks
// and memory do wrong.
// Thread: any; one owner. It stops no attacker; TLS does.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>

namespace dropline {

/// Canonical (big endian) form, the same on every machine.
using FileDigest = std::array<std::byte, 16>;

class FileHash {
  public:
    FileHash();
    ~FileHash();
    FileHash(FileHash&&) noexcept;
    FileHash& operator=(FileHash&&) noexcept;

    void reset();
    void update(std::span<const std::byte> bytes);
    /// Of everything so far; more may follow.
    FileDigest digest() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace dropline
