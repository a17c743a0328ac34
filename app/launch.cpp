#include "app/launch.hpp"

#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "app/headless.hpp"
#include "app/human_lines.hpp"
#include "app/json_events.hpp"
#include "app/logging.hpp"
#include "app/receive.hpp"
#include "app/secret_input.hpp"
#include "app/send.hpp"
#include "app/wait_point.hpp"
#include "app/window_run.hpp"
#include "net/api/ids.hpp"
#include "net/api/safe_text.hpp"

namespace dropline::app {

namespace {

/// A node for a program without a window, and where that program sleeps.
struct Quiet {
    std::unique_ptr<WaitPoint> wait_point;  // outlives the node, which wakes it
    std::unique_ptr<Node> node;
};

/// `into`: where offers are saved when nothing else is said; empty: as the settings have it.
Result<Quiet> start_quiet(const CommonOptions& common, const std::filesystem::path& into) {
    start_logging(common.log_level.value_or(LogLevel::warn));
    log_to_stderr();
    auto wait_point = WaitPoint::open();
    if (!wait_point) return wait_point.fault();
    Quiet quiet{std::move(*wait_point), nullptr};
    const Settings settings = load_settings_aloud(common).settings;
    NodeOptions options = node_options(common, settings);
    if (!into.empty()) options.receive_folder = into;
    auto node = Node::start(options, [point = quiet.wait_point.get()] { point->wake(); });
    if (!node) return node.fault();
    submit_rate_limits(**node, rate_limits(common, settings));
    quiet.node = std::move(*node);
    return quiet;
}

void print_identity(const SelfDescription& self) {
    std::cout << "name         " << escape_for_display(self.name) << '\n'
              << "fingerprint  " << fingerprint_text(self.id) << '\n'
              << "words        " << fingerprint_words(self.id) << '\n';
}

bool speaks_json(const Invocation& invocation) {
    if (const auto* error = std::get_if<UsageError>(&invocation.run)) return error->is_json;
    const auto* headless = std::get_if<HeadlessRun>(&invocation.run);
    return headless != nullptr && headless->is_json;
}

/// A program that reads the lines learns from them why there will be no others.
void tell_as_event(const Fault& fault) {
    const auto now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    std::cout << JsonEvents(PeerId{}).lines({event::Error{fault}, "", now}) << std::flush;
}

/// One row per verb.
struct Runner {
    const CommonOptions& common;
    const bool is_json;

    ExitStatus operator()(const WindowRun& run) const { return run_with_window(run, common); }
    ExitStatus operator()(const HeadlessRun& run) const {
        return with_node(
            [&](Node& node, WaitPoint& point) { return run_headless(run, node, point); });
    }
    ExitStatus operator()(const SendRun& run) const {
        return with_node([&](Node& node, WaitPoint& point) { return run_send(run, node, point); });
    }
    ExitStatus operator()(const ReceiveRun& run) const {
        std::error_code error;
        // What an offer says of its folder is said of the one that it will be saved into.
        return with_node(
            [&](Node& node, WaitPoint& point) { return run_receive(run, node, point); },
            std::filesystem::absolute(run.into, error));
    }
    ExitStatus operator()(const IdentityRun&) const {
        return with_node([](Node& node, WaitPoint&) {
            print_identity(node.self());
            return ExitStatus::done;
        });
    }
    ExitStatus operator()(const PrintRun& run) const {
        std::cout << run.text;
        return ExitStatus::done;
    }
    ExitStatus operator()(const UsageError& error) const {
        if (is_json) tell_as_event({error.code, error.sentence});
        std::cerr << "dropline: " << escape_for_display(error.sentence) << '\n';
        return ExitStatus::bad_usage;
    }

    template <typename Visit>
    ExitStatus with_node(Visit visit, const std::filesystem::path& into = {}) const {
        auto quiet = start_quiet(common, into);
        return quiet ? visit(*quiet->node, *quiet->wait_point) : give_up(quiet.fault());
    }

    ExitStatus give_up(const Fault& fault) const {
        if (is_json) tell_as_event(fault);
        return report(fault);
    }
};

/// Whoever reads what we print must not take a part of it for all.
ExitStatus when_printed(ExitStatus status) {
    if (std::cout.flush() || status != ExitStatus::done) return status;
    return report({FaultCode::file_error, "Cannot write all of it to standard output."});
}

}  // namespace

ExitStatus run(Invocation invocation) {
    const auto read = read_secrets(invocation);
    const Runner runner{invocation.common, speaks_json(invocation)};
    return when_printed(read ? std::visit(runner, invocation.run) : runner.give_up(read.fault()));
}

NodeOptions node_options(const CommonOptions& common, const Settings& settings) {
    NodeOptions options;
    options.profile = common.profile;
    options.name = common.name.empty() ? settings.name : common.name;
    options.receive_folder = settings.receive_folder;
    options.path_policy = common.path_policy;
    options.members_max = common.members_max.value_or(options.members_max);
    options.write_log = write_to_log;
    return options;
}

command::SetRateLimits rate_limits(const CommonOptions& common, const Settings& settings) {
    return {common.limit_up.value_or(settings.window.rate_limit_up),
            common.limit_down.value_or(settings.window.rate_limit_down)};
}

void submit_rate_limits(Node& node, const command::SetRateLimits& limits) {
    if (limits.up > 0 || limits.down > 0) node.submit({limits, ""});
}

LoadedSettings load_settings_aloud(const CommonOptions& common) {
    LoadedSettings loaded = load_settings(settings_file(common.profile));
    if (loaded.notice) std::cerr << "dropline: " << escape_for_display(*loaded.notice) << '\n';
    return loaded;
}

ExitStatus report(const Fault& fault) {
    std::cerr << "dropline: " << fault_line(fault);
    return exit_status_of(fault);
}

}  // namespace dropline::app
