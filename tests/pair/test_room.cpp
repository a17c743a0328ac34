#include "tests/pair/test_room.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "net/api/limits.hpp"

namespace dropline::testing {

namespace {

template <typename T>
T require(Result<T> result) {
    if (!result) throw std::runtime_error(result.fault().sentence);
    return std::move(*result);
}

}  // namespace

World::World() = default;
World::~World() = default;

namespace {

/// Generous: only a hang ever reaches it, and then the test fails with a name. A proof of a secret
/// is half a second of pure work, which a slow and busy machine stretches far.
constexpr auto hang = std::chrono::seconds(50);

}  // namespace

void World::run_until(const std::function<bool()>& is_true, const std::string& what) {
    const auto deadline = std::chrono::steady_clock::now() + hang;
    while (!is_true()) {
        loop.restart();
        if (std::chrono::steady_clock::now() > deadline)
            FAIL("nothing happened any more: " << what);
        loop.run_one_for(std::chrono::milliseconds(100));
    }
}

void World::run_until_in_time(const std::function<bool()>& is_true, const std::string& what) {
    constexpr auto step = std::chrono::milliseconds(100);
    // What store and bulk threads still do counts as work too: give it a moment of real time before
    // the clock goes on.
    constexpr auto moment = std::chrono::milliseconds(20);
    const auto deadline = std::chrono::steady_clock::now() + hang;
    while (!is_true()) {
        loop.restart();
        if (std::chrono::steady_clock::now() > deadline)
            FAIL("nothing happened any more: " << what);
        if (loop.run_one_for(moment) == 0) clock.advance(step);
    }
}

void World::settle() {
    loop.restart();
    loop.poll();
}

void World::advance(Duration by, Duration step) {
    for (Duration done{0}; done < by; done += step) {
        clock.advance(std::min(step, by - done));
        settle();
    }
}

Person::Person(World& world, const std::string& name, const std::string& address, PathPolicy policy,
               std::optional<std::filesystem::path> profile, std::size_t members_max)
    : world_(world),
      profile_(profile.value_or(folder_.path())),
      downloads_(folder_.path() / "downloads"),
      identity_(require(Identity::load_or_create(profile_ / "key.pem"))),
      tls_(require(TlsContext::make(identity_))),
      network_(world.network.machine(address)),
      store_(require(Store::open(history(), world.loop.get_executor()))),
      queue_(limits::event_queue_capacity, [] {}),
      gate_(world.loop.get_executor()),
      sink_(queue_, gate_, world.clock),
      context_{world.loop.get_executor(),
               world.clock,
               *network_,
               identity_,
               tls_,
               *store_,
               gate_,
               sink_,
               downloads_,
               policy,
               members_max,
               name},
      room_(std::make_unique<RoomNode>(context_)) {
    std::filesystem::create_directories(downloads_);
}

Person::~Person() {
    bool is_gone = false;
    gate_.open();
    room_->shut_down([&is_gone] { is_gone = true; });
    // Until it is gone, not for so many turns: the threads of its transfers use what it owns.
    const auto deadline = std::chrono::steady_clock::now() + hang;
    while (!is_gone && std::chrono::steady_clock::now() < deadline) {
        world_.loop.restart();
        const auto done = world_.loop.run_one_for(std::chrono::milliseconds(20));
        if (done == 0) world_.clock.advance(std::chrono::milliseconds(500));
        drain();
    }
    room_.reset();
    world_.settle();
}

void Person::await_disk() {
    // What changes something is answered when it is on the disk, and in the order of the calls.
    bool is_there = false;
    store_->forget_host_pin("", [&is_there](const auto&) { is_there = true; });
    world_.run_until([&is_there] { return is_there; }, "the disk");
}

void Person::leave() { room_->handle(Command{command::Leave{}, {}}); }

void Person::submit(CommandBody body, std::string ref) {
    room_->handle(Command{std::move(body), std::move(ref)});
}

void Person::hear(const PeerId& from, wire::Message message) {
    context_.transfers->on_message(from, std::move(message));
}

void Person::drain() {
    Event event;
    while (queue_.try_pop(event)) {
        std::visit(
            [this](const auto& body) {
                using Kind = std::decay_t<decltype(body)>;
                std::get<std::vector<Kind>>(by_kind_.lists).push_back(body);
            },
            event.body);
        seen_.push_back(std::move(event));
    }
    if (queue_.take_producer_waiting()) sink_.consumer_made_room();
}

const std::vector<Event>& Person::seen() {
    drain();
    return seen_;
}

}  // namespace dropline::testing
