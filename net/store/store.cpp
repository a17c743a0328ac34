#include "net/store/store.hpp"

#include <utility>

#include "net/link/thread_check.hpp"
#include "net/store/history_file.hpp"
#include "net/store/sqlite_room_log.hpp"
#include "net/store/store_thread.hpp"

namespace dropline {

/// The store is opened before `net` runs, so the thread of its first call is taken for `net`.
class Store::Impl {
  public:
    explicit Impl(std::shared_ptr<StoreThread> store_thread) : thread_(std::move(store_thread)) {}
    ~Impl() { thread_->stop(); }  // room logs may keep it for longer
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    const std::shared_ptr<StoreThread>& thread() {
        if (!std::exchange(is_used_, true)) check_.adopt();
        check_.verify();
        return thread_;
    }

    /// For calls that may have no callback: without one only a fault is told.
    void submit(std::size_t bytes, StoreTaskOf<void>::Work work, Done<void> done = {}) {
        if (!done) {
            done = [this](const Result<void>& result) { tell_failure_once(result); };
        }
        thread()->submit<void>(bytes, std::move(work), std::move(done));
    }

    /// Answered in the order of the calls, unless it fails, and before what is kept later is told
    /// to be written.
    template <typename T>
    void read(typename StoreTaskOf<T>::Work work, Done<T> done) {
        const auto answer = std::make_shared<Done<T>>(std::move(done));
        thread()->submit<T>(
            0, std::move(work),
            [answer](Result<T> result) {
                if (*answer) (*answer)(std::move(result));
            },
            [answer](const Result<T>& result) { std::exchange(*answer, {})(result); });
    }

    std::function<void(Fault)> on_failure;

  private:
    /// A disk that has failed for good fails everything that comes after, with the same sentence.
    void tell_failure_once(const Result<void>& result) {
        if (result) return told_.clear();
        const bool is_news =
            std::exchange(told_, result.fault().sentence) != result.fault().sentence;
        if (is_news && on_failure) on_failure(result.fault());
    }

    std::string told_;
    const std::shared_ptr<StoreThread> thread_;
    ThreadCheck check_;
    bool is_used_ = false;
};

Store::Store(std::unique_ptr<Impl> impl, std::optional<std::string> notice)
    : notice_(std::move(notice)), impl_(std::move(impl)) {}

Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& database,
                                           asio::any_io_executor net) {
    auto history = open_history(database);
    if (!history) return history.fault();
    auto thread =
        std::make_shared<StoreThread>(database, std::move(history->database), std::move(net));
    auto impl = std::make_unique<Impl>(std::move(thread));
    return std::unique_ptr<Store>(new Store(std::move(impl), std::move(history->notice)));
}

void Store::on_failure(std::function<void(Fault)> handler) {
    impl_->on_failure = std::move(handler);
}

void Store::open_room_log(std::string room_name, Done<std::shared_ptr<RoomLog>> done) {
    impl_->thread()->submit<OwnLog>(
        room_name.size(),
        [room_name, new_id = random_id<LogId>()](Tables& tables) {
            return tables.logs.open_own(room_name, new_id);
        },
        [thread = impl_->thread(), done = std::move(done)](Result<OwnLog> log) {
            if (!log) return done(log.fault());
            done(std::shared_ptr<RoomLog>(std::make_shared<SqliteRoomLog>(thread, *log)));
        });
}

void Store::remember(RememberedLog log, std::vector<LogEntry> entries) {
    std::size_t bytes = 0;
    for (const LogEntry& entry : entries) {
        bytes += sizeof entry + entry.text.size() + entry.author_name.size();
    }
    impl_->submit(bytes, [log, entries = std::move(entries)](Tables& tables) {
        return tables.logs.remember(log, entries);
    });
}

void Store::forget_remembered(RememberedLog log, std::uint64_t after, std::uint64_t last) {
    if (after >= last) return;
    impl_->submit(0, [log, after, last](Tables& tables) {
        return tables.logs.forget_remembered(log, after, last);
    });
}

void Store::last_remembered_seq(RememberedLog log, Done<std::uint64_t> done) {
    const auto work = [log](Tables& tables) -> Result<std::uint64_t> {
        const auto key = tables.logs.find_remembered(log);
        if (!key) return key.fault();
        if (!*key) return std::uint64_t{0};
        return tables.logs.last_seq(**key);
    };
    impl_->read<std::uint64_t>(work, std::move(done));
}

void Store::read_remembered(RememberedLog log, std::optional<std::uint64_t> before,
                            std::size_t limit, Done<std::vector<LogEntry>> done) {
    const auto work = [log, before, limit](Tables& tables) -> Result<std::vector<LogEntry>> {
        const auto key = tables.logs.find_remembered(log);
        if (!key) return key.fault();
        if (!*key) return std::vector<LogEntry>{};
        return tables.logs.read_before(**key, before, limit);
    };
    impl_->read<std::vector<LogEntry>>(work, std::move(done));
}

void Store::put_outbox(OutboxEntry entry, Done<void> done, Written<void> written) {
    const std::size_t bytes = entry.text.size();
    impl_->thread()->submit<void>(
        bytes, [entry = std::move(entry)](Tables& tables) { return tables.outbox.put(entry); },
        std::move(done), std::move(written));
}

void Store::remove_outbox(MessageId id) {
    impl_->submit(0, [id](Tables& tables) { return tables.outbox.remove(id); });
}

void Store::load_outbox(Done<std::vector<OutboxEntry>> done) {
    impl_->read<std::vector<OutboxEntry>>([](Tables& tables) { return tables.outbox.load(); },
                                          std::move(done));
}

void Store::put_private(PeerId peer, PrivateEntry entry, Done<bool> done, Written<bool> written) {
    const std::size_t bytes = entry.text.size();
    impl_->thread()->submit<bool>(
        bytes,
        [peer, entry = std::move(entry)](Tables& tables) {
            return tables.private_messages.put(peer, entry);
        },
        std::move(done), std::move(written));
}

void Store::write_private(OutboxEntry entry, Done<void> done, Written<void> written) {
    const std::size_t bytes = 2 * entry.text.size();
    impl_->thread()->submit<void>(
        bytes,
        [entry = std::move(entry)](Tables& tables) -> Result<void> {
            if (auto put = tables.outbox.put(entry); !put) return put;
            const auto put = tables.private_messages.put(
                entry.host_or_peer, {entry.id, true, entry.text, entry.created_at, false});
            if (put) return {};
            // The batch goes on without us: nothing of this may stay in it.
            [[maybe_unused]] const auto removed = tables.outbox.remove(entry.id);
            return put.fault();
        },
        std::move(done), std::move(written));
}

void Store::confirm_private(PeerId peer, MessageId id) {
    impl_->submit(0, [peer, id](Tables& tables) {
        auto marked = tables.private_messages.mark_delivered(peer, id);
        return marked ? tables.outbox.remove(id) : marked;
    });
}

void Store::read_private(PeerId peer, std::optional<std::uint64_t> before, std::size_t limit,
                         Done<std::vector<PrivateEntry>> done) {
    impl_->read<std::vector<PrivateEntry>>(
        [peer, before, limit](Tables& tables) {
            return tables.private_messages.read(peer, before, limit);
        },
        std::move(done));
}

void Store::load_correspondents(Done<std::vector<PeerId>> done) {
    impl_->thread()->submit<std::vector<PeerId>>(
        0, [](Tables& tables) { return tables.private_messages.correspondents(rows_per_read_max); },
        std::move(done));
}

void Store::keep_transfer(KeptTransfer transfer, Done<void> done) {
    const std::size_t bytes = transfer.manifest.size() + transfer.progress.size();
    impl_->thread()->submit<void>(
        bytes,
        [transfer = std::move(transfer)](Tables& tables) {
            return tables.transfers.keep(transfer);
        },
        std::move(done));
}

void Store::update_transfer(TransferId id, WallTime touched_at, std::string progress,
                            Done<void> done) {
    const std::size_t bytes = progress.size();
    impl_->submit(
        bytes,
        [id, touched_at, progress = std::move(progress)](Tables& tables) {
            return tables.transfers.update(id, touched_at, progress);
        },
        std::move(done));
}

void Store::forget_transfer(TransferId id, Done<void> done) {
    impl_->submit(
        0, [id](Tables& tables) { return tables.transfers.forget(id); }, std::move(done));
}

void Store::load_transfers(Done<std::vector<KeptTransfer>> done) {
    impl_->thread()->submit<std::vector<KeptTransfer>>(
        0, [](Tables& tables) { return tables.transfers.load(); }, std::move(done));
}

void Store::load_room_secrets(std::string room, Done<std::vector<RoomSecret>> done) {
    impl_->thread()->submit<std::vector<RoomSecret>>(
        room.size(), [room](Tables& tables) { return tables.secrets.load(room); }, std::move(done));
}

void Store::put_room_secret(std::string room, RoomSecret secret, Done<void> done) {
    const std::size_t bytes = room.size() + secret.id.size();
    impl_->submit(
        bytes,
        [room = std::move(room), secret = std::move(secret)](Tables& tables) {
            return tables.secrets.put(room, secret);
        },
        std::move(done));
}

void Store::put_invite_use(std::string room, std::string id, PeerId member) {
    const std::size_t bytes = room.size() + id.size();
    impl_->submit(bytes, [room = std::move(room), id = std::move(id), member](Tables& tables) {
        return tables.secrets.put_use(room, id, member);
    });
}

void Store::forget_room_secret(std::string room, std::string id) {
    impl_->submit(room.size(), [room, id = std::move(id)](Tables& tables) {
        return tables.secrets.forget(room, id);
    });
}

void Store::withdraw_invites_elsewhere(std::string room, PeerId member) {
    impl_->submit(room.size(), [room, member](Tables& tables) {
        return tables.secrets.withdraw_elsewhere(room, member);
    });
}

void Store::load_room_members(std::string room, Done<std::vector<PeerId>> done) {
    impl_->thread()->submit<std::vector<PeerId>>(
        room.size(), [room](Tables& tables) { return tables.secrets.load_members(room); },
        std::move(done));
}

void Store::put_room_member(std::string room, PeerId member, WallTime since) {
    impl_->submit(room.size(), [room, member, since](Tables& tables) {
        return tables.secrets.put_member(room, member, since);
    });
}

void Store::find_host_pin(std::string address, Done<std::optional<Pin>> done) {
    impl_->thread()->submit<std::optional<Pin>>(
        address.size(), [address](Tables& tables) { return tables.pins.find_host(address); },
        std::move(done));
}

void Store::put_host_pin(std::string address, Pin pin, Done<void> done) {
    const std::size_t bytes = address.size() + pin.label.size() + pin.last_address.size();
    impl_->thread()->submit<void>(
        bytes,
        [address = std::move(address), pin = std::move(pin)](Tables& tables) {
            return tables.pins.put_host(address, pin);
        },
        std::move(done));
}

void Store::forget_host_pin(std::string address, Done<void> done) {
    impl_->thread()->submit<void>(
        address.size(), [address](Tables& tables) { return tables.pins.forget_host(address); },
        std::move(done));
}

void Store::find_peer_pin(PeerId id, Done<std::optional<Pin>> done) {
    impl_->thread()->submit<std::optional<Pin>>(
        0, [id](Tables& tables) { return tables.pins.find_peer(id); }, std::move(done));
}

void Store::list_host_pins(Done<std::vector<HostPin>> done) {
    impl_->thread()->submit<std::vector<HostPin>>(
        0, [](Tables& tables) { return tables.pins.list_hosts(); }, std::move(done));
}

void Store::meet_peer(Pin pin) {
    const std::size_t bytes = pin.label.size() + pin.last_address.size();
    impl_->submit(bytes,
                  [pin = std::move(pin)](Tables& tables) { return tables.pins.meet_peer(pin); });
}

void Store::put_person(PersonPin person, Done<void> done) {
    const std::size_t bytes = person.pin.label.size() + person.pin.last_address.size() +
                              (person.auto_accept ? person.auto_accept->into.size() : 0);
    impl_->thread()->submit<void>(
        bytes,
        [person = std::move(person)](Tables& tables) { return tables.pins.put_person(person); },
        std::move(done));
}

void Store::load_people(std::size_t limit, Done<std::vector<PersonPin>> done) {
    impl_->thread()->submit<std::vector<PersonPin>>(
        0, [limit](Tables& tables) { return tables.pins.load_people(limit); }, std::move(done));
}

void Store::load_rights(Done<KeptRights> done) {
    impl_->thread()->submit<KeptRights>(
        0, [](Tables& tables) { return tables.rights.load(); }, std::move(done));
}

void Store::put_ban(Ban ban, Done<void> done) {
    const std::size_t bytes = ban.name.size() + ban.reason.size();
    impl_->submit(
        bytes, [ban = std::move(ban)](Tables& tables) { return tables.rights.put_ban(ban); },
        std::move(done));
}

void Store::remove_ban(PeerId id, Done<void> done) {
    impl_->submit(
        0, [id](Tables& tables) { return tables.rights.remove_ban(id); }, std::move(done));
}

void Store::set_guest(PeerId id, bool is_guest, Done<void> done) {
    impl_->submit(
        0, [id, is_guest](Tables& tables) { return tables.rights.set_guest(id, is_guest); },
        std::move(done));
}

void Store::put_room_rules(RoomRules rules, Done<void> done) {
    impl_->submit(
        0, [rules](Tables& tables) { return tables.rights.put_rules(rules); }, std::move(done));
}

}  // namespace dropline
