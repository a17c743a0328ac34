#include "net/link/tls_context.hpp"

#include <openssl/err.h>

#include <array>
#include <string>
#include <utility>

#include "net/api/limits.hpp"
#include "net/link/peer_check.hpp"

namespace dropline {

namespace {

constexpr std::array all_channels = {Channel::room, Channel::peer, Channel::relay};

/// Server side: takes the client's one protocol if we know it, ends the handshake otherwise.
int choose_alpn(SSL*, const unsigned char** chosen, unsigned char* chosen_length,
                const unsigned char* offered, unsigned int offered_length, void*) {
    const std::string_view list(reinterpret_cast<const char*>(offered), offered_length);
    if (list.empty()) return SSL_TLSEXT_ERR_ALERT_FATAL;
    const auto first_length = static_cast<unsigned char>(list[0]);
    const auto first = list.substr(1, first_length);
    if (list.size() != 1U + first_length) return SSL_TLSEXT_ERR_ALERT_FATAL;
    for (const Channel channel : all_channels) {
        if (first != alpn_name(channel)) continue;
        *chosen = offered + 1;
        *chosen_length = first_length;
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool configure(SSL_CTX* context, const Identity& identity) {
    SSL_CTX_set_options(context,
                        SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_cert_list(context, static_cast<long>(limits::certificate_chain_bytes_max));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_cert_verify_callback(context, verify_peer_key, nullptr);
    SSL_CTX_set_alpn_select_cb(context, choose_alpn, nullptr);
    return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set1_groups_list(context, "X25519:P-256") == 1 &&
           SSL_CTX_set1_sigalgs_list(context, "ed25519") == 1 &&
           SSL_CTX_set_num_tickets(context, 0) == 1 &&
           SSL_CTX_use_certificate(context, identity.certificate()) == 1 &&
           SSL_CTX_use_PrivateKey(context, identity.key()) == 1;
}

}  // namespace

std::string_view alpn_name(Channel channel) {
    switch (channel) {
        case Channel::room: return "dropline-room/1";
        case Channel::peer: return "dropline-peer/1";
        case Channel::relay: return "dropline-relay/1";
    }
    return {};
}

TlsContext::TlsContext(TlsContextPtr server, TlsContextPtr client)
    : server_(std::move(server)), client_(std::move(client)) {}

Result<TlsContext> TlsContext::make(const Identity& identity) {
    ERR_clear_error();
    TlsContextPtr server(SSL_CTX_new(TLS_server_method()));
    TlsContextPtr client(SSL_CTX_new(TLS_client_method()));
    if (!server || !client || !configure(server.get(), identity) ||
        !configure(client.get(), identity)) {
        ERR_clear_error();
        return Fault{FaultCode::internal, "OpenSSL could not be set up for TLS 1.3."};
    }
    return TlsContext(std::move(server), std::move(client));
}

}  // namespace dropline
