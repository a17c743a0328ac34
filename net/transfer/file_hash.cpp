#include "net/transfer/file_hash.hpp"

#include <xxhash.h>
#ifdef __x86_64__
// The same calls, with the widest instructions that this processor has.
#include <xxh_x86dispatch.h>
#endif

#include <cstring>
#include <new>

namespace dropline {

struct FileHash::State {
    struct Free {
        void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
    };
    // The library's own allocation: the state must be aligned to 64 bytes.
    std::unique_ptr<XXH3_state_t, Free> xxh3{XXH3_createState()};
};

FileHash::FileHash() : state_(std::make_unique<State>()) {
    if (state_->xxh3 == nullptr) throw std::bad_alloc();
    reset();
}
FileHash::~FileHash() = default;
FileHash::FileHash(FileHash&&) noexcept = default;
FileHash& FileHash::operator=(FileHash&&) noexcept = default;

void FileHash::reset() { XXH3_128bits_reset(state_->xxh3.get()); }

void FileHash::update(std::span<const std::byte> bytes) {
    XXH3_128bits_update(state_->xxh3.get(), bytes.data(), bytes.size());
}

FileDigest FileHash::digest() const {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_->xxh3.get()));
    FileDigest digest;
    static_assert(sizeof canonical.digest == sizeof digest);
    std::memcpy(digest.data(), canonical.digest, sizeof canonical.digest);
    return digest;
}

}  // namespace dropline
