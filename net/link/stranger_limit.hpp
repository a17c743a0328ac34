// How many connections that nobody has admitted yet may be open, in all and per address, and which
// of them gives way when all places are taken.
// Thread: net. No crowd can hold the door: whoever comes last always gets a place, at the cost of
// the largest crowd. Knows no socket and no clock. Loopback is exempt from the numbers per address:
// there all local people share one. Whoever somebody here waits for is no stranger, which shows
// only once they have spoken: such a connection gets in above the numbers, and costs its address
// nothing.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/link/address_groups.hpp"
#include "net/link/clock.hpp"
#include "net/link/rate_limit.hpp"

namespace dropline {

/// One counted place among the strangers; destroying it frees the place.
class StrangerSeat {
  public:
    struct Table;

    /// `is_charged`: it has taken of the rate of its address.
    StrangerSeat(std::shared_ptr<Table> table, AddressGroups groups, bool is_charged);
    ~StrangerSeat();
    StrangerSeat(const StrangerSeat&) = delete;
    StrangerSeat& operator=(const StrangerSeat&) = delete;

    /// Whoever came turned out to be no stranger: as if their address had not been used. Once.
    void give_rate_back(TimePoint now);

    /// TLS is up: it has done more than to be silent.
    void note_greeted() { is_greeted_ = true; }

    /// Called when the place is needed for a newcomer, at once when that has happened already. It
    /// replaces the one before; empty: nobody is told.
    void on_give_way(std::function<void()> close);

  private:
    friend struct Table;

    const std::shared_ptr<Table> table_;
    const AddressGroups groups_;
    std::function<void()> close_;
    bool is_charged_;
    bool is_greeted_ = false;
    bool has_given_way_ = false;
};
using StrangerPlace = std::shared_ptr<StrangerSeat>;

/// True when somebody in the room may have sent a connection from this address
/// (`AddressGroups::address`); that one is then expected no more.
using ExpectOne = std::function<bool(const std::string& address)>;

class StrangerLimit {
  public:
    /// `expect_one` may be empty; it is asked when strangers from there would be turned away.
    explicit StrangerLimit(OwnAddresses own = {}, ExpectOne expect_one = {});
    /// Empty when this address has too many, or comes too often: the connection is then closed
    /// without a word.
    std::optional<StrangerPlace> enter(const asio::ip::address& address, TimePoint now);
    std::size_t count() const;

  private:
    bool charge(const std::string& address, TimePoint now);

    const OwnAddresses own_;
    const ExpectOne expect_one_;
    std::shared_ptr<StrangerSeat::Table> table_;
};

}  // namespace dropline
