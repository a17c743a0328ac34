#include "net/api/host_address.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "net/api/ascii.hpp"
#include "net/api/safe_text.hpp"

namespace dropline {

namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), port);
    const bool is_whole = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
    if (!is_whole || port == 0) return std::nullopt;
    return port;
}

/// Repeats what was typed only where that cannot be part of an invite, which holds a secret.
Fault misunderstood(std::string_view text) {
    constexpr std::size_t repeated_bytes_max = 64;
    const bool may_be_secret =
        text.size() > repeated_bytes_max || text.find_first_of("=&?") != std::string_view::npos;
    const std::string what = may_be_secret ? "This" : "'" + escape_for_display(text) + "'";
    return Fault{FaultCode::bad_request,
                 what +
                     " is not an address. Type what the host shows, such as 192.168.1.20:7788 "
                     "or [fd00::1]:7788."};
}

/// ASCII, as names travel in DNS: other letters have their xn-- form there.
bool is_host_character(char character) {
    const auto byte = static_cast<unsigned char>(character);
    return (byte < 0x80 && std::isalnum(byte) != 0) ||
           std::string_view(".-_:%").find(character) != std::string_view::npos;
}

}  // namespace

std::string HostAddress::text() const {
    const bool is_v6 = host.find(':') != std::string::npos;
    return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<HostAddress> parse_host_address(std::string_view typed) {
    // Longer than any name that DNS knows, with a zone and a port; it is repeated in the fault.
    constexpr std::size_t typed_bytes_max = 300;
    if (typed.size() > typed_bytes_max) return misunderstood(typed);
    const std::string_view text = trimmed(typed);
    std::string_view host = text;
    std::optional<std::string_view> port_text;
    const std::size_t colon = text.rfind(':');
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) return misunderstood(text);
        host = text.substr(1, end - 1);
        const std::string_view rest = text.substr(end + 1);
        if (!rest.empty() && rest[0] != ':') return misunderstood(text);
        if (!rest.empty()) port_text = rest.substr(1);
    } else if (colon != std::string_view::npos && text.find(':') == colon) {
        host = text.substr(0, colon);
        port_text = text.substr(colon + 1);
    }
    HostAddress target;
    target.host.assign(host);
    if (host.empty() || !std::all_of(host.begin(), host.end(), is_host_character)) {
        return misunderstood(text);
    }
    // What follows a % is the name of an interface, and of those each letter counts.
    const auto zone = std::ranges::find(target.host, '%');
    std::transform(target.host.begin(), zone, target.host.begin(), lower_case);
    if (port_text) {
        const auto port = parse_port(*port_text);
        if (!port) return misunderstood(text);
        target.port = *port;
    }
    return target;
}

}  // namespace dropline
