// Who is at the other end of a TLS connection: the hash of the key it proved, held against a pin.
// Thread: that of the connection. The only verification there is; certificates are otherwise
// ignored (no chains, names or dates), so their parsing has nothing to attack.
#pragma once

#include <optional>

#include "net/api/ids.hpp"
#include "net/trust/openssl_ptr.hpp"

namespace dropline {

struct PeerCheck {
    std::optional<PeerId> expected;  // empty: any key, the caller decides afterwards
    std::optional<PeerId> seen;      // set once the other side has shown an acceptable kind of key
    bool is_mismatch() const { return expected && seen && *expected != *seen; }
};

/// `check` must outlive `tls` or be replaced before.
void attach_peer_check(SSL* tls, PeerCheck* check);

/// For SSL_CTX_set_cert_verify_callback: 1 only when the key is Ed25519 and matches the pin.
int verify_peer_key(X509_STORE_CTX* store_context, void* unused);

}  // namespace dropline
