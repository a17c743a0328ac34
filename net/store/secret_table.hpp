// The ways into the rooms we host: what judges their secrets, and who has proven one.
// Thread: store, inside the transaction of its caller. It never sees a secret itself.
#pragma once

#include <string>
#include <vector>

#include "net/api/fault.hpp"
#include "net/api/ids.hpp"
#include "net/store/records.hpp"
#include "net/store/sqlite.hpp"

namespace dropline {

class SecretTable {
  public:
    explicit SecretTable(Database& database) : database_(database) {}

    Result<std::vector<RoomSecret>> load(const std::string& room);
    Result<void> put(const std::string& room, const RoomSecret& secret);
    Result<void> put_use(const std::string& room, const std::string& id, const PeerId& member);
    Result<void> forget(const std::string& room, const std::string& id);
    Result<void> withdraw_elsewhere(const std::string& room, const PeerId& member);

    Result<std::vector<PeerId>> load_members(const std::string& room);
    Result<void> put_member(const std::string& room, const PeerId& member, WallTime since);

  private:
    Database& database_;
    Statement load_{database_,
                    "SELECT id, salt, stored_key, server_key, iterations, made, expires,"
                    " uses_left, uses_max, is_revoked FROM room_secrets WHERE room = ?1"
                    " ORDER BY key"};
    Statement put_{database_,
                   "INSERT INTO room_secrets (room, id, salt, stored_key, server_key, iterations,"
                   " made, expires, uses_left, uses_max, is_revoked)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
                   " ON CONFLICT (room, id) DO UPDATE SET salt = excluded.salt,"
                   " stored_key = excluded.stored_key, server_key = excluded.server_key,"
                   " iterations = excluded.iterations, made = excluded.made,"
                   " expires = excluded.expires, uses_left = excluded.uses_left,"
                   " uses_max = excluded.uses_max, is_revoked = excluded.is_revoked"};
    Statement load_uses_{database_,
                         "SELECT invite, peer FROM invite_uses WHERE room = ?1 ORDER BY peer"};
    Statement put_use_{database_,
                       "INSERT INTO invite_uses (room, invite, peer) VALUES (?1, ?2, ?3)"
                       " ON CONFLICT (room, invite, peer) DO NOTHING"};
    Statement forget_{database_, "DELETE FROM room_secrets WHERE room = ?1 AND id = ?2"};
    Statement forget_uses_{database_, "DELETE FROM invite_uses WHERE room = ?1 AND invite = ?2"};
    // One that is used up says so, whatever becomes of whom it has let in.
    Statement withdraw_elsewhere_{
        database_,
        "UPDATE room_secrets SET is_revoked = 1 WHERE room <> ?1 AND uses_left > 0 AND EXISTS"
        " (SELECT 1 FROM invite_uses WHERE invite_uses.room = room_secrets.room"
        " AND invite = id AND peer = ?2)"};
    Statement load_members_{database_,
                            "SELECT peer FROM room_members WHERE room = ?1"
                            " ORDER BY since DESC LIMIT ?2"};
    Statement put_member_{database_,
                          "INSERT INTO room_members (room, peer, since) VALUES (?1, ?2, ?3)"
                          " ON CONFLICT (room, peer) DO NOTHING"};
};

}  // namespace dropline
