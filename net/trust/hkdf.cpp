#include "net/trust/hkdf.hpp"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>
#include <memory>
#include <stdexcept>

#include "net/trust/openssl_ptr.hpp"

namespace dropline {

std::string hkdf_sha256(std::string_view key, std::string_view info, std::size_t bytes) {
    using Kdf = std::unique_ptr<EVP_KDF, OpensslDeleter<EVP_KDF_free>>;
    using Context = std::unique_ptr<EVP_KDF_CTX, OpensslDeleter<EVP_KDF_CTX_free>>;
    std::string digest = "SHA256";
    // OpenSSL's parameters are not const, though it only reads these.
    const std::array parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, const_cast<char*>(key.data()),
                                          key.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, const_cast<char*>(info.data()),
                                          info.size()),
        OSSL_PARAM_construct_end()};
    const Kdf kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
    const Context context(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
    std::string derived(bytes, '\0');
    const bool is_made =
        context && EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(derived.data()),
                                  derived.size(), parameters.data()) == 1;
    if (!is_made) throw std::runtime_error("HKDF-SHA-256 failed");
    return derived;
}

}  // namespace dropline
