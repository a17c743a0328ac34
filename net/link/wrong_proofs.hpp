// How often somebody may be wrong about a secret, per address: the numbers are in limits.hpp.
// Thread: net. On loopback all local people share one address, so there each key counts for itself,
// and all of them together up to a higher number. With IPv6 one machine can have any number of
// addresses: that does not buy it any number of guesses at a password. Invites and codes cannot be
// guessed, so neighbours' mistakes never keep out who has one. Knows no clock; the caller does.
#pragma once

#include <asio/ip/address.hpp>

#include <cstddef>
#include <deque>
#include <map>
#include <string>

#include "net/api/ids.hpp"
#include "net/link/address_groups.hpp"
#include "net/link/clock.hpp"

namespace dropline {

class WrongProofs {
  public:
    explicit WrongProofs(OwnAddresses own = {}) : own_(std::move(own)) {}

    /// Zero when whoever is there may try; else how long that takes.
    Duration locked_for(const asio::ip::address& address, const PeerId& key, TimePoint now) const;
    /// As above, of a password: of one IPv6 network.
    Duration password_locked_for(const asio::ip::address& address, TimePoint now) const;

    /// One more wrong proof from there.
    void note(const asio::ip::address& address, const PeerId& key, TimePoint now);
    /// It was one of a password.
    void note_password(const asio::ip::address& address, TimePoint now);

  private:
    struct Entry {
        std::deque<TimePoint> wrong;  // within the window, oldest first
        TimePoint locked_until{};

        /// From then on it says nothing any more.
        TimePoint over_at() const;
    };

    using Entries = std::map<std::string, Entry>;

    static Duration locked_for(const Entries& entries, const std::string& who, TimePoint now);
    static void note(Entries& entries, const std::string& who, std::size_t wrong_max,
                     TimePoint now);
    static void make_room(Entries& entries, TimePoint now);

    const OwnAddresses own_;
    // Of each kind its own: whoever has any number of one kind makes us forget none of another.
    Entries addresses_;
    Entries keys_;  // on loopback
    Entries networks_;
};

}  // namespace dropline
