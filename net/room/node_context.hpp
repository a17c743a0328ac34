// What every part of one node shares. It outlives all of them.
// Thread: net.
#pragma once

#include <asio/any_io_executor.hpp>

#include <filesystem>
#include <string>

#include "net/api/limits.hpp"
#include "net/api/node.hpp"
#include "net/link/clock.hpp"
#include "net/link/network.hpp"
#include "net/link/session.hpp"
#include "net/link/tls_context.hpp"
#include "net/room/event_sink.hpp"
#include "net/store/store.hpp"
#include "net/trust/identity.hpp"

namespace dropline {

class SideThread;
class Transfers;
class TrustBook;

struct NodeContext {
    asio::any_io_executor executor;
    Clock& clock;
    Network& network;
    const Identity& identity;
    const TlsContext& tls;
    Store& store;
    FlowGate& gate;
    EventSink& events;
    std::filesystem::path receive_folder;
    PathPolicy path_policy = PathPolicy::automatic;
    std::size_t members_max = limits::members_default_max;
    std::string name;                // ours; changes by command::Rename
    Transfers* transfers = nullptr;  // the RoomNode's own, for the roles it begins
    SideThread* proofs = nullptr;    // the RoomNode's own, too
    TrustBook* trust = nullptr;      // as well

    Session::Context session_context() const { return {executor, clock, gate}; }
};

}  // namespace dropline
