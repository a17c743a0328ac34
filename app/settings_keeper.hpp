// Keeps settings.toml in step with what goes by between the window and the network, so that the
// next start finds the same room however this run ends.
// Thread: ui. It writes, blocking, only when something it keeps has changed: never for progress.
#pragma once

#include <filesystem>
#include <optional>

#include "app/settings.hpp"
#include "net/api/command.hpp"
#include "net/api/event.hpp"
#include "net/api/fault.hpp"

namespace dropline::app {

class SettingsKeeper {
  public:
    /// `settings` as they stand in `file`, or, with `is_in_doubt`, as they shall stand there at the
    /// first occasion; `limits` are those the run began with.
    SettingsKeeper(Settings settings, std::filesystem::path file, PeerId self,
                   command::SetRateLimits limits, bool is_in_doubt = false);

    const Settings& settings() const { return settings_; }

    /// Every command before it is submitted: it says how the room is reached.
    void notice(const Command& command);
    /// Every event. A room that is entered or left is on the disk when this returns.
    void notice(const Event& event);
    /// What the person chose in the window; on the disk when this returns.
    void store(const ui::Settings& window);
    /// What the person should know, once until a write succeeds again: the settings could not be
    /// stored. They are tried again with the next change and at every `store`.
    std::optional<Fault> take_failure();

  private:
    void enter(LastRole role);
    void write_if_changed();

    Settings settings_;
    std::optional<Settings> stored_;  // as they stand in the file; empty: nobody knows
    std::optional<Settings> failed_;  // as they could not be written, and are not tried again
    std::optional<Fault> untold_;
    bool is_failure_told_ = false;
    ui::Settings wished_;  // the fields of the role that was asked for last
    const std::filesystem::path file_;
    const PeerId self_;
    const command::SetRateLimits limits_;
};

}  // namespace dropline::app
