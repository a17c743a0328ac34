// How many connections that nobody has admitted yet may be open, in all and per address.
// Thread: net. Loopback is exempt from the part per address: there all local people share one.
#pragma once

#include <asio/ip/address.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "net/link/clock.hpp"
#include "net/link/rate_limit.hpp"

namespace dropline {

/// One counted place among the strangers; destroying it frees the place.
using StrangerPlace = std::shared_ptr<void>;

/// What counts as one address: an IPv4 address, or the /64 that a household has of IPv6.
std::string address_group(const asio::ip::address& address);

class StrangerLimit {
  public:
    StrangerLimit();
    /// Empty when there is no place: the connection is then closed without a word.
    std::optional<StrangerPlace> enter(const asio::ip::address& address, TimePoint now);
    std::size_t count() const;

  private:
    struct Counts;
    bool may_connect(const std::string& key, TimePoint now);
    void forget_full_buckets(TimePoint now);

    std::shared_ptr<Counts> counts_;
    std::unordered_map<std::string, RateLimit> rates_;
};

}  // namespace dropline
