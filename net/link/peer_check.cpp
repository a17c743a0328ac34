#include "net/link/peer_check.hpp"

#include <openssl/crypto.h>
#include <openssl/x509_vfy.h>

#include "net/trust/identity.hpp"

namespace dropline {

namespace {

int peer_check_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

bool is_same_key(const PeerId& a, const PeerId& b) {
    return CRYPTO_memcmp(a.bytes.data(), b.bytes.data(), a.bytes.size()) == 0;
}

}  // namespace

void attach_peer_check(SSL* tls, PeerCheck* check) {
    SSL_set_ex_data(tls, peer_check_index(), check);
}

int verify_peer_key(X509_STORE_CTX* store_context, void*) {
    auto* tls = static_cast<SSL*>(
        X509_STORE_CTX_get_ex_data(store_context, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* check = static_cast<PeerCheck*>(SSL_get_ex_data(tls, peer_check_index()));
    const auto seen = peer_id_of(X509_STORE_CTX_get0_cert(store_context));
    const bool is_known_kind = check != nullptr && seen.has_value();
    if (is_known_kind) check->seen = seen;
    const bool is_match =
        is_known_kind && (!check->expected || is_same_key(*check->expected, *seen));
    X509_STORE_CTX_set_error(store_context, is_match ? X509_V_OK : X509_V_ERR_CERT_UNTRUSTED);
    return is_match ? 1 : 0;
}

}  // namespace dropline
