// The door of a room we host: who comes in by key, and what others have to prove. Keeps the
// password, the invites and the typed code; counts who is wrong.
// Thread: net. It judges nobody's rights inside, and never holds a secret once its verifier is
// made.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "net/api/command.hpp"
#include "net/api/event.hpp"
#include "net/api/host_address.hpp"
#include "net/link/wrong_proofs.hpp"
#include "net/room/node_context.hpp"
#include "net/store/records.hpp"
#include "net/wire/messages.hpp"

namespace dropline {

class RoomDoor : public std::enable_shared_from_this<RoomDoor> {
  public:
    RoomDoor(NodeContext& node, std::string room);

    /// Reads what is kept of the room, then `done`. Once, before anything else.
    void open(const command::Host& wish, std::function<void(Result<void>)> done);
    /// What invites will say, likeliest first.
    void set_addresses(std::vector<HostAddress> addresses) { addresses_ = std::move(addresses); }

    bool is_invite_only() const { return is_invite_only_; }
    bool has_password() const { return password_ != nullptr; }
    wire::WayIn way_in(const PeerId& key) const;

    // ---- Proofs

    /// One secret somebody may prove.
    struct Lock;
    struct Trial {
        std::shared_ptr<Lock> lock;  // empty: there is no such secret, and no proof will hold
        ScramVerifier verifier;
        bool counts_when_wrong = true;
    };

    /// Says so when too much has been wrong from there.
    std::optional<wire::Refused> locked_out(const Endpoint& from, const PeerId& key);
    /// As above, for this secret in particular.
    std::optional<wire::Refused> locked_out(const Trial& trial, const Endpoint& from) const;
    /// What a proof in that user's name is held against. An unknown name gets a made-up verifier,
    /// the same every time, so that names cannot be tried out.
    asio::awaitable<std::variant<Trial, wire::Refused>> trial_of(std::string user);
    void note_wrong(const Trial& trial, const Endpoint& from, const PeerId& key);
    /// After a proof that holds: takes one use, on disk before it returns, and knows this key from
    /// now on. A refusal when the secret is right but no longer valid.
    asio::awaitable<std::optional<wire::Refused>> let_in(Trial trial, PeerId key);

    // ---- What the host wishes. The answers are events.

    void make_invite(const command::MakeInvite& wish, const std::string& ref);
    /// The one that goes with event::Hosting: the usual life and number of uses.
    std::string make_first_invite();
    void make_code(const std::string& ref);
    void revoke(const command::RevokeInvite& wish, const std::string& ref);
    /// Those that have let this key in are good for nobody any more: under another key it would
    /// come back by them. When the newest is one of them a new one is made, and told, in its place.
    /// The ids of those of this room that were good until now.
    std::vector<std::string> withdraw_invites_of(const PeerId& key, const std::string& ref);
    void list(const std::string& ref) const;

  private:
    using LockPtr = std::shared_ptr<Lock>;

    void load(const command::Host& wish, std::function<void(Result<void>)> done);
    void take_kept(std::vector<RoomSecret> kept);
    Result<void> take_password(const command::Host& wish);
    LockPtr new_lock();
    void derive(const LockPtr& lock, const Secret& secret, std::uint32_t iterations);
    void on_derived(const LockPtr& lock, Result<ScramVerifier> verifier);
    event::Invite add_invite(std::chrono::minutes life, std::uint32_t uses);
    void make_room_for_an_invite();
    void withdraw(Lock& lock);
    Trial made_up(const std::string& user, bool counts_when_wrong) const;
    LockPtr find(const std::string& user) const;
    std::string why_not(const Lock& lock, const PeerId* key = nullptr) const;
    static bool has_used(const Lock& lock, const PeerId& key);
    void limit_life(Lock& lock) const;
    bool has_expired(const Lock& lock) const;
    bool is_code_alive() const;

    NodeContext& node_;
    const std::string room_;
    std::vector<HostAddress> addresses_;
    bool is_invite_only_ = false;
    LockPtr password_;
    LockPtr code_;                  // the newest; kept when it is over, to say what became of it
    std::vector<LockPtr> invites_;  // in the order they were made
    std::set<PeerId> members_;      // have proven a secret
    WrongProofs wrong_proofs_;
};

}  // namespace dropline
