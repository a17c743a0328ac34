// One conversation from top to bottom: messages, cards of files, notices about people.
// Thread: ui. Room messages stand in the order of the host's numbers, whatever order they came in,
// private ones in the order in which they were kept here; a message is shown once however often it
// arrives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "net/api/values.hpp"

namespace dropline::ui {

struct MessageLine {
    ChatMessage message;
    bool is_waiting = false;  // own private message; the peer is away
    bool is_refused = false;  // own message that was not taken, and will not be sent again
};

/// Stands where an offer arrived or was made; the model's transfers say the rest.
struct TransferCard {
    TransferId transfer;
};

/// The last two warn: a name looks like another's here, or like that of a verified person.
enum class NoticeKind { joined, left, looks_alike, imitates };

/// Neighbouring notices of one kind are one: "Ann, Bo and 7 others joined".
struct Notice {
    NoticeKind kind = NoticeKind::joined;
    std::vector<std::string> names;  // the first three
    std::size_t count = 0;
    std::string reason;  // of a single leave; empty: none given
};

struct Entry {
    std::variant<MessageLine, TransferCard, Notice> body;
    WallTime at;
    std::uint32_t serial = 0;  // 0, 1, 2, … in order of arrival, never reused
};

class Timeline {
  public:
    std::size_t size() const { return entries_.size(); }
    bool is_empty() const { return entries_.empty(); }
    const Entry& at(std::size_t row) const { return *entries_[row]; }

    /// Changes whenever rows move, so that what is kept per row can be put in order again.
    /// Rows added at the end do not change it.
    std::uint64_t order_revision() const { return order_revision_; }
    /// Messages of others, earlier ones left out: what can be unread.
    std::size_t news_count() const { return news_count_; }
    /// Of all messages shown here.
    std::size_t text_bytes() const { return text_bytes_; }
    /// The smallest number of the room's log shown here.
    std::optional<std::uint64_t> oldest_seq() const;
    bool has_all_earlier() const { return has_all_earlier_; }
    /// How often earlier ones were asked for and could not be had.
    std::size_t failed_loads() const { return failed_loads_; }

    /// False when it was known already; then only its state is brought up to date.
    bool add(const ChatMessage& message);
    void add_history(const std::vector<ChatMessage>& oldest_first);
    void add_card(const TransferId& transfer, WallTime at);
    void add_notice(NoticeKind kind, const std::string& name, const std::string& reason,
                    WallTime at);
    void mark_all_earlier() { has_all_earlier_ = true; }
    void note_failed_load() { ++failed_loads_; }
    /// Lets the first `rows` rows go. Messages can be had from the log again, as earlier ones can;
    /// notices and cards cannot.
    void forget_first(std::size_t rows);

    /// These do nothing and return false when `author` has no such message in this conversation.
    /// Others may choose an id that somebody has used already: only both together name a message.
    bool mark_sent(const PeerId& author, const MessageId& id, std::uint64_t seq, WallTime sent_at);
    bool mark_delivered(const PeerId& author, const MessageId& id);
    bool mark_waiting(const PeerId& author, const MessageId& id);
    bool mark_refused(const PeerId& author, const MessageId& id);

  private:
    using EntryPtr = std::unique_ptr<Entry>;

    EntryPtr make_entry(std::variant<MessageLine, TransferCard, Notice> body, WallTime at);
    EntryPtr make_message(const ChatMessage& message);
    void place(EntryPtr entry);
    void place_by_seq(EntryPtr entry, std::uint64_t seq);
    void place_earlier_private(EntryPtr entry);
    void place_by_time(EntryPtr entry);
    void move_to_its_place(Entry* entry);
    bool update_known(const ChatMessage& message);
    bool is_forgotten(const ChatMessage& message) const;
    MessageLine* find(const PeerId& author, const MessageId& id);

    std::deque<EntryPtr> entries_;
    std::map<std::pair<PeerId, MessageId>, Entry*> by_id_;
    std::unordered_set<TransferId> cards_;
    std::uint32_t next_serial_ = 0;
    std::uint64_t order_revision_ = 0;
    std::size_t news_count_ = 0;
    std::size_t text_bytes_ = 0;
    bool has_forgotten_ = false;
    bool has_all_earlier_ = false;
    std::size_t failed_loads_ = 0;
};

}  // namespace dropline::ui
