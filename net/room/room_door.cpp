#include "net/room/room_door.hpp"

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"
#include "net/api/typed_code.hpp"
#include "net/link/as_result.hpp"
#include "net/link/side_thread.hpp"
#include "net/room/store_await.hpp"
#include "net/trust/hkdf.hpp"
#include "net/trust/invite.hpp"

namespace dropline {

struct RoomDoor::Lock {
    enum class Kind { invite, password, code };

    Kind kind = Kind::invite;
    RoomSecret kept;
    bool is_ready = false;     // the verifier has been worked out
    asio::steady_timer ready;  // never expires; cancelled when it is
    // Of an invite or a code. The wall clock, by which `kept` counts, can be set back; this one
    // stands still while the machine sleeps. It is over as soon as one of them says so.
    TimePoint expires{};
    std::uint32_t wrong_tries = 0;
    bool is_replaced = false;
    bool is_forgotten = false;  // it has given way to a newer one
};

namespace {

using std::chrono::minutes;
using wire::RefusalCode;

constexpr const char* password_user = "r";
constexpr const char* code_user = "c";
constexpr const char* invite_user = "i:";

Fault not_possible(const std::string& what) { return Fault{FaultCode::bad_request, what}; }

std::uint32_t iterations_for(const std::string& user) {
    return user.starts_with(invite_user) ? limits::scram_iterations_of_invite
                                         : limits::scram_iterations;
}

/// Empty when nothing is left of the time.
std::optional<wire::Refused> locked_refusal(const std::string& why, Duration left) {
    if (left <= Duration{0}) return std::nullopt;
    const auto minutes_left = std::chrono::ceil<minutes>(left).count();
    return wire::Refused{
        RefusalCode::rate_limited,
        why + " Try again in " + std::to_string(minutes_left) +
            (minutes_left == 1 ? " minute." : " minutes."),
        static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(left).count())};
}

InviteState state_of(const RoomSecret& kept) {
    return {kept.id, kept.made, kept.expires, kept.uses_left, kept.uses_max, kept.is_revoked};
}

}  // namespace

RoomDoor::RoomDoor(NodeContext& node, std::string room)
    : node_(node),
      room_(std::move(room)),
      wrong_proofs_([&network = node.network] { return network.local_addresses(); }) {}

// ---- Opening ------------------------------------------------------------------------------------

/// Invites of an earlier door of this room may still be worked out: they are written down first.
void RoomDoor::open(const command::Host& wish, std::function<void(Result<void>)> done) {
    node_.proofs->when_through(
        [door = shared_from_this(), wish, done = std::move(done)] { door->load(wish, done); });
}

void RoomDoor::load(const command::Host& wish, std::function<void(Result<void>)> done) {
    node_.store.load_room_members(room_,
                                  [door = shared_from_this()](Result<std::vector<PeerId>> members) {
                                      // Without them everybody proves a secret again; a fault of
                                      // the disk says so itself.
                                      if (!members) return door->node_.events.fail(members.fault());
                                      door->members_.insert(members->begin(), members->end());
                                  });
    node_.store.load_room_secrets(room_, [door = shared_from_this(), wish, done = std::move(done)](
                                             Result<std::vector<RoomSecret>> kept) {
        if (!kept) return done(kept.fault());
        door->take_kept(std::move(*kept));
        done(door->take_password(wish));
    });
}

void RoomDoor::take_kept(std::vector<RoomSecret> kept) {
    for (RoomSecret& secret : kept) {
        const LockPtr lock = new_lock();
        lock->kept = std::move(secret);
        lock->is_ready = true;
        if (lock->kept.is_password()) {
            lock->kind = Lock::Kind::password;
            password_ = lock;
        } else {
            limit_life(*lock);
            invites_.push_back(lock);
        }
    }
}

Result<void> RoomDoor::take_password(const command::Host& wish) {
    is_invite_only_ = wish.is_invite_only;
    if (wish.password) {
        password_ = new_lock();
        password_->kind = Lock::Kind::password;
        password_->kept.made = node_.clock.wall_now();
        derive(password_, *wish.password, limits::scram_iterations);
        return {};
    }
    if (wish.keeps_password) {
        if (password_) return {};
        return not_possible(
            "The password of this room is not known any more. Set one again, or take "
            "away that it has one.");
    }
    if (wish.keeps_password_if_any) return {};
    if (password_) node_.store.forget_room_secret(room_, "");
    password_.reset();
    return {};
}

RoomDoor::LockPtr RoomDoor::new_lock() {
    asio::steady_timer never(node_.executor, asio::steady_timer::time_point::max());
    return std::make_shared<Lock>(Lock{.kept = {}, .ready = std::move(never)});
}

void RoomDoor::limit_life(Lock& lock) const {
    using std::chrono::milliseconds;
    // An expiry on a disk may be any number.
    const auto left = std::clamp<milliseconds>(lock.kept.expires - node_.clock.wall_now(),
                                               milliseconds(0), limits::invite_life_max);
    lock.expires = node_.clock.now() + left;
}

bool RoomDoor::has_expired(const Lock& lock) const {
    return lock.kept.expires <= node_.clock.wall_now() || lock.expires <= node_.clock.now();
}

void RoomDoor::derive(const LockPtr& lock, const Secret& secret, std::uint32_t iterations) {
    auto work = [secret, iterations]() -> Result<ScramVerifier> {
        auto verifier = make_scram_verifier(secret, make_scram_salt(), iterations);
        if (verifier) return std::move(*verifier);
        return Fault{FaultCode::internal, "OpenSSL could not prepare the secret."};
    };
    // Also when the room closes meanwhile: whoever was given the invite comes when it is open
    // again.
    node_.proofs->submit<ScramVerifier>(
        std::move(work), [door = shared_from_this(), lock](Result<ScramVerifier> verifier) {
            door->on_derived(lock, std::move(verifier));
        });
}

void RoomDoor::on_derived(const LockPtr& lock, Result<ScramVerifier> verifier) {
    if (!verifier) node_.events.fail(verifier.fault());
    // Without one no proof holds: a made-up one says the same to everybody.
    lock->kept.verifier = verifier ? std::move(*verifier) : made_up(lock->kept.id, true).verifier;
    lock->is_ready = true;
    lock->ready.cancel();
    const bool is_kept = lock->kind != Lock::Kind::code && !lock->is_forgotten;
    if (is_kept) node_.store.put_room_secret(room_, lock->kept, {});
}

// ---- Coming in ----------------------------------------------------------------------------------

wire::WayIn RoomDoor::way_in(const PeerId& key) const {
    const bool is_restricted = is_invite_only_ || has_password();
    return is_restricted && !members_.contains(key) ? wire::WayIn::proof : wire::WayIn::open;
}

std::optional<wire::Refused> RoomDoor::locked_out(const Endpoint& from, const PeerId& key) {
    return locked_refusal("Too many wrong passwords, codes or invites came from your address.",
                          wrong_proofs_.locked_for(from.address(), key, node_.clock.now()));
}

std::optional<wire::Refused> RoomDoor::locked_out(const Trial& trial, const Endpoint& from) const {
    if (!trial.lock || trial.lock->kind != Lock::Kind::password) return std::nullopt;
    return locked_refusal(
        "Too many wrong passwords came from your network. Ask the host for an invite or a code.",
        wrong_proofs_.password_locked_for(from.address(), node_.clock.now()));
}

RoomDoor::LockPtr RoomDoor::find(const std::string& user) const {
    if (user == password_user) return password_;
    if (user == code_user) return code_;
    if (!user.starts_with(invite_user)) return nullptr;
    const std::string id = user.substr(std::string_view(invite_user).size());
    const auto found = std::find_if(invites_.begin(), invites_.end(),
                                    [&id](const LockPtr& lock) { return lock->kept.id == id; });
    return found == invites_.end() ? nullptr : *found;
}

RoomDoor::Trial RoomDoor::made_up(const std::string& user, bool counts_when_wrong) const {
    constexpr std::size_t salt_bytes = 16;
    constexpr std::size_t key_bytes = 32;
    const std::string bytes = hkdf_sha256(node_.identity.derived_secret("dropline unknown secrets"),
                                          room_ + '\0' + user, salt_bytes + 2 * key_bytes);
    return {nullptr,
            {bytes.substr(0, salt_bytes), bytes.substr(salt_bytes, key_bytes),
             bytes.substr(salt_bytes + key_bytes), iterations_for(user)},
            counts_when_wrong};
}

asio::awaitable<std::variant<RoomDoor::Trial, wire::Refused>> RoomDoor::trial_of(std::string user) {
    const LockPtr lock = find(user);
    if (!lock) {
        const bool is_for_password = user == password_user;
        const bool is_open = !is_invite_only_ && !has_password();
        if (is_for_password && is_open && !is_code_alive()) {
            co_return wire::Refused{RefusalCode::other,
                                    "This room has no password. Join it without one.", 0};
        }
        // Where there is no password nobody guesses at one.
        co_return made_up(user, !is_for_password);
    }
    while (!lock->is_ready) {
        co_await lock->ready.async_wait(as_result);
    }
    co_return Trial{lock, lock->kept.verifier, true};
}

void RoomDoor::note_wrong(const Trial& trial, const Endpoint& from, const PeerId& key) {
    const TimePoint now = node_.clock.now();
    if (trial.counts_when_wrong) wrong_proofs_.note(from.address(), key, now);
    if (!trial.lock) return;
    if (trial.lock->kind == Lock::Kind::password) wrong_proofs_.note_password(from.address(), now);
    if (trial.lock->kind != Lock::Kind::code) return;
    ++trial.lock->wrong_tries;
    if (trial.lock->wrong_tries == limits::code_wrong_tries_max) list({});
}

/// Empty while the secret is valid; who has used it already needs no use of it any more.
std::string RoomDoor::why_not(const Lock& lock, const PeerId* key) const {
    const bool is_used_up = lock.kept.uses_left == 0 && (key == nullptr || !has_used(lock, *key));
    const std::string again = " Ask the host for a new one.";
    switch (lock.kind) {
        case Lock::Kind::password: return {};
        case Lock::Kind::invite:
            if (lock.is_forgotten) return "This invite has given way to a newer one." + again;
            if (lock.kept.is_revoked) return "The host has withdrawn this invite." + again;
            if (has_expired(lock)) return "This invite has expired." + again;
            if (is_used_up) return "This invite has been used up." + again;
            return {};
        case Lock::Kind::code:
            if (lock.is_replaced) return "This code was replaced by a newer one." + again;
            if (lock.wrong_tries >= limits::code_wrong_tries_max)
                return "This code is void: wrong ones were typed too often." + again;
            if (is_used_up) return "This code has been used already." + again;
            if (has_expired(lock)) return "This code has expired." + again;
            return {};
    }
    return {};
}

bool RoomDoor::has_used(const Lock& lock, const PeerId& key) {
    return std::ranges::find(lock.kept.used_by, key) != lock.kept.used_by.end();
}

bool RoomDoor::is_code_alive() const { return code_ && why_not(*code_).empty(); }

asio::awaitable<std::optional<wire::Refused>> RoomDoor::let_in(Trial trial, PeerId key) {
    const LockPtr lock = trial.lock;
    if (!lock) co_return wire::Refused{RefusalCode::secret_wrong, "This is wrong.", 0};
    const std::string objection = why_not(*lock, &key);
    if (!objection.empty()) co_return wire::Refused{RefusalCode::secret_expired, objection, 0};
    // Who was cut off on the way in, or found the room full, comes again by the same use.
    const bool is_counted = lock->kind != Lock::Kind::password && !has_used(*lock, key);
    if (is_counted) {
        --lock->kept.uses_left;
        lock->kept.used_by.push_back(key);
        list({});
    }
    if (is_counted && lock->kind == Lock::Kind::invite) {
        node_.store.put_invite_use(room_, lock->kept.id, key);
        // Before it counts as used: a crash must not give a use back.
        const auto kept = co_await await_store<void>(node_.executor, [&](auto done) {
            node_.store.put_room_secret(room_, lock->kept, std::move(done));
        });
        // The room has been closed meanwhile.
        if (!kept && kept.fault().code == FaultCode::cancelled) {
            co_return wire::Refused{RefusalCode::other, "The room has been closed.", 0};
        }
        if (!kept) {
            ++lock->kept.uses_left;
            std::erase(lock->kept.used_by, key);
            list({});
            // Where our files lie is for our user alone.
            node_.events.fail(kept.fault());
            co_return wire::Refused{RefusalCode::other,
                                    "The host could not note that you came. Try again later.", 0};
        }
    }
    if (members_.size() < limits::room_members_kept_max && members_.insert(key).second) {
        node_.store.put_room_member(room_, key, node_.clock.wall_now());
    }
    co_return std::nullopt;
}

// ---- What the host wishes -----------------------------------------------------------------------

event::Invite RoomDoor::add_invite(minutes life, std::uint32_t uses) {
    make_room_for_an_invite();
    Secret token = make_invite_token();
    const LockPtr lock = new_lock();
    lock->kept.id = invite_id(token);
    lock->kept.made = node_.clock.wall_now();
    lock->kept.expires = lock->kept.made + life;
    lock->kept.uses_left = lock->kept.uses_max = uses;
    limit_life(*lock);
    derive(lock, token, limits::scram_iterations_of_invite);
    invites_.push_back(lock);
    return {state_of(lock->kept), invite_link(Invite{addresses_, node_.identity.id(),
                                                     std::move(token), room_, uses == 1})};
}

void RoomDoor::make_room_for_an_invite() {
    if (invites_.size() < limits::invites_per_room_max) return;
    const auto over = std::find_if(invites_.begin(), invites_.end(),
                                   [this](const LockPtr& lock) { return !why_not(*lock).empty(); });
    const auto gives_way = over == invites_.end() ? invites_.begin() : over;
    node_.store.forget_room_secret(room_, (*gives_way)->kept.id);
    (*gives_way)->is_forgotten = true;
    invites_.erase(gives_way);
}

std::string RoomDoor::make_first_invite() {
    return add_invite(limits::invite_life_default, limits::invite_uses_max).link;
}

void RoomDoor::make_invite(const command::MakeInvite& wish, const std::string& ref) {
    constexpr auto minutes_max = minutes(limits::invite_life_max).count();
    if (wish.minutes < 1 || wish.minutes > minutes_max) {
        node_.events.fail(
            not_possible("An invite lives from 1 to " + std::to_string(minutes_max) + " minutes."),
            ref);
        return;
    }
    if (wish.uses < 1 || wish.uses > limits::invite_uses_max) {
        node_.events.fail(not_possible("An invite is for 1 to " +
                                       std::to_string(limits::invite_uses_max) + " people."),
                          ref);
        return;
    }
    node_.events.push(add_invite(minutes(wish.minutes), wish.uses), ref);
    list({});
}

void RoomDoor::make_code(const std::string& ref) {
    // Whoever has the challenge of the old one already must not come in by it either.
    if (code_) code_->is_replaced = true;
    const Secret code = make_typed_code();
    code_ = new_lock();
    code_->kind = Lock::Kind::code;
    code_->kept.uses_left = code_->kept.uses_max = 1;
    code_->kept.expires = node_.clock.wall_now() + limits::code_life;
    limit_life(*code_);
    derive(code_, code, limits::scram_iterations);
    node_.events.push(event::Code{typed_code_text(code), code_->kept.expires}, ref);
    list({});
}

void RoomDoor::revoke(const command::RevokeInvite& wish, const std::string& ref) {
    const LockPtr lock = find(invite_user + wish.id);
    if (!lock) {
        node_.events.fail(not_possible("There is no such invite. List them first."), ref);
        return;
    }
    withdraw(*lock);
    list(ref);
}

void RoomDoor::withdraw(Lock& lock) {
    lock.kept.is_revoked = true;
    // One whose verifier is still being worked out is written when that is done.
    if (lock.is_ready) node_.store.put_room_secret(room_, lock.kept, {});
}

std::vector<std::string> RoomDoor::withdraw_invites_of(const PeerId& key, const std::string& ref) {
    // A ban holds in all of our rooms.
    node_.store.withdraw_invites_elsewhere(room_, key);
    std::vector<std::string> withdrawn;
    for (const LockPtr& lock : invites_) {
        if (!has_used(*lock, key) || !why_not(*lock).empty()) continue;
        withdraw(*lock);
        withdrawn.push_back(lock->kept.id);
    }
    if (withdrawn.empty()) return withdrawn;
    // The host goes on having one to give away.
    if (withdrawn.back() == invites_.back()->kept.id) {
        node_.events.push(add_invite(limits::invite_life_default, limits::invite_uses_max), ref);
    }
    list(ref);
    return withdrawn;
}

void RoomDoor::list(const std::string& ref) const {
    event::Invites all;
    const WallTime now = node_.clock.wall_now();
    for (const LockPtr& lock : invites_) {
        if (lock->kept.expires >= now - limits::invite_listed_for) {
            all.invites.push_back(state_of(lock->kept));
        }
    }
    if (is_code_alive()) all.code_expires = code_->kept.expires;
    node_.events.push(std::move(all), ref);
}

}  // namespace dropline
