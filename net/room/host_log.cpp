#include "net/room/host_log.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "net/api/limits.hpp"
#include "net/room/room_messages.hpp"

namespace dropline {

namespace {

constexpr std::uint32_t busy_ms = 1000;

void put_off(const MemberPtr& member, const wire::HistoryRequest& request, std::uint32_t wait_ms) {
    member->session->send(wire::HistoryPage{request.request, {}, true, wait_ms});
}

}  // namespace

void HostLog::open(const std::string& room_name, std::function<void(Result<void>)> done) {
    node_.store.open_room_log(room_name, [this, keep = room_.keep_alive(), done = std::move(done)](
                                             Result<std::shared_ptr<RoomLog>> log) {
        if (!log) return done(log.fault());
        log_ = std::move(*log);
        last_seq_ = log_->last_seq();
        done({});
    });
}

// ---- What is said -------------------------------------------------------------------------------

void HostLog::say(const MessageId& id, const std::string& text, const std::string& ref) {
    const Peer& self = room_.roster().self();
    const LogEntry entry{0, id, self.id, self.name, text, node_.clock.wall_now()};
    node_.events.push(event::Message{pending_message(entry)}, ref);
    append(entry, nullptr, ref);
}

void HostLog::say(const MemberPtr& author, const wire::Say& say) {
    append({0, say.id, author->peer.id, author->peer.name, say.text, node_.clock.wall_now()},
           author, {});
}

/// `author` is empty for the host's own messages.
void HostLog::append(LogEntry entry, const MemberPtr& author, const std::string& ref) {
    auto kept = entry;
    log_->append(std::move(entry), [this, keep = room_.keep_alive(), entry = std::move(kept),
                                    author, ref](Result<Appended> appended) {
        if (appended) {
            is_failing_ = false;
            on_appended(entry, *appended, author, ref);
        } else if (author) {
            on_not_appended(entry, appended.fault(), author);
        } else {
            node_.events.push(event::Error{appended.fault(), entry.id}, ref);
        }
    });
}

/// What is wrong with our disk, and where our files lie, is for our user alone.
void HostLog::on_not_appended(const LogEntry& entry, const Fault& fault, const MemberPtr& author) {
    author->session->send(wire::SayRefused{
        entry.id, "The host could not store this message. Try again later.", busy_ms});
    // A room that goes on talking would fill the screen with it.
    if (!std::exchange(is_failing_, true)) node_.events.fail(fault);
}

void HostLog::on_appended(const LogEntry& entry, const Appended& appended, const MemberPtr& author,
                          const std::string& ref) {
    LogEntry stored = entry;
    stored.seq = appended.seq;
    stored.sent_at = appended.sent_at;
    if (author) {
        author->session->send(
            wire::Sent{stored.id, stored.seq, stored.sent_at.time_since_epoch().count()});
    } else {
        node_.events.push(event::Sent{stored.id, stored.seq, stored.sent_at}, ref);
    }
    if (appended.is_duplicate) return;
    last_seq_ = std::max(last_seq_, stored.seq);
    const PeerId author_id = stored.author;
    members_.broadcast(to_wire(stored), &author_id);
    if (author) node_.events.push(event::Message{received_message(stored)});
}

// ---- What was said ------------------------------------------------------------------------------

void HostLog::show_earlier() {
    log_->read_before(
        std::nullopt, limits::history_messages_max,
        [this, keep = room_.keep_alive()](Result<std::vector<LogEntry>> entries) {
            if (!entries) return node_.events.fail(entries.fault());
            for (const LogEntry& entry : *entries) {
                node_.events.push(event::Message{earlier_message(entry, room_.roster().self().id)});
            }
        });
}

void HostLog::load_history(std::optional<std::uint64_t> before, std::size_t limit,
                           const std::string& ref) {
    log_->read_before(
        before, limit,
        [this, keep = room_.keep_alive(), ref](Result<std::vector<LogEntry>> entries) {
            if (!entries) return node_.events.fail(entries.fault(), ref);
            node_.events.push(earlier_messages(*entries, room_.roster().self().id), ref);
        });
}

void HostLog::answer(const MemberPtr& member, const wire::HistoryRequest& request,
                     std::uint64_t hidden_up_to) {
    const TimePoint now = node_.clock.now();
    RateLimit& rate = member->rates->history;
    if (!rate.take(now)) {
        return put_off(member, request, static_cast<std::uint32_t>(rate.wait(now).count()) + 1);
    }
    const bool has_a_place =
        turns_.enter(member->peer.id, [this, member, request, hidden_up_to](auto done) {
            read_for(member, request, hidden_up_to, std::move(done));
        });
    if (!has_a_place) put_off(member, request, busy_ms);
}

/// Not before it is this request's turn: only then is it known what still waits for the member.
void HostLog::read_for(const MemberPtr& member, const wire::HistoryRequest& request,
                       std::uint64_t hidden_up_to, std::function<void()> done) {
    if (member->session->is_closing()) return done();
    if (member->session->queued_bytes() >= limits::send_queue_soft_bytes) {
        put_off(member, request, busy_ms);
        return done();
    }
    auto answer = [this, keep = room_.keep_alive(), member, hidden_up_to, request,
                   done = std::move(done)](Result<std::vector<LogEntry>> entries) {
        if (entries) {
            is_reading_failing_ = false;
            std::erase_if(*entries, [hidden_up_to](const LogEntry& entry) {
                return entry.seq <= hidden_up_to;
            });
            for (auto& page : history_pages(request.request, *entries)) member->session->send(page);
        } else {
            put_off(member, request, busy_ms);
            if (!std::exchange(is_reading_failing_, true)) node_.events.fail(entries.fault());
        }
        done();
    };
    if (request.after_seq > 0) {
        // From where he may read on, or an early answer would be empty and end his asking.
        log_->read_after(std::max(request.after_seq, hidden_up_to), request.limit,
                         std::move(answer));
    } else {
        const auto before =
            request.before_seq > 0 ? std::optional(request.before_seq) : std::nullopt;
        log_->read_before(before, request.limit, std::move(answer));
    }
}

}  // namespace dropline
