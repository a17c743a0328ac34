#include "app/window_run.hpp"

#include <atomic>
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "app/frame_loop.hpp"
#include "app/launch.hpp"
#include "app/logging.hpp"
#include "app/settings.hpp"
#include "app/settings_keeper.hpp"
#include "app/wait_point.hpp"
#include "app/window_start.hpp"
#include "net/platform/thread_name.hpp"

namespace dropline::app {

namespace {

/// Ctrl-C in the terminal, or the end of the desktop session, closes the window as its button
/// does: the others see a farewell, and the settings are stored. A thread waits for the signal
/// because a handler may not wake the window.
class SignalWatch {
  public:
    explicit SignalWatch(std::unique_ptr<WaitPoint> wait_point)
        : wait_point_(std::move(wait_point)),
          thread_([this](std::stop_token stop) { run(stop); }) {}
    ~SignalWatch() {
        thread_.request_stop();
        wait_point_->wake();
    }
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;

    bool is_interrupted() const { return is_interrupted_; }

  private:
    void run(const std::stop_token& stop) {
        name_this_thread("signals");
        while (!stop.stop_requested()) {
            if (!wait_point_->wait({}).is_interrupted) continue;
            is_interrupted_ = true;
            close_window();
        }
    }

    const std::unique_ptr<WaitPoint> wait_point_;
    std::atomic<bool> is_interrupted_ = false;
    std::jthread thread_;  // last: it uses the others
};

WindowOptions window_options(const WindowRun& run, const Node& node, const Settings& settings,
                             const command::SetRateLimits& limits) {
    WindowOptions options;
    options.self = node.self();
    options.start = start_of(run, settings);
    options.settings = fields_of(settings.window, options.start);
    options.settings.rate_limit_up = limits.up;
    options.settings.rate_limit_down = limits.down;
    options.geometry = parse_geometry(run.geometry);
    return options;
}

/// What the keeper has to say is shown as what the network says.
bool poll(Node& node, SettingsKeeper& keeper, Event& event) {
    if (auto failure = keeper.take_failure()) {
        const auto now =
            std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
        event = {event::Error{std::move(*failure)}, "", now};
        return true;
    }
    if (!node.poll(event)) return false;
    keeper.notice(event);
    return true;
}

}  // namespace

ExitStatus run_with_window(const WindowRun& run, const CommonOptions& common) {
    if (!run.geometry.empty() && !parse_geometry(run.geometry)) {
        std::cerr << "dropline: --geometry has the form 1100x720 or 1100x720+40+60.\n";
        return ExitStatus::bad_usage;
    }
    start_logging(common.log_level.value_or(LogLevel::info));
    auto wait_point = WaitPoint::open();
    if (!wait_point) return report(wait_point.fault());
    const SignalWatch signals(std::move(*wait_point));
    LoadedSettings loaded = load_settings_aloud(common);
    Settings& settings = loaded.settings;
    auto node = Node::start(node_options(common, settings), wake_window);
    if (!node) return report(node.fault());
    if (const auto logged = log_to_folder((*node)->self().profile); !logged) {
        std::cerr << "dropline: " << logged.fault().sentence << '\n';
    }

    // Whoever was banned would come in again, and another key be taken for a known host's.
    const bool has_lost_history = (*node)->self().has_lost_history;
    if (has_lost_history) settings.last_role = LastRole::none;
    const bool is_in_doubt = loaded.notice || has_lost_history;
    const command::SetRateLimits limits = rate_limits(common, settings);
    submit_rate_limits(**node, limits);
    SettingsKeeper keeper(settings, settings_file(common.profile), (*node)->self().id, limits,
                          is_in_doubt);
    WindowOptions options = window_options(run, **node, settings, limits);
    options.notice = loaded.notice.value_or("");
    options.store_settings = [&keeper](const ui::Settings& window) { keeper.store(window); };
    NodePorts ports;
    ports.submit = [&node, &keeper](Command command) {
        keeper.notice(command);
        (*node)->submit(std::move(command));
    };
    ports.poll = [&node, &keeper](Event& event) { return poll(**node, keeper, event); };
    const auto closed = run_window(std::move(options), std::move(ports));
    // No window is there any more to say it.
    if (const auto failure = keeper.take_failure()) report(*failure);
    if (!closed) return report(closed.fault());
    return signals.is_interrupted() ? ExitStatus::interrupted : ExitStatus::done;
}

}  // namespace dropline::app
