#include "app/window_run.hpp"

#include <spdlog/spdlog.h>

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "app/frame_loop.hpp"
#include "app/launch.hpp"
#include "app/logging.hpp"
#include "app/settings.hpp"

namespace dropline::app {

namespace {

/// Follows what goes by between window and network, so that the next start finds the same room.
class SettingsKeeper {
  public:
    SettingsKeeper(Settings settings, std::filesystem::path file, PeerId self)
        : settings_(std::move(settings)), file_(std::move(file)), self_(self) {}

    const Settings& settings() const { return settings_; }

    void notice(const Event& event) {
        if (std::holds_alternative<event::Hosting>(event.body)) {
            settings_.last_role = LastRole::host;
        } else if (std::holds_alternative<event::Joined>(event.body)) {
            settings_.last_role = LastRole::join;
        } else if (std::holds_alternative<event::RoleEnded>(event.body)) {
            settings_.last_role = LastRole::none;
        } else if (const auto* changed = std::get_if<event::PeerChanged>(&event.body)) {
            if (changed->peer.id == self_) settings_.name = changed->peer.name;
        }
    }

    void store(const ui::Settings& window) {
        settings_.window = window;
        const auto stored = store_settings(file_, settings_);
        if (!stored) spdlog::warn("{}", stored.fault().sentence);
    }

  private:
    Settings settings_;
    const std::filesystem::path file_;
    const PeerId self_;
};

Start last_start(const Settings& settings) {
    switch (settings.last_role) {
        case LastRole::host:
            return command::Host{settings.window.port, "", settings.window.room_name};
        case LastRole::join: return command::Join{settings.window.join_target};
        case LastRole::none: return {};
    }
    return {};
}

WindowOptions window_options(const WindowRun& run, const Node& node, const Settings& settings) {
    WindowOptions options;
    options.self = node.self();
    const bool is_as_last_time = std::holds_alternative<std::monostate>(run.start);
    options.start = is_as_last_time ? last_start(settings) : run.start;
    options.settings = settings.window;
    options.geometry = parse_geometry(run.geometry);
    return options;
}

}  // namespace

ExitStatus run_with_window(const WindowRun& run, const CommonOptions& common) {
    if (!run.geometry.empty() && !parse_geometry(run.geometry)) {
        std::cerr << "dropline: --geometry has the form 1100x720 or 1100x720+40+60.\n";
        return ExitStatus::bad_usage;
    }
    start_logging(common.log_level.value_or(LogLevel::info));
    const Settings settings = load_settings_aloud(common);
    auto node = Node::start(node_options(common, settings), wake_window);
    if (!node) return report(node.fault());
    if (const auto logged = log_to_folder((*node)->self().profile); !logged) {
        std::cerr << "dropline: " << logged.fault().sentence << '\n';
    }

    SettingsKeeper keeper(settings, settings_file(common.profile), (*node)->self().id);
    WindowOptions options = window_options(run, **node, settings);
    options.store_settings = [&keeper](const ui::Settings& window) { keeper.store(window); };
    NodePorts ports;
    ports.submit = [&node](Command command) { (*node)->submit(std::move(command)); };
    ports.poll = [&node, &keeper](Event& event) {
        if (!(*node)->poll(event)) return false;
        keeper.notice(event);
        return true;
    };
    const auto closed = run_window(std::move(options), std::move(ports));
    return closed ? ExitStatus::done : report(closed.fault());
}

}  // namespace dropline::app
