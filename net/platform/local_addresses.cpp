#include "net/platform/local_addresses.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace dropline {

namespace {

/// Lower is better; negative: not worth telling anybody.
int rank(const ifaddrs& entry) {
    const bool is_loopback = (entry.ifa_flags & IFF_LOOPBACK) != 0;
    if (entry.ifa_addr->sa_family == AF_INET) return is_loopback ? 2 : 0;
    if (entry.ifa_addr->sa_family != AF_INET6) return -1;
    sockaddr_in6 address{};
    std::memcpy(&address, entry.ifa_addr, sizeof address);
    if (IN6_IS_ADDR_LINKLOCAL(&address.sin6_addr)) return -1;
    return is_loopback ? 3 : 1;
}

std::string address_text(const sockaddr& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    } else {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &address, sizeof v6);
        inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    }
    return text.data();
}

}  // namespace

std::vector<std::string> reachable_local_addresses() {
    ifaddrs* entries = nullptr;
    if (getifaddrs(&entries) != 0) return {};
    std::vector<std::pair<int, std::string>> ranked;
    for (const ifaddrs* entry = entries; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0) continue;
        const int order = rank(*entry);
        if (order >= 0) ranked.emplace_back(order, address_text(*entry->ifa_addr));
    }
    freeifaddrs(entries);
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> addresses;
    addresses.reserve(ranked.size());
    for (auto& [order, text] : ranked) addresses.push_back(std::move(text));
    return addresses;
}

}  // namespace dropline
