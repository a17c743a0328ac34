// TLS without input or output: ciphertext in, ciphertext out, plain bytes on the other side.
// Thread: one at a time; it may be handed over whole. The same engine serves control sessions on
// `net`, bulk connections on `bulk`, and the inner connection of a relayed one.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "net/api/fault.hpp"
#include "net/api/ids.hpp"
#include "net/link/peer_check.hpp"
#include "net/link/tls_context.hpp"

namespace dropline {

/// Where ciphertext goes and comes from when it shall not be copied through the engine's queues.
/// Thread: called inside the engine's calls. Neither may wait.
class CiphertextTransport {
  public:
    virtual ~CiphertextTransport() = default;
    /// How many bytes it took or gave. 0: none now; the same is tried again later. Empty: the
    /// connection is gone, and so is the engine's.
    virtual std::optional<std::size_t> send(std::span<const std::byte> ciphertext) = 0;
    virtual std::optional<std::size_t> receive(std::span<std::byte> into) = 0;
};

class TlsEngine {
  public:
    /// The side that dials. `expected`: the only key to accept; empty accepts any Ed25519 key.
    static TlsEngine client(const TlsContext& context, Channel channel,
                            std::optional<PeerId> expected);
    /// The side that was dialled.
    static TlsEngine server(const TlsContext& context, std::optional<PeerId> expected);

    ~TlsEngine();
    TlsEngine(TlsEngine&&) noexcept;
    TlsEngine& operator=(TlsEngine&&) noexcept;

    enum class Progress { done, needs_input };

    /// Goes on with the handshake as far as the input reaches. Faults: key_changed when the other
    /// side's key is not the expected one, disconnected otherwise. Output may be pending either way
    /// (an alert for the other side).
    Result<Progress> handshake();

    /// Encrypts all of `plain` into the output.
    Result<void> write(std::span<const std::byte> plain);

    /// For a connection that carries much: from here on ciphertext goes straight to `transport`,
    /// and comes from it in large pieces once the input is used up. The output must be empty.
    /// `transport` must outlive the engine's last call.
    void attach(CiphertextTransport& transport);
    /// With a transport: encrypts a record from the front of `plain` and sends it. How many bytes
    /// of `plain` are done with; 0: nothing can be sent now, call again with the same bytes.
    Result<std::size_t> write_record(std::span<const std::byte> plain);

    struct Read {
        std::size_t bytes = 0;
        bool is_end = false;  // the other side closed cleanly; never a proof that all has arrived
    };
    /// Decrypts what the input holds, at most `into`; no bytes and no end means: more input first.
    Result<Read> read(std::span<std::byte> into);
    /// The same for one record at most. What comes after the last record of a connection that
    /// leaves TLS is no TLS of ours, and must stay in the input for `take_unread_input`.
    Result<Read> read_record(std::span<std::byte> into);

    /// Adds ciphertext from the other side.
    void push_input(std::span<const std::byte> ciphertext);

    /// Ciphertext for the other side.
    std::span<const std::byte> output() const;
    /// All of it at once: it stays valid while more is written.
    std::string take_output();

    /// Gives back what empty queues still hold: for a connection that mostly waits.
    void release_idle_memory();

    /// Puts the closing alert into the output. Not after a fault.
    void close();

    /// Ciphertext not yet decrypted, for a connection that leaves TLS (relay). Ends the engine.
    std::string take_unread_input();

    /// Valid once the handshake is done.
    const PeerId& peer() const;
    /// The key the other side showed, even when it was refused.
    std::optional<PeerId> seen_peer() const;
    /// Valid once the handshake is done.
    Channel channel() const;

    /// 32 bytes that only the two ends of this very connection know (`tls-exporter`, RFC 9266):
    /// what a proof is bound to. Valid once the handshake is done. Fault: internal.
    Result<std::string> channel_binding() const;

  private:
    struct State;
    explicit TlsEngine(std::unique_ptr<State> state);
    static std::unique_ptr<State> make_state(SSL_CTX* context, std::optional<PeerId> expected);
    Fault failure(const char* doing) const;

    std::unique_ptr<State> state_;
};

}  // namespace dropline
