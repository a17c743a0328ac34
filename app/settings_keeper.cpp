#include "app/settings_keeper.hpp"

#include <spdlog/spdlog.h>

#include <utility>
#include <variant>

#include "net/api/join_text.hpp"

namespace dropline::app {

SettingsKeeper::SettingsKeeper(Settings settings, std::filesystem::path file, PeerId self,
                               command::SetRateLimits limits, bool is_in_doubt)
    : settings_(std::move(settings)),
      stored_(is_in_doubt ? std::nullopt : std::optional(settings_)),
      wished_(settings_.window),
      file_(std::move(file)),
      self_(self),
      limits_(limits) {}

void SettingsKeeper::notice(const Command& command) {
    if (const auto* host = std::get_if<command::Host>(&command.body)) {
        wished_.port = host->port;
        wished_.bind_address = host->bind_address;
        wished_.room_name = host->room_name;
        wished_.is_invite_only = host->is_invite_only;
        wished_.has_password = host->password || host->keeps_password;
    } else if (const auto* join = std::get_if<command::Join>(&command.body)) {
        // Only the address: what stands behind it may be a secret.
        const auto target = understand_join_text(join->target.view());
        if (target) wished_.join_target = target->text();
    }
}

void SettingsKeeper::notice(const Event& event) {
    if (const auto* hosting = std::get_if<event::Hosting>(&event.body)) {
        // The profile may have known a password that these settings did not tell of.
        wished_.has_password |= hosting->has_password;
        enter(LastRole::host);
    } else if (const auto* joined = std::get_if<event::Joined>(&event.body)) {
        // Not what was typed or pasted: that may hold a secret.
        wished_.join_target = joined->address;
        enter(LastRole::join);
    } else if (std::holds_alternative<event::Kicked>(event.body)) {
        settings_.last_role = LastRole::none;
    } else if (const auto* ended = std::get_if<event::RoleEnded>(&event.body)) {
        // A room that was out of reach, or a port that was taken, may be there the next time. Who
        // is banned must not try again by themself (PROTOCOL.md, Refused).
        const bool is_banned = ended->fault && ended->fault->code == FaultCode::banned;
        // Another room has not banned us.
        const bool is_remembered = wished_.join_target == settings_.window.join_target;
        if (!ended->fault || (is_banned && is_remembered)) settings_.last_role = LastRole::none;
    } else if (const auto* changed = std::get_if<event::PeerChanged>(&event.body)) {
        // Who says for this run what they are called is told so when something else of them
        // changes.
        const bool is_renamed = changed->peer.name != changed->previous_name;
        if (changed->peer.id == self_ && is_renamed) settings_.name = changed->peer.name;
    }
    write_if_changed();
}

void SettingsKeeper::enter(LastRole role) {
    settings_.last_role = role;
    ui::Settings& window = settings_.window;
    if (role == LastRole::host) {
        window.role_tab = ui::RoleTab::host;
        // "Any that is free" is said for a run: the address given to others is to hold in the next.
        if (wished_.port != 0) window.port = wished_.port;
        window.bind_address = wished_.bind_address;
        window.room_name = wished_.room_name;
        window.is_invite_only = wished_.is_invite_only;
        window.has_password = wished_.has_password;
    } else {
        window.role_tab = ui::RoleTab::join;
        window.join_target = wished_.join_target;
    }
}

void SettingsKeeper::store(const ui::Settings& window) {
    failed_.reset();  // the disk may have room again, and this may be the last occasion
    const ui::Settings before = std::exchange(settings_.window, window);
    // A limit from the command line is for this run, unless the person chose another one.
    if (window.rate_limit_up == limits_.up && window.rate_limit_down == limits_.down) {
        settings_.window.rate_limit_up = before.rate_limit_up;
        settings_.window.rate_limit_down = before.rate_limit_down;
    }
    write_if_changed();
}

void SettingsKeeper::write_if_changed() {
    if (settings_ == stored_ || settings_ == failed_) return;
    const auto written = store_settings(file_, settings_);
    if (written) {
        stored_ = settings_;
        failed_.reset();
        is_failure_told_ = false;
        return;
    }
    // What cannot be written now is tried again with the next change, not with every event.
    failed_ = settings_;
    stored_.reset();
    if (std::exchange(is_failure_told_, true)) return;
    // The sentence names the folder, and with it the person: it is for the screen alone.
    spdlog::warn("The settings could not be stored: {}.", fault_code_text(written.fault().code));
    untold_ = written.fault();
    untold_->sentence =
        "The settings could not be stored, so the next start may open another room than this "
        "one. " +
        untold_->sentence;
}

std::optional<Fault> SettingsKeeper::take_failure() { return std::exchange(untold_, std::nullopt); }

}  // namespace dropline::app
