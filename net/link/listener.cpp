#include "net/link/listener.hpp"

#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <utility>

#include "net/api/limits.hpp"
#include "net/link/frame_stream.hpp"

namespace dropline {

struct Listener::State {
    State(asio::any_io_executor executor_in, Clock& clock_in, Network& network_in,
          const TlsContext& tls_in, OnConnection on_connection_in, ExpectOne expect_one)
        : executor(executor_in),
          clock(clock_in),
          network(network_in),
          tls(tls_in),
          on_connection(std::move(on_connection_in)),
          tasks(executor_in),
          strangers([this] { return network.local_addresses(); }, std::move(expect_one)) {}

    asio::any_io_executor executor;
    Clock& clock;
    Network& network;
    const TlsContext& tls;
    OnConnection on_connection;
    TaskScope tasks;
    StrangerLimit strangers;
    std::vector<std::shared_ptr<Acceptor>> acceptors;
    bool is_closed = false;
};

Listener::Listener(asio::any_io_executor executor, Clock& clock, Network& network,
                   const TlsContext& tls, OnConnection on_connection, ExpectOne expect_one)
    : state_(std::make_shared<State>(std::move(executor), clock, network, tls,
                                     std::move(on_connection), std::move(expect_one))) {}

Listener::~Listener() { close(); }

Result<void> Listener::open(const std::string& bind_address, std::uint16_t port) {
    auto acceptors = state_->network.listen(bind_address, port);
    if (!acceptors) return acceptors.fault();
    for (auto& acceptor : *acceptors) {
        bound_.push_back(acceptor->local());
        port_ = bound_.back().port();
        state_->acceptors.push_back(std::move(acceptor));
        state_->tasks.spawn(accept_loop(state_, state_->acceptors.back()));
    }
    return {};
}

void Listener::close() {
    if (std::exchange(state_->is_closed, true)) return;
    for (const auto& acceptor : state_->acceptors) acceptor->close();
    state_->tasks.cancel();
    state_->on_connection = nullptr;
}

asio::awaitable<void> Listener::accept_loop(std::shared_ptr<State> state,
                                            std::shared_ptr<Acceptor> acceptor) {
    while (!state->is_closed) {
        auto accepted = co_await acceptor->accept();
        if (state->is_closed) co_return;
        if (!accepted && accepted.fault().code == FaultCode::slow_down) {
            // Without descriptors, accepting at once again fails a million times a second (E4).
            asio::steady_timer pause(state->executor, limits::accept_pause_without_descriptors);
            co_await pause.async_wait(asio::use_awaitable);
            continue;
        }
        if (!accepted) co_return;
        auto place = state->strangers.enter(accepted->remote.address(), state->clock.now());
        if (place) state->tasks.spawn(greet(state, std::move(*accepted), std::move(*place)));
    }
}

asio::awaitable<void> Listener::greet(std::shared_ptr<State> state, Connection connection,
                                      StrangerPlace place) {
    TlsStream stream(std::move(connection), TlsEngine::server(state->tls, std::nullopt));
    {
        const StreamDeadline deadline(state->clock, limits::tls_handshake_max, stream);
        const GivesWay gives_way(place, stream);
        const auto greeted = co_await stream.handshake();
        if (!greeted || state->is_closed) co_return;
    }
    place->note_greeted();
    state->on_connection(std::move(stream), std::move(place));
}

}  // namespace dropline
