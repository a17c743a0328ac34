// SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677) bound to the TLS connection by `tls-exporter` (RFC 9266):
// how somebody proves to know a secret without saying it, and learns that the other knows it too.
// Thread: any; pure state machines over texts, no I/O. The functions marked slow take 0.4 s at
// 600,000 iterations: not on `net`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/api/fault.hpp"
#include "net/api/secret.hpp"

namespace dropline {

/// What the host of a secret keeps instead of it: enough to judge a proof, not to make one.
struct ScramVerifier {
    std::string salt;        // raw bytes
    std::string stored_key;  // 32 bytes
    std::string server_key;  // 32 bytes
    std::uint32_t iterations = 0;
};

/// Slow. `iterations` from limits::scram_iterations_min to _max. Empty when OpenSSL fails.
std::optional<ScramVerifier> make_scram_verifier(const Secret& secret, std::string salt,
                                                 std::uint32_t iterations);

/// Everything both proofs are made of; the functions below are the mathematics of RFC 5802.
struct ScramKeys {
    Secret client_key;       // 32 bytes
    std::string stored_key;  // 32 bytes
    std::string server_key;  // 32 bytes
};
/// Slow. Any number of iterations from 1.
std::optional<ScramKeys> derive_scram_keys(const Secret& secret, std::string_view salt,
                                           std::uint32_t iterations);
/// ClientProof and ServerSignature over AuthMessage, 32 bytes each.
std::string scram_client_proof(const ScramKeys& keys, std::string_view auth_message);
std::string scram_server_signature(std::string_view server_key, std::string_view auth_message);

/// 16 random bytes.
std::string make_scram_salt();
/// 24 random bytes as 32 printable characters.
std::string make_scram_nonce();

/// Who proves. `first`, then `answer` to what comes, then `accepts`; each once, in this order.
class ScramClient {
  public:
    /// `user` is of letters, digits and ':'. `binding`: 32 bytes of the TLS exporter.
    ScramClient(std::string user, Secret secret, std::string binding,
                std::string nonce = make_scram_nonce());

    std::string first() const;

    /// Slow, but only after the challenge was found acceptable: a count of iterations out of
    /// bounds, a nonce that is not built on ours or a broken text cost nothing (C23).
    /// Faults: protocol_error, internal.
    Result<std::string> answer(std::string_view challenge);

    /// True when the other side has shown that it knows the secret, too.
    bool accepts(std::string_view verdict) const;

  private:
    std::string user_;
    Secret secret_;
    std::string binding_;
    std::string nonce_;
    std::string server_signature_;  // what `accepts` expects
};

/// Who judges. `begin`, then `challenge`, then `judge`; each once, in this order.
class ScramServer {
  public:
    explicit ScramServer(std::string binding, std::string nonce = make_scram_nonce());

    /// Takes the first message and gives the user's name. Fault: protocol_error, also for a client
    /// that would do without the binding to this connection.
    Result<std::string> begin(std::string_view first);

    /// What to send, for that user's secret; for an unknown user with a made-up verifier.
    std::string challenge(ScramVerifier verifier);

    /// The last message to send when the proof is right. Empty when it is wrong, or right for
    /// another connection (C22). Fault: protocol_error.
    Result<std::optional<std::string>> judge(std::string_view final_message);

  private:
    std::string binding_;
    std::string nonce_;
    std::string first_bare_;
    std::string challenge_;
    ScramVerifier verifier_;
};

}  // namespace dropline
