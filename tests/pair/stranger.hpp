// Somebody who speaks the wire by hand, to say what our own members never would.
// Thread: the test's own.
#pragma once

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "net/link/dialer.hpp"
#include "net/link/frame_stream.hpp"
#include "tests/pair/test_room.hpp"
#include "tests/trust/scram_samples.hpp"

namespace dropline::testing {

class Stranger {
  public:
    Stranger(World& world, const std::string& address)
        : world_(world), network_(world.network.machine(address)) {}

    const PeerId& id() const { return identity_.id(); }
    const TlsContext& tls() const { return tls_; }
    Network& network() { return *network_; }

    /// Runs the world until it is done.
    template <typename T>
    T run(asio::awaitable<T> task) {
        std::optional<T> result;
        asio::co_spawn(world_.loop, keep(std::move(task), result), asio::detached);
        world_.run_until([&result] { return result.has_value(); }, "what a stranger does");
        return std::move(*result);
    }

    /// A connection on the room channel, TLS done.
    FrameStream connect(const std::string& host) {
        auto stream = run(dial(world_.clock, *network_, tls_, *parse_endpoint(host), Channel::room,
                               std::nullopt));
        if (!stream) throw std::runtime_error(stream.fault().sentence);
        return FrameStream(std::move(*stream));
    }

    /// As above, and greeted.
    FrameStream greet(const std::string& host) {
        FrameStream stream = connect(host);
        send(stream, wire::Hello{});
        receive<wire::Welcome>(stream, wire::Phase::member_expects_welcome);
        return stream;
    }

    /// As above, and in the room; what the host says next are its rules.
    FrameStream join(const std::string& host, const std::string& name) {
        FrameStream stream = greet(host);
        send(stream, wire::JoinRequest{name, 0, {}});
        receive<wire::JoinAccepted>(stream, wire::Phase::member_expects_acceptance);
        while (!receive<wire::Roster>(stream, wire::Phase::member_expects_roster).is_last) {
        }
        return stream;
    }

    void send(FrameStream& stream, const wire::Message& message) {
        [[maybe_unused]] const auto sent = run(stream.send(message));
    }

    Result<wire::Message> receive(FrameStream& stream, wire::Phase phase) {
        return run(stream.receive(phase));
    }

    template <typename Wanted>
    Wanted receive(FrameStream& stream, wire::Phase phase) {
        auto message = receive(stream, phase);
        if (!message) throw std::runtime_error(message.fault().sentence);
        return std::get<Wanted>(std::move(*message));
    }

    /// The next of this kind; what is said before it is passed over.
    template <typename Wanted>
    Wanted next(FrameStream& stream, wire::Phase phase) {
        for (;;) {
            auto message = receive(stream, phase);
            if (!message) throw std::runtime_error(message.fault().sentence);
            if (auto* wanted = std::get_if<Wanted>(&*message)) return std::move(*wanted);
        }
    }

    /// A conversation with whom the ticket leads to, where they are said to be.
    FrameStream converse(const wire::StreamTicket& ticket) {
        auto tls =
            run(dial(world_.clock, *network_, tls_, *parse_endpoint(ticket.candidates.front()),
                     Channel::peer, ticket.peer));
        if (!tls) throw std::runtime_error(tls.fault().sentence);
        FrameStream stream(std::move(*tls));
        send(stream, wire::PeerHello{ticket.stream});
        receive<wire::PeerWelcome>(stream, wire::Phase::peer_expects_welcome);
        send(stream, wire::PeerUse{wire::Purpose::conversation, {}});
        return stream;
    }

    /// Becomes true when something is said on it, or when it has ended. It must live until then.
    std::shared_ptr<bool> next_word_or_end(FrameStream& stream, wire::Phase phase) {
        auto has_come = std::make_shared<bool>(false);
        asio::co_spawn(world_.loop, note_next(stream, phase, has_come), asio::detached);
        return has_come;
    }

    /// What the host says to a proof that cannot hold.
    Result<wire::Message> prove_wrongly(FrameStream& stream, const std::string& user) {
        const auto binding = stream.stream().channel_binding();
        const std::string gs2 = "p=tls-exporter,,";
        send(stream, wire::ProofFirst{gs2 + "n=" + user + ",r=stranger"});
        auto heard = receive(stream, wire::Phase::member_expects_challenge);
        if (!heard || !std::holds_alternative<wire::ProofChallenge>(*heard)) return heard;
        const std::string challenge = std::get<wire::ProofChallenge>(*heard).message;
        const std::string nonce = challenge.substr(2, challenge.find(',') - 2);
        const std::string proof(43, 'A');
        const std::string bound = scram_samples::base64(gs2 + *binding);
        send(stream, wire::ProofFinal{"c=" + bound + ",r=" + nonce + ",p=" + proof + "="});
        return receive(stream, wire::Phase::member_expects_verdict);
    }

  private:
    static asio::awaitable<void> note_next(FrameStream& stream, wire::Phase phase,
                                           std::shared_ptr<bool> has_come) {
        [[maybe_unused]] const auto heard = co_await stream.receive(phase);
        *has_come = true;
    }

    template <typename T>
    static asio::awaitable<void> keep(asio::awaitable<T> task, std::optional<T>& result) {
        result.emplace(co_await std::move(task));
    }

    World& world_;
    Identity identity_ = *Identity::create();
    TlsContext tls_ = *TlsContext::make(identity_);
    std::unique_ptr<Network> network_;
};

}  // namespace dropline::testing
