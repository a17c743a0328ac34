#include "ui/portal_answer.hpp"

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"
#include "ui/file_uri.hpp"

namespace dropline::ui {
namespace {

// The portal's documentation, org.freedesktop.portal.Request::Response.
constexpr std::uint32_t response_success = 0;
constexpr std::uint32_t response_cancelled = 1;
// "Ended in some other way": what GTK's portal says when its dialog is closed, with Escape or by
// its frame. Whoever did that does not want another one.
constexpr std::uint32_t response_closed = 2;

}  // namespace

std::string portal_request_path(std::string_view unique_name, std::string_view token) {
    if (unique_name.starts_with(':')) unique_name.remove_prefix(1);
    std::string sender(unique_name);
    std::replace(sender.begin(), sender.end(), '.', '_');
    return "/org/freedesktop/portal/desktop/request/" + sender + "/" + std::string(token);
}

PortalAnswer portal_answer(ChooserKind kind, std::uint32_t response,
                           std::span<const std::string_view> uris) {
    if (response == response_cancelled || response == response_closed) {
        return {PortalEnd::cancelled, {}};
    }
    if (response != response_success) return {PortalEnd::broke_off, {}};
    if (uris.size() > limits::chosen_paths_max) return {PortalEnd::too_many, {}};
    if (uris.empty() || (kind == ChooserKind::folder && uris.size() > 1)) {
        return {PortalEnd::unreadable, {}};
    }
    PortalAnswer answer{PortalEnd::chosen, {}};
    for (const std::string_view uri : uris) {
        auto path = path_of_file_uri(uri);
        if (!path) return {PortalEnd::unreadable, {}};
        answer.paths.push_back(std::move(*path));
    }
    return answer;
}

}  // namespace dropline::ui
