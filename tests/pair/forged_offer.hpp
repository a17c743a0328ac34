// Offers as no program of ours makes them, to be put into the mouth of somebody in the room.
// Thread: the test's own.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "net/wire/messages.hpp"

namespace dropline::testing {

/// Empty files of these names, all in one page.
inline wire::Offer forged_offer(const TransferId& id, std::vector<std::string> names,
                                std::uint32_t version) {
    wire::Offer offer;
    offer.transfer = id;
    offer.version = version;
    offer.files = static_cast<std::uint32_t>(names.size());
    for (std::string& name : names) offer.entries.push_back({std::move(name), 0, 0, false, false});
    return offer;
}

}  // namespace dropline::testing
