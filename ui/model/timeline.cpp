#include "ui/model/timeline.hpp"

#include <algorithm>
#include <limits>

#include "net/api/safe_text.hpp"
#include "ui/model/shown_text.hpp"

namespace dropline::ui {
namespace {

constexpr std::size_t notice_names_max = 3;

/// A pending message will get a number larger than any seen so far. Empty: not a room message.
std::optional<std::uint64_t> seq_of(const Entry& entry) {
    const auto* line = std::get_if<MessageLine>(&entry.body);
    if (!line || !line->message.conversation.is_everyone()) return std::nullopt;
    return line->message.seq == 0 ? std::numeric_limits<std::uint64_t>::max() : line->message.seq;
}

}  // namespace

Timeline::EntryPtr Timeline::make_entry(std::variant<MessageLine, TransferCard, Notice> body,
                                        WallTime at) {
    return std::make_unique<Entry>(Entry{std::move(body), at, next_serial_++});
}

Timeline::EntryPtr Timeline::make_message(const ChatMessage& message) {
    EntryPtr entry = make_entry(MessageLine{message, false}, message.sent_at);
    std::string& text = std::get<MessageLine>(entry->body).message.text;
    text = shown_text(text);
    text_bytes_ += text.size();
    return entry;
}

std::optional<std::uint64_t> Timeline::oldest_seq() const {
    for (const EntryPtr& entry : entries_) {
        const auto* line = std::get_if<MessageLine>(&entry->body);
        if (line && line->message.seq != 0) return line->message.seq;
    }
    return std::nullopt;
}

bool Timeline::add(const ChatMessage& message) {
    if (update_known(message) || is_forgotten(message)) return false;
    EntryPtr entry = make_message(message);
    by_id_[{message.from, message.id}] = entry.get();
    if (message.state == MessageState::received && !message.is_earlier) ++news_count_;
    place(std::move(entry));
    return true;
}

void Timeline::add_history(const std::vector<ChatMessage>& oldest_first) {
    // Newest first: each then belongs at the very front, where inserting costs nothing.
    for (auto message = oldest_first.rbegin(); message != oldest_first.rend(); ++message) {
        if (update_known(*message)) continue;
        EntryPtr entry = make_message(*message);
        by_id_[{message->from, message->id}] = entry.get();
        if (message->seq == 0) {
            place_by_time(std::move(entry));
        } else if (message->conversation.is_everyone()) {
            place_by_seq(std::move(entry), message->seq);
        } else {
            place_earlier_private(std::move(entry));
        }
    }
}

void Timeline::add_card(const TransferId& transfer, WallTime at) {
    if (!cards_.insert(transfer).second) return;
    entries_.push_back(make_entry(TransferCard{transfer}, at));
}

void Timeline::add_notice(NoticeKind kind, const std::string& name, const std::string& reason,
                          WallTime at) {
    Notice* last = entries_.empty() ? nullptr : std::get_if<Notice>(&entries_.back()->body);
    if (last && last->kind == kind && last->reason.empty() && reason.empty()) {
        if (last->names.size() < notice_names_max) last->names.push_back(name);
        ++last->count;
        entries_.back()->at = at;
        return;
    }
    entries_.push_back(make_entry(Notice{kind, {name}, 1, escape_for_display(reason)}, at));
}

void Timeline::forget_first(std::size_t rows) {
    rows = std::min(rows, entries_.size());
    if (rows == 0) return;
    for (std::size_t row = 0; row < rows; ++row) {
        if (const auto* line = std::get_if<MessageLine>(&entries_[row]->body)) {
            text_bytes_ -= line->message.text.size();
            by_id_.erase({line->message.from, line->message.id});
        }
    }
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(rows));
    has_forgotten_ = true;
    has_all_earlier_ = false;
    ++order_revision_;
}

/// It stands before the rows kept: it comes back with those around it, or a hole would be shown as
/// if nothing were missing.
bool Timeline::is_forgotten(const ChatMessage& message) const {
    if (!has_forgotten_ || !message.is_earlier || message.seq == 0) return false;
    const std::optional<std::uint64_t> oldest = oldest_seq();
    return oldest && message.seq < *oldest;
}

bool Timeline::mark_sent(const PeerId& author, const MessageId& id, std::uint64_t seq,
                         WallTime sent_at) {
    const auto found = by_id_.find({author, id});
    if (found == by_id_.end()) return false;
    Entry* entry = found->second;
    MessageLine& line = std::get<MessageLine>(entry->body);
    line.message.seq = seq;
    line.message.sent_at = sent_at;
    line.message.state = MessageState::stored;
    line.is_waiting = line.is_refused = false;
    entry->at = sent_at;
    move_to_its_place(entry);
    return true;
}

bool Timeline::mark_delivered(const PeerId& author, const MessageId& id) {
    MessageLine* line = find(author, id);
    if (!line) return false;
    line->message.state = MessageState::stored;
    line->is_waiting = false;
    return true;
}

bool Timeline::mark_waiting(const PeerId& author, const MessageId& id) {
    MessageLine* line = find(author, id);
    if (!line || line->message.state == MessageState::stored) return false;
    line->is_waiting = true;
    return true;
}

bool Timeline::mark_refused(const PeerId& author, const MessageId& id) {
    MessageLine* line = find(author, id);
    if (!line || line->message.state == MessageState::stored) return false;
    line->is_refused = true;
    return true;
}

MessageLine* Timeline::find(const PeerId& author, const MessageId& id) {
    const auto found = by_id_.find({author, id});
    return found == by_id_.end() ? nullptr : &std::get<MessageLine>(found->second->body);
}

bool Timeline::update_known(const ChatMessage& message) {
    MessageLine* line = find(message.from, message.id);
    if (!line) return false;
    const bool is_numbered_now = line->message.seq == 0 && message.seq != 0;
    if (is_numbered_now && message.conversation.is_everyone()) {
        mark_sent(message.from, message.id, message.seq, message.sent_at);
        return true;
    }
    if (is_numbered_now) line->message.seq = message.seq;
    if (message.state == MessageState::stored) {
        line->message.state = MessageState::stored;
        line->is_waiting = false;
    }
    return true;
}

void Timeline::place(EntryPtr entry) {
    const std::optional<std::uint64_t> seq = seq_of(*entry);
    if (seq) {
        place_by_seq(std::move(entry), *seq);
    } else if (std::get<MessageLine>(entry->body).message.is_earlier) {
        place_by_time(std::move(entry));
    } else {
        entries_.push_back(std::move(entry));
    }
}

void Timeline::place_by_seq(EntryPtr entry, std::uint64_t seq) {
    const std::optional<std::uint64_t> oldest = oldest_seq();
    auto where = entries_.end();
    if (oldest && seq < *oldest) {
        where = std::find_if(entries_.begin(), entries_.end(), [&](const EntryPtr& other) {
            return seq_of(*other).value_or(0) > seq;
        });
    } else {
        for (auto other = entries_.end(); other != entries_.begin();) {
            --other;
            const std::optional<std::uint64_t> other_seq = seq_of(**other);
            if (!other_seq) continue;
            if (*other_seq <= seq) break;
            where = other;
        }
    }
    if (where != entries_.end()) ++order_revision_;
    entries_.insert(where, std::move(entry));
}

/// By the number in our own store: when it was said is what the other side's clock says. What has
/// no number yet has come since.
void Timeline::place_earlier_private(EntryPtr entry) {
    const std::uint64_t seq = std::get<MessageLine>(entry->body).message.seq;
    auto next = std::ranges::find_if(entries_, [seq](const EntryPtr& other) {
        const auto* line = std::get_if<MessageLine>(&other->body);
        return line && (line->message.seq == 0 || line->message.seq > seq);
    });
    if (next == entries_.end()) return place_by_time(std::move(entry));
    // Above a card that came later, as of an offer made before the conversation was opened.
    const auto is_later_card = [&entry](const EntryPtr& other) {
        return !std::holds_alternative<MessageLine>(other->body) && other->at > entry->at;
    };
    while (next != entries_.begin() && is_later_card(*std::prev(next))) --next;
    ++order_revision_;
    entries_.insert(next, std::move(entry));
}

void Timeline::place_by_time(EntryPtr entry) {
    const auto where = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const EntryPtr& other) { return other->at > entry->at; });
    if (where != entries_.end()) ++order_revision_;
    entries_.insert(where, std::move(entry));
}

void Timeline::move_to_its_place(Entry* entry) {
    const std::optional<std::uint64_t> seq = seq_of(*entry);
    if (!seq) return;
    const auto here = std::find_if(entries_.rbegin(), entries_.rend(),
                                   [&](const EntryPtr& other) { return other.get() == entry; });
    EntryPtr moving = std::move(*here);
    entries_.erase(std::next(here).base());
    ++order_revision_;
    place_by_seq(std::move(moving), *seq);
}

}  // namespace dropline::ui
