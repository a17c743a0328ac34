#include "net/store/mail_table.hpp"

#include <algorithm>
#include <limits>

#include "net/store/columns.hpp"

namespace dropline {
namespace {

OutboxEntry outbox_entry_of(const Row& row) {
    OutboxEntry entry;
    entry.id = row.id<MessageId>(0);
    entry.host_or_peer = row.id<PeerId>(1);
    entry.is_private = row.integer(2) != 0;
    entry.text = row.bytes(3);
    entry.created_at = time_from_column(row.integer(4));
    entry.log = row.id<LogId>(5);
    return entry;
}

PrivateEntry private_entry_of(const Row& row) {
    PrivateEntry entry;
    entry.id = row.id<MessageId>(0);
    entry.is_outgoing = row.integer(1) != 0;
    entry.text = row.bytes(2);
    entry.sent_at = time_from_column(row.integer(3));
    entry.is_delivered = row.integer(4) != 0;
    entry.number = static_cast<std::uint64_t>(row.integer(5));
    return entry;
}

}  // namespace

Result<void> OutboxTable::put(const OutboxEntry& entry) {
    return put_.run(entry.id, entry.host_or_peer, entry.is_private, entry.text,
                    to_column(entry.created_at), entry.log);
}

Result<void> OutboxTable::remove(const MessageId& id) { return remove_.run(id); }

Result<std::vector<OutboxEntry>> OutboxTable::load() { return load_.rows(outbox_entry_of); }

Result<bool> PrivateTable::put(const PeerId& peer, const PrivateEntry& entry) {
    const auto key = put_.first(first_integer, peer, entry.is_outgoing, entry.id, entry.text,
                                to_column(entry.sent_at), entry.is_delivered);
    if (!key) return key.fault();
    return key->has_value();
}

Result<void> PrivateTable::mark_delivered(const PeerId& peer, const MessageId& id) {
    return mark_delivered_.run(peer, id);
}

Result<std::vector<PrivateEntry>> PrivateTable::read(const PeerId& peer,
                                                     std::optional<std::uint64_t> before,
                                                     std::size_t limit) {
    const std::int64_t before_key = seq_to_column(before.value_or(seq_max));
    auto entries = read_.rows(private_entry_of, peer, before_key, limit_to_column(limit));
    if (entries) std::reverse(entries->begin(), entries->end());
    return entries;
}

Result<std::vector<PeerId>> PrivateTable::correspondents(std::size_t limit) {
    return correspondents_.rows([](const Row& row) { return row.id<PeerId>(0); },
                                limit_to_column(limit));
}

}  // namespace dropline
