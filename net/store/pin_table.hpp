// Keys we have met, in the database.
// Thread: store, inside the transaction of its caller. It never replaces the key of a pinned
// address: whoever wants that must forget the old one first.
#pragma once

#include <optional>
#include <string>

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

    Result<std::optional<Pin>> find_peer(const PeerId& id);
    Result<void> put_peer(const Pin& pin);

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
    Statement put_peer_{database_,
                        "INSERT INTO peer_pins"
                        " (peer, label, last_address, first_seen, is_verified)"
                        " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (peer) DO UPDATE"
                        " SET label = excluded.label, last_address = excluded.last_address,"
                        " is_verified = excluded.is_verified"};
};

}  // namespace dropline
