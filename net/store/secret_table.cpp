#include "net/store/secret_table.hpp"

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"
#include "net/store/columns.hpp"

namespace dropline {
namespace {

RoomSecret secret_of(const Row& row) {
    RoomSecret secret;
    secret.id = row.bytes(0);
    secret.verifier = {row.bytes(1), row.bytes(2), row.bytes(3),
                       static_cast<std::uint32_t>(row.integer(4))};
    secret.made = time_from_column(row.integer(5));
    secret.expires = time_from_column(row.integer(6));
    secret.uses_left = static_cast<std::uint32_t>(row.integer(7));
    secret.uses_max = static_cast<std::uint32_t>(row.integer(8));
    secret.is_revoked = row.integer(9) != 0;
    return secret;
}

}  // namespace

Result<std::vector<RoomSecret>> SecretTable::load(const std::string& room) {
    auto secrets = load_.rows(secret_of, room);
    if (!secrets) return secrets;
    const auto uses = load_uses_.rows(
        [](const Row& row) { return std::pair(row.bytes(0), row.id<PeerId>(1)); }, room);
    if (!uses) return uses.fault();
    for (const auto& [id, member] : *uses) {
        const auto invite = std::ranges::find(*secrets, id, &RoomSecret::id);
        if (invite != secrets->end()) invite->used_by.push_back(member);
    }
    return secrets;
}

Result<void> SecretTable::put(const std::string& room, const RoomSecret& secret) {
    const ScramVerifier& verifier = secret.verifier;
    return put_.run(
        room, secret.id, Blob{verifier.salt}, Blob{verifier.stored_key}, Blob{verifier.server_key},
        std::int64_t{verifier.iterations}, to_column(secret.made), to_column(secret.expires),
        std::int64_t{secret.uses_left}, std::int64_t{secret.uses_max}, secret.is_revoked);
}

Result<void> SecretTable::put_use(const std::string& room, const std::string& id,
                                  const PeerId& member) {
    return put_use_.run(room, id, member);
}

Result<void> SecretTable::forget(const std::string& room, const std::string& id) {
    if (auto forgotten = forget_uses_.run(room, id); !forgotten) return forgotten;
    return forget_.run(room, id);
}

Result<void> SecretTable::withdraw_elsewhere(const std::string& room, const PeerId& member) {
    return withdraw_elsewhere_.run(room, member);
}

Result<std::vector<PeerId>> SecretTable::load_members(const std::string& room) {
    return load_members_.rows([](const Row& row) { return row.id<PeerId>(0); }, room,
                              static_cast<std::int64_t>(limits::room_members_kept_max));
}

Result<void> SecretTable::put_member(const std::string& room, const PeerId& member,
                                     WallTime since) {
    return put_member_.run(room, member, to_column(since));
}

}  // namespace dropline
