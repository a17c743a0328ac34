#include "app/window_start.hpp"

#include "net/api/join_text.hpp"

namespace dropline::app {

namespace {

command::Host host_of(const HostWish& wish, const ui::Settings& kept) {
    command::Host host;
    host.port = wish.port.value_or(kept.port);
    host.bind_address = wish.bind_address.value_or(kept.bind_address);
    host.room_name = wish.room_name.value_or(kept.room_name);
    host.is_invite_only = wish.is_invite_only || kept.is_invite_only;
    host.password = wish.password;
    host.keeps_password = !wish.password && kept.has_password;
    host.keeps_password_if_any = !wish.password && !kept.has_password;
    return host;
}

Start last_start(const Settings& settings) {
    switch (settings.last_role) {
        case LastRole::host: return host_of({}, settings.window);
        case LastRole::join: return command::Join{settings.window.join_target};
        case LastRole::none: return {};
    }
    return {};
}

}  // namespace

Start start_of(const WindowRun& run, const Settings& settings) {
    if (const auto* wish = std::get_if<HostWish>(&run.start)) {
        return host_of(*wish, settings.window);
    }
    if (const auto* join = std::get_if<command::Join>(&run.start)) return *join;
    return last_start(settings);
}

ui::Settings fields_of(ui::Settings fields, const Start& start) {
    if (const auto* host = std::get_if<command::Host>(&start)) {
        fields.role_tab = ui::RoleTab::host;
        fields.port = host->port;
        fields.bind_address = host->bind_address;
        fields.room_name = host->room_name;
        fields.is_invite_only = host->is_invite_only;
        fields.has_password = host->password || host->keeps_password;
    } else if (const auto* join = std::get_if<command::Join>(&start)) {
        fields.role_tab = ui::RoleTab::join;
        // Only the address: what stands behind it, or in an invite, is a secret.
        const auto target = understand_join_text(join->target.view());
        if (target) fields.join_target = target->text();
    }
    return fields;
}

}  // namespace dropline::app
