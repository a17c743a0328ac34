#include "net/api/node.hpp"

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <pwd.h>
#include <unistd.h>

#include <csignal>
#include <thread>
#include <utility>

#include "net/api/event_queue.hpp"
#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/link/tcp_network.hpp"
#include "net/platform/landlock.hpp"
#include "net/platform/open_file_limit.hpp"
#include "net/platform/thread_name.hpp"
#include "net/platform/user_folders.hpp"
#include "net/room/room_node.hpp"
#include "net/store/profile.hpp"
#include "net/store/store.hpp"

namespace dropline {

namespace {

std::string account_name() {
    // Read once, before any other thread exists.
    const passwd* account = ::getpwuid(::getuid());
    auto name = make_safe_person_name(account != nullptr ? account->pw_name : "");
    return name ? *name : "somebody";
}

constexpr const char* history_is_missing =
    "This profile has a key, but its history is missing: bans, guests, invites, passwords, known "
    "keys and what was said are gone with it. If you have a copy of history.db, close dropline and "
    "put it back. Otherwise, before you open a room, ban people again and set its password; "
    "compare safety numbers anew. A new history has been started.";

Result<std::string> choose_name(const std::string& wished) {
    return wished.empty() ? Result<std::string>(account_name()) : make_safe_person_name(wished);
}

}  // namespace

/// Members in the order of their lives: what comes later uses what comes earlier.
struct Node::Impl {
    // Constant after start.
    SelfDescription self;
    std::optional<Profile> profile;
    std::optional<Identity> identity;
    std::optional<TlsContext> tls;
    std::optional<std::string> notice;  // of what is lost

    // Shared: the queue is lock-free, the event loop takes posts from any thread.
    EventQueue queue;
    asio::io_context loop{1};
    asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(loop);

    // Owned by the thread `net`.
    std::unique_ptr<Clock> clock;
    std::unique_ptr<Network> network;
    std::unique_ptr<Store> store;
    std::optional<FlowGate> gate;
    std::optional<EventSink> events;
    std::optional<NodeContext> context;
    std::optional<RoomNode> room;

    std::thread thread;

    explicit Impl(std::function<void()> wake)
        : queue(limits::event_queue_capacity, std::move(wake)) {}

    Result<void> open(const NodeOptions& options);
    void run(const NodeOptions& options);
};

Result<void> Node::Impl::open(const NodeOptions& options) {
    auto name = choose_name(options.name);
    if (!name) return name.fault();
    auto opened = Profile::open(options.profile);
    if (!opened) return opened.fault();
    profile.emplace(std::move(*opened));
    if (auto checked = profile->check_has_key(); !checked) return checked;
    const auto has_lost_history = profile->has_lost_history();
    if (!has_lost_history) return has_lost_history.fault();
    auto loaded = Identity::load_or_create(profile->key_file());
    if (!loaded) return loaded.fault();
    identity.emplace(std::move(*loaded));
    auto contexts = TlsContext::make(*identity);
    if (!contexts) return contexts.fault();
    tls.emplace(std::move(*contexts));
    auto database = Store::open(profile->database_file(), loop.get_executor());
    if (!database) return database.fault();
    store = std::move(*database);
    profile->end_first_start();
    notice = store->notice();
    if (*has_lost_history && !notice) notice = history_is_missing;
    self = {identity->id(),
            std::move(*name),
            profile->dir(),
            options.receive_folder.empty() ? default_receive_folder() : options.receive_folder,
            can_confine_threads(),
            notice.has_value()};
    return {};
}

void Node::Impl::run(const NodeOptions& options) {
    name_this_thread("net");
    clock = make_system_clock(loop.get_executor());
    network = make_tcp_network(loop.get_executor());
    gate.emplace(loop.get_executor());
    events.emplace(queue, *gate, *clock, options.write_log);
    context.emplace(NodeContext{loop.get_executor(), *clock, *network, *identity, *tls, *store,
                                *gate, *events, self.receive_folder, options.path_policy,
                                options.members_max, self.name});
    store->on_failure([this](Fault fault) { events->fail(std::move(fault)); });
    if (notice) events->fail({FaultCode::profile_damaged, *notice});
    room.emplace(*context);
    loop.run();
    room.reset();
}

Result<std::unique_ptr<Node>> Node::start(NodeOptions options, std::function<void()> wake) {
    // A peer that has gone away is an error of the write, not a signal.
    std::signal(SIGPIPE, SIG_IGN);
    raise_open_file_limit();
    auto impl = std::make_unique<Impl>(std::move(wake));
    auto opened = impl->open(options);
    if (!opened) return opened.fault();
    impl->thread =
        std::thread([state = impl.get(), options = std::move(options)] { state->run(options); });
    return std::unique_ptr<Node>(new Node(std::move(impl)));
}

Node::Node(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Node::~Node() {
    asio::post(impl_->loop, [impl = impl_.get()] {
        // Nobody drains the queue any more: what is left to say goes nowhere, but must not block.
        impl->events->nobody_listens();
        impl->room->shut_down([impl] { impl->work.reset(); });
    });
    impl_->thread.join();
}

void Node::submit(Command command) {
    asio::post(impl_->loop, [impl = impl_.get(), command = std::move(command)]() mutable {
        impl->room->handle(std::move(command));
    });
}

bool Node::poll(Event& event) {
    const bool has_event = impl_->queue.try_pop(event);
    if (impl_->queue.take_producer_waiting()) {
        asio::post(impl_->loop, [impl = impl_.get()] { impl->events->consumer_made_room(); });
    }
    return has_event;
}

const SelfDescription& Node::self() const { return impl_->self; }

}  // namespace dropline
