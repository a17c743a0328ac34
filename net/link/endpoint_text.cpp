#include <charconv>
#include <optional>
#include <string_view>

#include "net/link/network.hpp"

namespace dropline {

asio::ip::address plain_address(const asio::ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    }
    return address;
}

std::string endpoint_text(const Endpoint& endpoint) {
    const auto address = plain_address(endpoint.address());
    const std::string port = std::to_string(endpoint.port());
    if (address.is_v4()) return address.to_string() + ":" + port;
    return "[" + address.to_string() + "]:" + port;
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const std::string_view port_text = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return std::nullopt;
    }
    std::uint16_t port = 0;
    const auto parsed =
        std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
    if (parsed.ec != std::errc{} || parsed.ptr != port_text.data() + port_text.size()) {
        return std::nullopt;
    }
    std::error_code error;
    const auto address = asio::ip::make_address(std::string(host), error);
    if (error) return std::nullopt;
    return Endpoint(plain_address(address), port);
}

}  // namespace dropline
