// What this profile has decided about others in the rooms it hosts: bans, guests, the rules.
// Thread: store, inside the transaction of its caller. It judges nobody.
#pragma once

#include "net/api/fault.hpp"
#include "net/api/ids.hpp"
#include "net/store/records.hpp"
#include "net/store/sqlite.hpp"

namespace dropline {

class RightsTable {
  public:
    explicit RightsTable(Database& database) : database_(database) {}

    /// Bans in the order they were made; those that have run out are among them.
    Result<KeptRights> load();
    /// Replaces the ban on the same key.
    Result<void> put_ban(const Ban& ban);
    Result<void> remove_ban(const PeerId& id);
    Result<void> set_guest(const PeerId& id, bool is_guest);
    Result<void> put_rules(const RoomRules& rules);

  private:
    Database& database_;
    Statement load_bans_{database_,
                         "SELECT peer, name, since, COALESCE(until, 0), reason FROM bans"
                         " ORDER BY since, peer"};
    Statement put_ban_{database_,
                       "INSERT OR REPLACE INTO bans (peer, name, since, until, reason)"
                       " VALUES (?1, ?2, ?3, NULLIF(?4, 0), ?5)"};
    Statement remove_ban_{database_, "DELETE FROM bans WHERE peer = ?1"};
    Statement load_guests_{database_, "SELECT peer FROM guests ORDER BY peer"};
    Statement put_guest_{database_, "INSERT OR IGNORE INTO guests (peer) VALUES (?1)"};
    Statement remove_guest_{database_, "DELETE FROM guests WHERE peer = ?1"};
    Statement load_rules_{database_, "SELECT files, file_bytes_max FROM room_rules"};
    Statement put_rules_{database_,
                         "INSERT OR REPLACE INTO room_rules (key, files, file_bytes_max)"
                         " VALUES (1, ?1, ?2)"};
};

}  // namespace dropline
