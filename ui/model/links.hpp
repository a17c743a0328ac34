// Links in what people wrote: which words are links, and where one really leads.
// Thread: any; pure functions, no ImGui. Only http and https are links, whatever a text calls
// itself; nothing here opens anything.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dropline::ui {

/// Bytes [begin, end) of a text.
struct LinkSpan {
    std::size_t begin = 0;
    std::size_t end = 0;
};

inline constexpr std::size_t link_bytes_max = 2048;
inline constexpr std::size_t links_per_message_max = 50;

/// From the left, those that `look_at_link` accepts; at most links_per_message_max.
std::vector<LinkSpan> find_links(std::string_view text);

/// What somebody should know before a link is opened.
struct WebLink {
    std::string url;             // as it will be opened, ASCII only
    std::string host;            // where it really leads: ASCII, a foreign name as punycode
    std::string written_host;    // as the message shows it, when that differs
    std::string user;            // before an '@': looks like a host and is none; escaped
    bool is_look_alike = false;  // letters of several scripts, or that can be taken for Latin ones
    bool is_encrypted = false;   // https
};

/// Empty unless it is an http or https address with a host that is written out plainly: no other
/// scheme, no backslash, no space or invisible character, no %-escape in the host.
std::optional<WebLink> look_at_link(std::string_view url);

}  // namespace dropline::ui
