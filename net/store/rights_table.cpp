#include "net/store/rights_table.hpp"

#include <optional>
#include <utility>

#include "net/store/columns.hpp"

namespace dropline {
namespace {

Ban ban_of(const Row& row) {
    const std::int64_t until = row.integer(3);
    return {row.id<PeerId>(0), row.bytes(1), time_from_column(row.integer(2)),
            until == 0 ? std::nullopt : std::optional(time_from_column(until)), row.bytes(4)};
}

RoomRules rules_of(const Row& row) {
    const std::int64_t bytes = row.integer(1);
    return {static_cast<FileRule>(row.integer(0)),
            bytes == 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(bytes))};
}

}  // namespace

Result<KeptRights> RightsTable::load() {
    auto bans = load_bans_.rows(ban_of);
    if (!bans) return bans.fault();
    auto guests = load_guests_.rows([](const Row& row) { return row.id<PeerId>(0); });
    if (!guests) return guests.fault();
    const auto rules = load_rules_.first(rules_of);
    if (!rules) return rules.fault();
    return KeptRights{std::move(*bans), std::move(*guests), rules->value_or(RoomRules{})};
}

Result<void> RightsTable::put_ban(const Ban& ban) {
    return put_ban_.run(ban.id, ban.name, to_column(ban.since),
                        ban.until ? to_column(*ban.until) : std::int64_t{0}, ban.reason);
}

Result<void> RightsTable::remove_ban(const PeerId& id) { return remove_ban_.run(id); }

Result<void> RightsTable::set_guest(const PeerId& id, bool is_guest) {
    return is_guest ? put_guest_.run(id) : remove_guest_.run(id);
}

Result<void> RightsTable::put_rules(const RoomRules& rules) {
    return put_rules_.run(static_cast<std::int64_t>(rules.files),
                          static_cast<std::int64_t>(rules.file_bytes_max.value_or(0)));
}

}  // namespace dropline
