// The façade of everything under net/: owns the network thread and shows no asio.
// Thread: constructed, destroyed, drained on the consumer's thread; submit from any thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/api/command.hpp"
#include "net/api/event.hpp"
#include "net/api/fault.hpp"
#include "net/api/limits.hpp"
#include "net/api/log_line.hpp"
#include "net/api/values.hpp"

namespace dropline {

/// Which paths a connection between two members may take. `automatic` tries direct first.
enum class PathPolicy { automatic, direct_only, relayed_only };

struct NodeOptions {
    std::filesystem::path profile;         // empty: $XDG_DATA_HOME/dropline
    std::string name;                      // empty: the account's name
    std::filesystem::path receive_folder;  // empty: the user's download folder
    PathPolicy path_policy = PathPolicy::automatic;
    std::size_t members_max = limits::members_default_max;  // 1 to limits::members_max
    LogWriter write_log;                                    // empty: no log
};

/// Who this profile is.
struct SelfDescription {
    PeerId id;
    std::string name;
    std::filesystem::path profile;
    std::filesystem::path receive_folder;
    bool is_receiving_confined = false;  // while files arrive, the kernel keeps us in their folder
    /// What the profile knew of keys, bans and passwords was damaged or gone: event::Error says
    /// what became of it, and nothing should be opened or joined that nobody asked for.
    bool has_lost_history = false;
};

class Node {
  public:
    /// Opens the profile (making an identity on the first start), then starts the network
    /// thread. Fails with profile_in_use, profile_unsafe, profile_damaged, file_error.
    /// `wake` is called on the network thread when events wait; it must return at once.
    static Result<std::unique_ptr<Node>> start(NodeOptions options, std::function<void()> wake);

    /// Leaves the room with a farewell (at most limits::graceful_close_max), then joins all
    /// threads.
    ~Node();
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    /// Never blocks. Thread: any.
    void submit(Command command);

    /// Takes the oldest waiting event; false when there is none. Thread: consumer.
    bool poll(Event& event);

    /// Thread: any; the name is the one at start, later ones come as events.
    const SelfDescription& self() const;

  private:
    struct Impl;
    explicit Node(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace dropline
