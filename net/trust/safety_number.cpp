#include "net/trust/safety_number.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include "net/api/safety_symbols.hpp"

namespace dropline {

namespace {

constexpr int hash_rounds = 5200;
constexpr std::string_view algorithm_version{"\0\0", 2};
constexpr std::size_t groups_of_half = 6;
constexpr std::size_t bytes_per_group = 5;
constexpr std::size_t symbols_per_person = safety_symbols_shown / 2;

struct FreeDigest {
    void operator()(EVP_MD_CTX* digest) const { EVP_MD_CTX_free(digest); }
};

class Sha512 {
  public:
    Sha512() : digest_(EVP_MD_CTX_new()) { start(); }

    void add(std::string_view bytes) {
        is_well_ = is_well_ && EVP_DigestUpdate(digest_.get(), bytes.data(), bytes.size()) == 1;
    }

    /// Ready for the next one. A number that is only nearly right must never be compared (C9).
    NumericFingerprint finish() {
        NumericFingerprint hash{};
        is_well_ = is_well_ && EVP_DigestFinal_ex(digest_.get(), hash.data(), nullptr) == 1;
        if (!is_well_) throw std::runtime_error("SHA-512 failed");
        start();
        return hash;
    }

  private:
    void start() {
        is_well_ = digest_ && EVP_DigestInit_ex(digest_.get(), EVP_sha512(), nullptr) == 1;
    }

    std::unique_ptr<EVP_MD_CTX, FreeDigest> digest_;
    bool is_well_ = false;
};

std::string_view as_bytes(const NumericFingerprint& hash) {
    return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

NumericFingerprint fingerprint_of(const PeerId& id) {
    return numeric_fingerprint(id.as_bytes(), id.as_bytes());
}

/// From bytes that no digit has used.
void add_symbols(SafetyNumber& number, const NumericFingerprint& fingerprint) {
    for (std::size_t i = 0; i < symbols_per_person; ++i) {
        const std::uint8_t byte = fingerprint[groups_of_half * bytes_per_group + i];
        number.symbols.push_back(static_cast<std::uint8_t>(byte % safety_symbol_list.size()));
    }
}
static_assert(256 % safety_symbol_list.size() == 0, "every symbol is equally likely");

}  // namespace

NumericFingerprint numeric_fingerprint(std::string_view key, std::string_view stable_id) {
    Sha512 sha;
    for (const std::string_view part : {algorithm_version, key, stable_id, key}) sha.add(part);
    NumericFingerprint hash = sha.finish();
    for (int done = 1; done < hash_rounds; ++done) {
        sha.add(as_bytes(hash));
        sha.add(key);
        hash = sha.finish();
    }
    return hash;
}

std::string fingerprint_digits(const NumericFingerprint& fingerprint) {
    std::string digits;
    for (std::size_t group = 0; group < groups_of_half; ++group) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < bytes_per_group; ++i) {
            value = value << 8U | fingerprint[group * bytes_per_group + i];
        }
        std::array<char, 8> text{};
        std::snprintf(text.data(), text.size(), "%05u", static_cast<unsigned>(value % 100'000));
        digits += text.data();
    }
    return digits;
}

SafetyNumber safety_number(const PeerId& one, const PeerId& other) {
    NumericFingerprint lower = fingerprint_of(one);
    NumericFingerprint higher = fingerprint_of(other);
    if (fingerprint_digits(higher) < fingerprint_digits(lower)) std::swap(lower, higher);
    SafetyNumber number;
    number.digits = fingerprint_digits(lower) + fingerprint_digits(higher);
    add_symbols(number, lower);
    add_symbols(number, higher);
    return number;
}

}  // namespace dropline
