// What the portal's words mean: names on the bus and the Response to a file dialog, as in the
// documentation of org.freedesktop.portal.Request and .FileChooser.
// Thread: any. Knows no bus: pure functions, which file_portal.cpp uses.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ui/chooser.hpp"

namespace dropline::ui {

/// How asking the portal ended.
enum class PortalEnd {
    chosen,
    cancelled,   // by the person, or by us
    not_there,   // no session bus, no portal, or one without file dialogs
    no_answer,   // it took longer than limits::portal_answer_max to begin
    broke_off,   // refused, vanished, or ended for a reason of its own
    unreadable,  // it answered with something that names no files of this machine
    too_many,    // more than limits::chosen_paths_max
};

struct PortalAnswer {
    PortalEnd end = PortalEnd::not_there;
    std::vector<std::filesystem::path> paths;  // absolute, at least one, when `chosen`
};

/// Where the Request of a call will live, for our unique name on the bus (":1.42") and the
/// handle_token of the call (letters, digits and _).
std::string portal_request_path(std::string_view unique_name, std::string_view token);

/// What a Response says. All or nothing: among files a person chose, none is passed over silently.
/// `uris` need not hold more than one above limits::chosen_paths_max.
PortalAnswer portal_answer(ChooserKind kind, std::uint32_t response,
                           std::span<const std::string_view> uris);

}  // namespace dropline::ui
