#include "net/trust/invite.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "net/api/ascii.hpp"
#include "net/api/base32.hpp"
#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/api/unicode.hpp"
#include "net/trust/hkdf.hpp"

namespace dropline {

namespace {

constexpr std::string_view scheme = "dropline:";
constexpr std::size_t token_bytes = 16;
constexpr std::size_t token_characters = 26;
constexpr std::size_t key_characters = 52;

Fault broken(const std::string& what) {
    return Fault{FaultCode::bad_request, "This is not a whole invite: " + what +
                                             ". Copy all of the link, or ask for it again."};
}

// ---- Percent-encoding (RFC 3986) ----------------------------------------------------------------

bool is_unreserved(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           is_digit(letter) || std::string_view("-._~").find(letter) != std::string_view::npos;
}

std::string percent_encoded(std::string_view text, std::string_view also_plain) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char letter : text) {
        if (is_unreserved(letter) || also_plain.find(letter) != std::string_view::npos) {
            encoded += letter;
            continue;
        }
        const auto byte = static_cast<unsigned char>(letter);
        encoded += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
    return encoded;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        const auto byte = from_hex(text.substr(i + 1, 2));
        if (!byte || byte->size() != 1) return std::nullopt;
        decoded += *byte;
        i += 2;
    }
    return decoded;
}

// ---- The parts of a link ------------------------------------------------------------------------

struct Parts {
    std::optional<std::string> addresses;  // h
    std::optional<std::string> key;        // k
    std::optional<std::string> token;      // t
    std::optional<std::string> room;       // n
    std::optional<std::string> uses;       // u
};

std::optional<std::string>* part_of(Parts& parts, std::string_view name) {
    if (name == "h") return &parts.addresses;
    if (name == "k") return &parts.key;
    if (name == "t") return &parts.token;
    if (name == "n") return &parts.room;
    if (name == "u") return &parts.uses;
    return nullptr;
}

/// A part that stands there twice could mean one thing to us and another to somebody else.
Result<Parts> read_parts(std::string_view query) {
    Parts parts;
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view part = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        const std::size_t equals = part.find('=');
        if (equals == std::string_view::npos) return broken("a part of it has no value");
        auto* known = part_of(parts, part.substr(0, equals));
        if (known == nullptr) continue;  // of a later version
        if (*known) return broken("a part of it is there twice");
        *known = percent_decoded(part.substr(equals + 1));
        if (!*known) return broken("it has a broken escape");
    }
    return parts;
}

Result<std::vector<HostAddress>> read_addresses(std::string_view list) {
    std::vector<HostAddress> addresses;
    for (;;) {
        const std::size_t comma = list.find(',');
        auto address = parse_host_address(list.substr(0, comma));
        if (!address) return broken("one of its addresses cannot be read");
        if (addresses.size() == limits::invite_addresses_max) {
            return broken("it has too many addresses");
        }
        addresses.push_back(std::move(*address));
        if (comma == std::string_view::npos) return addresses;
        list.remove_prefix(comma + 1);
    }
}

/// A name is for show: an impossible one is none.
std::string read_room(const std::optional<std::string>& text) {
    if (!text || !is_valid_utf8(*text)) return {};
    auto name = make_safe_person_name(*text);
    return name ? std::move(*name) : std::string();
}

std::optional<std::string_view> query_of(std::string_view link) {
    for (const std::string_view begin :
         {"dropline://join?", "dropline://join/?", "dropline:join?"}) {
        if (link.starts_with(begin)) return link.substr(begin.size());
    }
    return std::nullopt;
}

}  // namespace

bool looks_like_invite(std::string_view text) { return text.starts_with(scheme); }

std::string invite_link(const Invite& invite) {
    std::string addresses;
    for (const HostAddress& address : invite.addresses) {
        addresses += (addresses.empty() ? "" : ",") + percent_encoded(address.text(), ":[]");
    }
    std::string link = "dropline://join?h=" + addresses + "&k=" + to_text(invite.host) +
                       "&t=" + std::string(invite.token.view());
    if (!invite.room.empty()) link += "&n=" + percent_encoded(invite.room, "");
    if (invite.is_single_use) link += "&u=1";
    return link;
}

Result<Invite> parse_invite(std::string_view link) {
    if (link.size() > limits::invite_bytes_max) return broken("it is too long");
    const auto query = query_of(link);
    if (!query) return broken("it does not begin with dropline://join?");
    auto parts = read_parts(*query);
    if (!parts) return parts.fault();
    if (!parts->addresses || !parts->key || !parts->token) return broken("the end is missing");
    auto addresses = read_addresses(*parts->addresses);
    if (!addresses) return addresses.fault();
    for (std::string* part : {&*parts->key, &*parts->token}) {
        std::transform(part->begin(), part->end(), part->begin(), upper_case);
    }
    const auto key = parts->key->size() == key_characters ? from_base32(*parts->key)
                                                          : std::optional<std::string>{};
    const auto host = key ? PeerId::from_bytes(*key) : std::optional<PeerId>{};
    if (!host || host->is_zero()) return broken("the host's key in it is damaged");
    Secret token = Secret::take(*parts->token);
    if (token.view().size() != token_characters || !from_base32(token.view())) {
        return broken("the token in it is damaged");
    }
    return Invite{std::move(*addresses), *host, std::move(token), read_room(parts->room),
                  parts->uses == "1"};
}

Secret make_invite_token() {
    std::string bytes(token_bytes, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), token_bytes) != 1) {
        throw std::runtime_error("the system's random generator failed");
    }
    std::string text = to_base32(bytes);
    wipe(bytes);
    return Secret::take(text);
}

std::string invite_id(const Secret& token) {
    constexpr std::size_t id_bytes = 8;
    std::string key = from_base32(token.view()).value_or("");
    const std::string id = hkdf_sha256(key, "dropline invite", id_bytes);
    wipe(key);
    return to_hex(id);
}

}  // namespace dropline
