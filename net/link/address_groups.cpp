#include "net/link/address_groups.hpp"

#include <algorithm>
#include <cstddef>

#include "net/link/network.hpp"

namespace dropline {

namespace {

constexpr std::size_t household_bytes = 8;
constexpr std::size_t site_bytes = 6;

std::string prefix(const asio::ip::address_v6& v6, std::size_t count) {
    const auto bytes = v6.to_bytes();
    return "v6:" + std::string(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
}

bool is_neighbour(const asio::ip::address_v6& v6, const OwnAddresses& own) {
    constexpr unsigned char unique_local_mask = 0xFE;
    constexpr unsigned char unique_local = 0xFC;
    const bool is_unique_local = (v6.to_bytes()[0] & unique_local_mask) == unique_local;
    if (v6.is_link_local() || is_unique_local) return true;
    if (!own) return false;
    return std::ranges::any_of(own(), [&v6](const asio::ip::address& ours) {
        return ours.is_v6() && !ours.is_loopback() &&
               prefix(ours.to_v6(), household_bytes) == prefix(v6, household_bytes);
    });
}

AddressGroups groups_of_v4(const asio::ip::address_v4& v4) {
    constexpr unsigned host_bits = 8;
    return {v4.to_string(), "v4:" + std::to_string(v4.to_uint() >> host_bits), false, false};
}

}  // namespace

AddressGroups groups_of(const asio::ip::address& address, const OwnAddresses& own) {
    const asio::ip::address plain = plain_address(address);
    if (plain.is_loopback()) return {"loopback", "loopback", true, false};
    if (plain.is_v4()) return groups_of_v4(plain.to_v4());
    const auto v6 = plain.to_v6();
    constexpr std::size_t all_bytes = 16;
    if (is_neighbour(v6, own)) {
        return {prefix(v6, all_bytes), prefix(v6, household_bytes), false, true};
    }
    return {prefix(v6, household_bytes), prefix(v6, site_bytes), false, true};
}

}  // namespace dropline
