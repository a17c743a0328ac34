// What other programs of the desktop do for us: choosing files, showing a folder.
// Thread: ui; each runs as a child process that a short-lived thread waits for, so that the window
// never stands still. Programs get an array of arguments: no shell reads a name.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ui/chooser.hpp"

namespace dropline::ui {

class Desktop {
  public:
    /// `wake` is called from another thread when an answer is there.
    explicit Desktop(std::function<void()> wake);
    ~Desktop();
    Desktop(const Desktop&) = delete;
    Desktop& operator=(const Desktop&) = delete;

    /// False when the system has no dialog for it, or one is open already.
    bool choose(ChooserKind kind, std::string_view title);
    bool is_choosing() const { return chooser_.has_value(); }
    /// The paths chosen, none when it was cancelled; empty while the dialog is open.
    std::optional<std::vector<std::filesystem::path>> take_chosen();

    /// Opens a file manager with the file marked, else its folder. False when none is there.
    bool show_in_folder(const std::string& path);
    /// In the person's browser, by xdg-open without a shell. `url` is one of a WebLink: it begins
    /// with its scheme, so that nobody takes it for an option (B5). False when there is no
    /// xdg-open.
    bool open_link(const std::string& url);

  private:
    /// A child process and the thread that reads what it prints.
    struct Running {
        std::thread thread;
        std::shared_ptr<std::atomic<bool>> is_over;
        std::shared_ptr<std::string> output;
        int pid = 0;
    };

    std::optional<Running> start(const std::vector<std::string>& arguments);

    const std::function<void()> wake_;
    std::optional<Running> chooser_;
};

/// The full path of a program of $PATH; empty when there is none.
std::string find_program(const std::string& name);

}  // namespace dropline::ui
