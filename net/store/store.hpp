// Everything this profile remembers, in one SQLite database: begin here for storage.
// Thread: net for every call, and every callback comes on `net`; the work is done on `store`.
// Writes that wait together are committed together, each answered when the disk has it; when too
// much waits (store_thread.hpp says how much) a call is answered with slow_down. It keeps what it
// is given; it decides nothing about rights or trust.
#pragma once

#include <asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/api/fault.hpp"
#include "net/api/ids.hpp"
#include "net/store/records.hpp"
#include "net/store/room_log.hpp"

namespace dropline {

class Store {
  public:
    template <typename T>
    using Done = std::function<void(Result<T>)>;
    /// Called before `Done`, and with no fault: what was kept survives the end of this process, but
    /// not yet a power cut.
    template <typename T>
    using Written = std::function<void(const Result<T>&)>;

    /// Opens or creates the database and starts the thread `store`. A database that is damaged or
    /// not ours is kept beside itself as NAME.damaged-TIME, a fresh one takes its place, and
    /// `notice` says so. Faults: wrong_version when a newer dropline wrote it (nothing is
    /// touched), profile_unsafe, file_error, disk_full. Thread: any.
    static Result<std::unique_ptr<Store>> open(const std::filesystem::path& database,
                                               asio::any_io_executor net);

    /// Commits what waits, closes the database, joins the thread. No callback is called any more.
    /// Thread: net, or any once `net` has stopped.
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// A sentence for the user when opening found damage. Thread: net.
    const std::optional<std::string>& notice() const { return notice_; }

    /// Told the fault of calls that have no callback of their own. Thread: net.
    void on_failure(std::function<void(Fault)> handler);

    // ---- Rooms we host

    /// The log of the room of that name, made at its first use. It may outlive the store; its
    /// calls are then never answered. Thread: net.
    void open_room_log(std::string room_name, Done<std::shared_ptr<RoomLog>> done);

    // ---- Our copy of rooms others host

    /// Keeps what is new; entries with a seq or (author, id) that is already there change
    /// nothing. Thread: net.
    void remember(RememberedLog log, std::vector<LogEntry> entries);

    /// What the host no longer has: numbers after `after`, up to `last`. Thread: net.
    void forget_remembered(RememberedLog log, std::uint64_t after, std::uint64_t last);

    /// 0 when nothing is kept. Not kept up by a busy disk: answered in order with `Written`.
    /// Thread: net.
    void last_remembered_seq(RememberedLog log, Done<std::uint64_t> done);

    /// As RoomLog::read_before, and answered in order with `Written`. Thread: net.
    void read_remembered(RememberedLog log, std::optional<std::uint64_t> before, std::size_t limit,
                         Done<std::vector<LogEntry>> done);

    // ---- Outbox

    /// `done` is called when the entry survives a power cut. An id that is there already changes
    /// nothing. Thread: net.
    void put_outbox(OutboxEntry entry, Done<void> done, Written<void> written = {});

    /// Thread: net.
    void remove_outbox(MessageId id);

    /// All of it, in the order it was put; answered in order with `Written`. Thread: net.
    void load_outbox(Done<std::vector<OutboxEntry>> done);

    // ---- Private messages

    /// Of the other person's. True when (peer, direction, id) was not there before: exactly once.
    /// Thread: net.
    void put_private(PeerId peer, PrivateEntry entry, Done<bool> done, Written<bool> written = {});

    /// Our own, and waiting in the outbox: both or neither. `done` is called when it survives a
    /// power cut. Thread: net.
    void write_private(OutboxEntry entry, Done<void> done, Written<void> written = {});

    /// Delivered to that peer, and therefore out of the outbox: in one task, which no kill cuts in
    /// two. Thread: net.
    void confirm_private(PeerId peer, MessageId id);

    /// The newest `limit` messages before the one with the number `before` (empty: of all), oldest
    /// first. At most `rows_per_read_max`. Answered in order with `Written`. Thread: net.
    void read_private(PeerId peer, std::optional<std::uint64_t> before, std::size_t limit,
                      Done<std::vector<PrivateEntry>> done);

    /// With whom there is a private conversation, at most `rows_per_read_max`, the latest first.
    /// Thread: net.
    void load_correspondents(Done<std::vector<PeerId>> done);

    // ---- Unfinished transfers. A deleted manifest makes room inside the file for what comes next;
    // ---- the file itself does not shrink.

    /// New, or replaces the one with that id. `done` is called when it survives a power cut.
    /// Faults: bad_request, and nothing is changed, when the id is kept for another peer or the
    /// other direction; too_large; slow_down, after which the caller may try again: a few of the
    /// largest manifests are all that can wait for the disk. Thread: net.
    void keep_transfer(KeptTransfer transfer, Done<void> done);

    /// An unknown id changes nothing. Without `done` a fault goes to `on_failure`. Thread: net.
    void update_transfer(TransferId id, WallTime touched_at, std::string progress, Done<void> done);

    /// An unknown id changes nothing. Without `done` a fault goes to `on_failure`. Thread: net.
    void forget_transfer(TransferId id, Done<void> done);

    /// All of them, manifests included, in the order they were first kept. Thread: net.
    void load_transfers(Done<std::vector<KeptTransfer>> done);

    // ---- Ways into the rooms we host

    /// The room's password, if any, and its invites in the order they were made. Thread: net.
    void load_room_secrets(std::string room, Done<std::vector<RoomSecret>> done);

    /// New, or replaces the one with that id, but for whom it has let in. Without `done` a fault
    /// goes to `on_failure`. Thread: net.
    void put_room_secret(std::string room, RoomSecret secret, Done<void> done);

    /// This invite has let this key in. Thread: net.
    void put_invite_use(std::string room, std::string id, PeerId member);

    /// Also whom it has let in. An unknown id changes nothing. Thread: net.
    void forget_room_secret(std::string room, std::string id);

    /// The invites of all rooms but this one that have let this key in. Thread: net.
    void withdraw_invites_elsewhere(std::string room, PeerId member);

    /// Everybody who has proven a secret of that room, at most limits::room_members_kept_max.
    /// Thread: net.
    void load_room_members(std::string room, Done<std::vector<PeerId>> done);

    /// Thread: net.
    void put_room_member(std::string room, PeerId member, WallTime since);

    // ---- Pins

    /// A known host; `address` is the target as typed, normalised by the caller. Thread: net.
    void find_host_pin(std::string address, Done<std::optional<Pin>> done);

    /// New or changed details of the same key. Another key for a pinned address is the fault
    /// key_changed and changes nothing; forget it first. Thread: net.
    void put_host_pin(std::string address, Pin pin, Done<void> done);

    /// Thread: net.
    void forget_host_pin(std::string address, Done<void> done);

    /// In the order of their addresses, at most rows_per_read_max. Thread: net.
    void list_host_pins(Done<std::vector<HostPin>> done);

    /// Thread: net.
    void find_peer_pin(PeerId id, Done<std::optional<Pin>> done);

    /// New, or other details of the same key; whether it is verified is left as it is. Thread: net.
    void meet_peer(Pin pin);

    /// New, or replaces all but `first_seen`; `done` when it survives a power cut. Thread: net.
    void put_person(PersonPin person, Done<void> done);

    /// The newest first, verified ones before all others, at most `limit`. Thread: net.
    void load_people(std::size_t limit, Done<std::vector<PersonPin>> done);

    // ---- Rights: what the host of rooms has decided. `done` is called when it survives a power
    // ---- cut.

    /// Thread: net.
    void load_rights(Done<KeptRights> done);

    /// New, or replaces the ban on that key. Thread: net.
    void put_ban(Ban ban, Done<void> done);

    /// An unknown key changes nothing. Thread: net.
    void remove_ban(PeerId id, Done<void> done);

    /// Thread: net.
    void set_guest(PeerId id, bool is_guest, Done<void> done);

    /// Thread: net.
    void put_room_rules(RoomRules rules, Done<void> done);

  private:
    class Impl;
    Store(std::unique_ptr<Impl> impl, std::optional<std::string> notice);

    const std::optional<std::string> notice_;
    const std::unique_ptr<Impl> impl_;
};

}  // namespace dropline
