// What the tests of SCRAM share: a connection's binding, a salt, and base64 as OpenSSL writes it.
// Thread: any.
#pragma once

#include <openssl/evp.h>

#include <string>
#include <string_view>

namespace dropline::scram_samples {

inline const std::string binding(32, 'b');
inline const std::string salt = "0123456789abcdef";

inline std::string base64(std::string_view bytes) {
    std::string text(bytes.size() * 2 + 4, '\0');
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                       reinterpret_cast<const unsigned char*>(bytes.data()),
                                       static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

}  // namespace dropline::scram_samples
