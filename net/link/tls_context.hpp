// The only place that makes TLS contexts: TLS 1.3, mutual, pinned by key, no tickets.
// Thread: any after construction. There is no switch that turns any of it off.
#pragma once

#include <string_view>

#include "net/api/fault.hpp"
#include "net/trust/identity.hpp"
#include "net/trust/openssl_ptr.hpp"

namespace dropline {

/// What a connection is for, agreed on by ALPN inside the TLS handshake.
enum class Channel { room, peer, relay };

/// "dropline-room/1" and so on.
std::string_view alpn_name(Channel channel);

class TlsContext {
  public:
    /// Both roles for this identity; the identity must outlive the context.
    static Result<TlsContext> make(const Identity& identity);

    SSL_CTX* server() const { return server_.get(); }
    SSL_CTX* client() const { return client_.get(); }

  private:
    TlsContext(TlsContextPtr server, TlsContextPtr client);
    TlsContextPtr server_;
    TlsContextPtr client_;
};

}  // namespace dropline
