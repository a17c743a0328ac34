#include "ui/model/links.hpp"

#include <unicode/uidna.h>
#include <unicode/uspoof.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "net/api/ascii.hpp"
#include "net/api/safe_text.hpp"
#include "net/api/unicode.hpp"

namespace dropline::ui {
namespace {

constexpr std::array<std::string_view, 2> schemes{"https://", "http://"};

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// The scheme at the beginning of `text`; empty when there is none of ours.
std::string_view scheme_of(std::string_view text) {
    for (const std::string_view scheme : schemes) {
        const auto is_same = [](char a, char b) { return lower_case(a) == b; };
        if (text.size() > scheme.size() &&
            std::ranges::equal(text.substr(0, scheme.size()), scheme, is_same)) {
            return scheme;
        }
    }
    return {};
}

/// What browsers disagree about, or a reader cannot see, ends a link.
bool can_be_in_link(char32_t c) {
    constexpr std::u32string_view ends = U"\\\"<>`{}|^";
    return !is_white_space(c) && !is_control(c) && !is_invisible(c) && !is_noncharacter(c) &&
           ends.find(c) == ends.npos;
}

std::size_t end_of_link(std::string_view text, std::size_t begin) {
    std::size_t end = begin;
    while (end < text.size()) {
        const Utf8Step step = first_character(text.substr(end));
        if (!step.character || !can_be_in_link(*step.character)) break;
        end += step.bytes;
    }
    return end;
}

/// Where the scheme before this "://" begins, not before `from`; npos when it is none of ours.
std::size_t begin_of_link(std::string_view text, std::size_t from, std::size_t colon) {
    for (const std::string_view scheme : schemes) {
        const std::size_t letters = scheme.size() - 3;
        if (colon < from + letters) continue;
        const std::size_t begin = colon - letters;
        if (scheme_of(text.substr(begin)) != scheme) continue;
        // "view-source:" and "xhttp" are other schemes.
        const char before = begin == 0 ? ' ' : lower_case(text[begin - 1]);
        const bool is_longer = (before >= 'a' && before <= 'z') ||
                               std::string_view("0123456789+-.:").find(before) != text.npos;
        return is_longer ? text.npos : begin;
    }
    return text.npos;
}

/// "(see https://example.org/)." ends before the bracket and the stop.
std::string_view without_punctuation(std::string_view link) {
    constexpr std::string_view stops = ".,;:!?'\")]}*_~";
    while (!link.empty() && stops.find(link.back()) != stops.npos) {
        const bool closes_its_own =
            link.back() == ')' && std::ranges::count(link, '(') >= std::ranges::count(link, ')');
        if (closes_its_own) break;
        link.remove_suffix(1);
    }
    return link;
}

struct CloseIdna {
    void operator()(UIDNA* idna) const { uidna_close(idna); }
};

/// A host's name as the network knows it; empty when it is none.
std::string ascii_host(std::string_view host) {
    UErrorCode status = U_ZERO_ERROR;
    constexpr std::uint32_t rules =
        UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ;
    const std::unique_ptr<UIDNA, CloseIdna> idna(uidna_openUTS46(rules, &status));
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    std::array<char, 256> ascii{};
    const std::int32_t length = uidna_nameToASCII_UTF8(
        idna.get(), host.data(), static_cast<std::int32_t>(host.size()), ascii.data(),
        static_cast<std::int32_t>(ascii.size()), &info, &status);
    const bool is_name = U_SUCCESS(status) != 0 && info.errors == 0 && length > 0 &&
                         static_cast<std::size_t>(length) < ascii.size();
    return is_name ? std::string(ascii.data(), static_cast<std::size_t>(length)) : std::string();
}

bool is_plain_host(std::string_view host) {
    return std::ranges::all_of(host, [](char c) {
        const char small = lower_case(c);
        return (small >= 'a' && small <= 'z') || is_digit(c) || c == '-' || c == '.';
    });
}

bool is_ipv6(std::string_view host) {
    if (host.size() < 4 || host.front() != '[' || host.back() != ']') return false;
    const std::string_view digits = host.substr(1, host.size() - 2);
    return digits.find_first_not_of("0123456789abcdefABCDEF:.") == digits.npos;
}

struct CloseChecker {
    void operator()(USpoofChecker* checker) const { uspoof_close(checker); }
};

bool mixes_scripts(std::string_view host) {
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<USpoofChecker, CloseChecker> checker(uspoof_open(&status));
    if (U_FAILURE(status) != 0) return true;
    uspoof_setRestrictionLevel(checker.get(), USPOOF_HIGHLY_RESTRICTIVE);
    uspoof_setChecks(checker.get(), USPOOF_RESTRICTION_LEVEL, &status);
    const std::int32_t found = uspoof_checkUTF8(
        checker.get(), host.data(), static_cast<std::int32_t>(host.size()), nullptr, &status);
    return U_FAILURE(status) != 0 || found != 0;
}

/// Mixed scripts, or a name all of whose letters can be taken for Latin ones.
bool is_look_alike(std::string_view written_host) {
    return mixes_scripts(written_host) || is_ascii(look_alike_key(written_host));
}

/// The letters a browser would escape anyway, escaped here: what is opened is plain ASCII.
std::string escaped(std::string_view rest) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string ascii;
    for (const char c : rest) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            ascii += c;
        } else {
            ascii += '%';
            ascii += digits[byte >> 4U];
            ascii += digits[byte & 0xFU];
        }
    }
    return ascii;
}

/// "user@host:port" in its three parts.
struct Authority {
    std::string_view user;
    std::string_view host;
    std::string_view port;  // with its colon
};

std::optional<Authority> split(std::string_view authority) {
    Authority parts;
    if (const std::size_t at = authority.rfind('@'); at != authority.npos) {
        parts.user = authority.substr(0, at);
        authority.remove_prefix(at + 1);
    }
    const std::size_t bracket = authority.rfind(']');
    const std::size_t colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
    parts.host = authority.substr(0, colon);
    if (colon != authority.npos) parts.port = authority.substr(colon);
    const std::string_view digits = parts.port.empty() ? "" : parts.port.substr(1);
    const bool is_port =
        digits.size() <= 5 && digits.find_first_not_of("0123456789") == digits.npos;
    return is_port && !parts.host.empty() ? std::optional(parts) : std::nullopt;
}

}  // namespace

std::optional<WebLink> look_at_link(std::string_view url) {
    const std::string_view scheme = scheme_of(url);
    const bool is_whole = end_of_link(url, 0) == url.size();
    if (scheme.empty() || url.size() > link_bytes_max || !is_whole) return std::nullopt;
    const std::string_view after = url.substr(scheme.size());
    const std::string_view authority = after.substr(0, after.find_first_of("/?#"));
    const auto parts = split(authority);
    if (!parts) return std::nullopt;
    WebLink link;
    if (is_ipv6(parts->host)) {
        link.host = parts->host;
    } else {
        link.host = ascii_host(parts->host);
        if (link.host.empty() || !is_plain_host(link.host)) return std::nullopt;
    }
    if (!is_ascii(parts->host)) {
        link.written_host = parts->host;
        link.is_look_alike = is_look_alike(parts->host);
    }
    link.is_encrypted = scheme == schemes[0];
    link.user = escape_for_display(parts->user);
    const std::string user = parts->user.empty() ? "" : escaped(parts->user) + "@";
    link.url = std::string(scheme) + user + link.host + std::string(parts->port) +
               escaped(after.substr(authority.size()));
    return link;
}

std::vector<LinkSpan> find_links(std::string_view text) {
    std::vector<LinkSpan> links;
    for (std::size_t at = 0; at < text.size() && links.size() < links_per_message_max;) {
        const std::size_t colon = text.find("://", at);
        if (colon == text.npos) break;
        const std::size_t begin = begin_of_link(text, at, colon);
        if (begin == text.npos) {
            at = colon + 3;
            continue;
        }
        const std::size_t end = end_of_link(text, begin);
        const std::string_view link = without_punctuation(text.substr(begin, end - begin));
        if (look_at_link(link)) links.push_back({begin, begin + link.size()});
        at = std::max(end, colon + 3);
    }
    return links;
}

}  // namespace dropline::ui
