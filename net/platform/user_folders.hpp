// Where this user's things belong on this system.
// Thread: any, but not while another thread changes the environment. It creates nothing.
#pragma once

#include <filesystem>

namespace dropline {

/// $HOME, else what the account says, else "/". Thread: any.
std::filesystem::path home_folder();

/// $XDG_DATA_HOME, else ~/.local/share. A relative value is ignored, as the XDG base directory
/// specification demands. Thread: any.
std::filesystem::path data_home();

/// $XDG_CONFIG_HOME, else ~/.config; as above. Thread: any.
std::filesystem::path config_home();

/// Where received files go when nobody said otherwise: the desktop's download folder
/// (user-dirs.dirs), else ~/Downloads, else the home folder; the first that is a folder.
/// Thread: any.
std::filesystem::path default_receive_folder();

}  // namespace dropline
