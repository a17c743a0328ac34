// Host and members in one process: real roles, real TLS, real stores; memory for a network and a
// clock that the test moves.
// Thread: the test's own runs the event loop; stores and transfers have their threads as always.
#pragma once

#include <asio/io_context.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "net/api/event_queue.hpp"
#include "net/room/room_node.hpp"
#include "tests/pair/manual_clock.hpp"
#include "tests/pair/memory_network.hpp"
#include "tests/pair/scratch_folder.hpp"

namespace dropline::testing {

class World;

inline command::Say say(std::string to, std::string text) {
    return {std::move(to), std::move(text), {}};
}

/// A list of each kind of event there is.
template <typename Body>
struct ListsByKind;
template <typename... Kinds>
struct ListsByKind<std::variant<Kinds...>> {
    std::tuple<std::vector<Kinds>...> lists;
};

/// One dropline, without a window.
class Person {
  public:
    Person(World& world, const std::string& name, const std::string& address,
           PathPolicy policy = PathPolicy::automatic,
           std::optional<std::filesystem::path> profile = std::nullopt,
           std::size_t members_max = 256);
    ~Person();

    void submit(CommandBody body, std::string ref = {});
    /// As if this person in the room had said it: what an honest program never would.
    void hear(const PeerId& from, wire::Message message);

    /// Runs the world until this event comes; all that came before it are remembered in `seen`.
    template <typename Wanted>
    Wanted await(const std::function<bool(const Wanted&)>& is_meant = nullptr);

    /// Everything that has come, `await`ed or not.
    const std::vector<Event>& seen();
    /// Those of one kind, oldest first. It grows when this person is looked at again.
    template <typename Wanted>
    const std::vector<Wanted>& all();

    /// Runs the world until all that was to be kept so far is on the disk and whoever asked for it
    /// knows: what he then wants kept takes another call.
    void await_disk();

    const PeerId& id() const { return identity_.id(); }
    std::string text_id() const { return to_text(id()); }
    const std::filesystem::path& downloads() const { return downloads_; }
    std::filesystem::path history() const { return profile_ / "history.db"; }
    RoomNode& node() { return *room_; }
    Store& store() { return *store_; }
    /// For a part of a node that a test makes by itself.
    NodeContext& context() { return context_; }
    /// Ends at once and without a word, as kill -9 would: sockets closed, nothing said.
    void leave();
    /// As a program that is stopped: what comes in is not read, but for what is being read already.
    void hold_reading() { gate_.close(); }
    void go_on_reading() { gate_.open(); }

  private:
    friend class World;
    void drain();

    World& world_;
    ScratchFolder folder_;
    const std::filesystem::path profile_;
    std::filesystem::path downloads_;
    Identity identity_;
    TlsContext tls_;
    std::unique_ptr<Network> network_;
    std::unique_ptr<Store> store_;
    EventQueue queue_;
    FlowGate gate_;
    EventSink sink_;
    NodeContext context_;
    std::unique_ptr<RoomNode> room_;
    std::vector<Event> seen_;
    ListsByKind<EventBody> by_kind_;
    std::size_t awaited_ = 0;
};

class World {
  public:
    World();
    ~World();

    /// Runs whatever can run until `is_true`; a test that would wait for ever fails instead.
    void run_until(const std::function<bool()>& is_true, const std::string& what);
    /// As above, and the clock moves on whenever nothing is left to do.
    void run_until_in_time(const std::function<bool()>& is_true, const std::string& what);
    /// Runs until nothing is left to do right now.
    void settle();
    /// Moves everybody's clock in steps of `step`, running what is due after each.
    void advance(Duration by, Duration step = std::chrono::milliseconds(500));

    asio::io_context loop{1};
    ManualClock clock{loop.get_executor()};
    MemoryWorld network{loop.get_executor()};
};

template <typename Wanted>
Wanted Person::await(const std::function<bool(const Wanted&)>& is_meant) {
    std::optional<Wanted> found;
    world_.run_until(
        [&] {
            drain();
            while (awaited_ < seen_.size()) {
                const auto* event = std::get_if<Wanted>(&seen_[awaited_++].body);
                if (event != nullptr && (!is_meant || is_meant(*event))) {
                    found = *event;
                    return true;
                }
            }
            return false;
        },
        typeid(Wanted).name());
    return std::move(*found);
}

template <typename Wanted>
const std::vector<Wanted>& Person::all() {
    drain();
    return std::get<std::vector<Wanted>>(by_kind_.lists);
}

}  // namespace dropline::testing
