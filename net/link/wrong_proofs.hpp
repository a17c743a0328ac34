// How often somebody may be wrong about a secret, per address: the numbers are in limits.hpp.
// Thread: net. On loopback all local people share one address, so there each key counts for itself,
// and all of them together up to a higher number. Knows no clock; the caller says what time it is.
#pragma once

#include <asio/ip/address.hpp>

#include <deque>
#include <string>
#include <unordered_map>

#include "net/api/ids.hpp"
#include "net/link/clock.hpp"

namespace dropline {

class WrongProofs {
  public:
    /// Zero when whoever is there may try; else how long that takes.
    Duration locked_for(const asio::ip::address& address, const PeerId& key, TimePoint now);

    /// One more wrong proof from there.
    void note(const asio::ip::address& address, const PeerId& key, TimePoint now);

  private:
    struct Entry {
        std::deque<TimePoint> wrong;  // within the window, oldest first
        TimePoint locked_until{};
    };

    Duration locked_for(const std::string& who, TimePoint now);
    void note(const std::string& who, std::size_t wrong_max, TimePoint now);
    void forget_the_quiet(TimePoint now);

    std::unordered_map<std::string, Entry> entries_;
};

}  // namespace dropline
