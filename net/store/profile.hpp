// The folder that holds identity, history and trust, and the lock that keeps it to one process.
// Thread: any; open it before other threads start. It checks who may look into the folder, but
// reads none of the files in it.
#pragma once

#include <filesystem>

#include "net/api/fault.hpp"
#include "net/platform/file_descriptor.hpp"

namespace dropline {

class Profile {
  public:
    /// Makes the folder (0700) when it is missing, then locks it until the object is destroyed.
    /// `dir` empty: $XDG_DATA_HOME/dropline, else ~/.local/share/dropline.
    /// Faults: profile_in_use (names the process that has it); profile_unsafe when group or
    /// others have a right on the folder or it is not ours; file_error. Thread: any.
    static Result<Profile> open(std::filesystem::path dir);

    /// profile_damaged when this profile has been used and its key is gone: whoever it belonged to
    /// must not become somebody else without a word. Call before a key is made. Thread: any.
    Result<void> check_has_key() const;

    /// True when this profile has been used and its history is gone: its bans are no longer kept.
    /// A start that came to its end before there was a history has lost none. Call before a key is
    /// made. Faults: file_error, disk_full. Thread: any.
    Result<bool> has_lost_history() const;
    /// Key and history are made: from here on a missing one is lost. Thread: any.
    void end_first_start() const;

    /// Absolute.
    const std::filesystem::path& dir() const { return dir_; }
    std::filesystem::path key_file() const { return dir_ / "identity.pem"; }
    std::filesystem::path database_file() const { return dir_ / "history.db"; }
    /// With a folder of the user's choice everything is in it; else the settings have their own
    /// place, $XDG_CONFIG_HOME/dropline/settings.toml.
    const std::filesystem::path& settings_file() const { return settings_file_; }

  private:
    Profile(std::filesystem::path dir, std::filesystem::path settings_file, FileDescriptor lock);

    /// There from before the key is made until the history is made too.
    std::filesystem::path first_start_mark() const { return dir_ / "first-start"; }

    std::filesystem::path dir_;
    std::filesystem::path settings_file_;
    FileDescriptor lock_;
};

}  // namespace dropline
