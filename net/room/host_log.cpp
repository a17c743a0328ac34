#include "net/room/host_log.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "net/api/limits.hpp"
#include "net/room/room_messages.hpp"

namespace dropline {

namespace {

constexpr std::uint32_t busy_ms = 1000;

/// While the disk is stuck what has been passed on is kept for every member who is to hear it after
/// something of his own.
constexpr std::size_t passed_on_early_max = 200;

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
    const auto said = std::make_shared<Said>(entry.id, author, ref);
    auto numbered = entry;
    log_->append(
        std::move(entry),
        [this, keep = room_.keep_alive(), said](const Result<Appended>& appended) {
            on_disk(said, appended);
        },
        [this, keep = room_.keep_alive(), said,
         numbered = std::move(numbered)](const Result<Appended>& appended) mutable {
            if (appended->is_duplicate) return;
            numbered.seq = appended->seq;
            numbered.sent_at = appended->sent_at;
            to_pass_on_.push_back({said, std::move(numbered)});
            pass_on_what_may_be();
        });
}

void HostLog::pass_on_what_may_be() {
    while (!to_pass_on_.empty() && not_on_disk_ < passed_on_early_max) {
        const Numbered next = std::move(to_pass_on_.front());
        to_pass_on_.pop_front();
        ++not_on_disk_;
        next.said->place = hears(*next.said).await();
        pass_on(next.entry, next.said->author == nullptr);
    }
}

/// In the order of the numbers: what has been passed on is on the disk before what has not been.
void HostLog::on_disk(const std::shared_ptr<Said>& said, const Result<Appended>& appended) {
    if (!said->place) return answer_author(*said, appended);
    --not_on_disk_;
    hears(*said).fill(*said->place, [this, keep = room_.keep_alive(), said, appended] {
        answer_author(*said, appended);
    });
    pass_on_what_may_be();
}

InOrder& HostLog::hears(const Said& said) { return said.author ? said.author->hears : host_hears_; }

void HostLog::pass_on(const LogEntry& entry, bool is_own) {
    last_seq_ = std::max(last_seq_, entry.seq);
    members_.pass_on(to_wire(entry));
    if (is_own) return;
    host_hears_.tell([this, keep = room_.keep_alive(), entry] {
        node_.events.push(event::Message{received_message(entry)});
    });
}

void HostLog::answer_author(const Said& said, const Result<Appended>& appended) {
    if (appended) {
        is_failing_ = false;
        acknowledge(said, *appended);
    } else if (said.author) {
        on_not_appended(said, appended.fault());
    } else {
        node_.events.push(event::Error{appended.fault(), said.id}, said.ref);
    }
}

void HostLog::acknowledge(const Said& said, const Appended& appended) {
    if (said.author) {
        said.author->session->send(
            wire::Sent{said.id, appended.seq, appended.sent_at.time_since_epoch().count()});
    } else {
        node_.events.push(event::Sent{said.id, appended.seq, appended.sent_at}, said.ref);
    }
}

/// What is wrong with our disk, and where our files lie, is for our user alone.
void HostLog::on_not_appended(const Said& said, const Fault& fault) {
    said.author->session->send(wire::SayRefused{
        said.id, "The host could not store this message. Try again later.", busy_ms});
    // A room that goes on talking would fill the screen with it.
    if (!std::exchange(is_failing_, true)) node_.events.fail(fault);
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
