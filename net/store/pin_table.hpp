// Keys we have met, in the database.
// Thread: store, inside the transaction of its caller. It never replaces the key of a pinned
// address: whoever wants that must forget the old one first.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "net/api/fault.hpp"
#include "net/api/ids.hpp"
#include "net/store/records.hpp"
#include "net/store/sqlite.hpp"

namespace dropline {

class PinTable {
  public:
    explicit PinTable(Database& database) : database_(database) {}

    Result<std::optional<Pin>> find_host(const std::string& address);
    /// Fault key_changed when another key is pinned for the address.
    Result<void> put_host(const std::string& address, const Pin& pin);
    Result<void> forget_host(const std::string& address);
    /// In the order of the addresses, at most rows_per_read_max.
    Result<std::vector<HostPin>> list_hosts();

    Result<std::optional<Pin>> find_peer(const PeerId& id);
    /// New, or other details of the same key; a known one stays as verified as it is.
    Result<void> meet_peer(const Pin& pin);
    /// New, or replaces all but `first_seen`, the rule for offers too.
    Result<void> put_person(const PersonPin& person);
    /// The newest first, verified ones before all others, at most `limit`.
    Result<std::vector<PersonPin>> load_people(std::size_t limit);

  private:
    Database& database_;
    Statement find_host_{database_,
                         "SELECT peer, label, last_address, first_seen, is_verified"
                         " FROM host_pins WHERE address = ?1"};
    Statement put_host_{database_,
                        "INSERT INTO host_pins"
                        " (address, peer, label, last_address, first_seen, is_verified)"
                        " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (address) DO UPDATE"
                        " SET label = excluded.label, last_address = excluded.last_address,"
                        " is_verified = excluded.is_verified WHERE peer = excluded.peer"
                        " RETURNING 1"};
    Statement forget_host_{database_, "DELETE FROM host_pins WHERE address = ?1"};
    Statement find_peer_{database_,
                         "SELECT peer, label, last_address, first_seen, is_verified"
                         " FROM peer_pins WHERE peer = ?1"};
    Statement list_hosts_{database_,
                          "SELECT peer, label, last_address, first_seen, is_verified, address"
                          " FROM host_pins ORDER BY address LIMIT ?1"};
    Statement meet_peer_{database_,
                         "INSERT INTO peer_pins"
                         " (peer, label, last_address, first_seen, is_verified)"
                         " VALUES (?1, ?2, ?3, ?4, 0) ON CONFLICT (peer) DO UPDATE"
                         " SET label = excluded.label, last_address = excluded.last_address"};
    Statement load_people_{database_,
                           "SELECT peer_pins.peer, label, last_address, first_seen, is_verified,"
                           " coalesce(bytes_max, 0), into_folder, verified_as FROM peer_pins"
                           " LEFT JOIN auto_accept ON auto_accept.peer = peer_pins.peer"
                           " ORDER BY is_verified DESC, first_seen DESC LIMIT ?1"};
    Statement put_rule_{database_,
                        "INSERT INTO auto_accept (peer, bytes_max, into_folder)"
                        " VALUES (?1, ?2, ?3) ON CONFLICT (peer) DO UPDATE"
                        " SET bytes_max = excluded.bytes_max,"
                        " into_folder = excluded.into_folder"};
    Statement forget_rule_{database_, "DELETE FROM auto_accept WHERE peer = ?1"};
    Statement put_peer_{database_,
                        "INSERT INTO peer_pins"
                        " (peer, label, last_address, first_seen, is_verified, verified_as)"
                        " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (peer) DO UPDATE"
                        " SET label = excluded.label, last_address = excluded.last_address,"
                        " is_verified = excluded.is_verified,"
                        " verified_as = excluded.verified_as"};
};

}  // namespace dropline
