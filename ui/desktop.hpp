// What other programs of the desktop do for us: choosing files, showing a folder.
// Thread: ui. Files are chosen through the desktop's portal, else by a program; programs run as
// child processes that a short-lived thread waits for, so that the window never stands still. They
// get an array of arguments: no shell reads a name.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ui/chooser.hpp"
#include "ui/file_portal.hpp"

namespace dropline::ui {

/// What has become of a question that `Desktop::choose` took on.
struct ChooserNews {
    /// For the person, in their language: why no file came of it, or comes from another dialog now.
    std::string sentence;
    /// It is over: the paths chosen, none when it was cancelled.
    std::optional<std::vector<std::filesystem::path>> chosen;
    /// It is over: there is no dialog but one of our own.
    bool is_left_to_us = false;
};

class Desktop {
  public:
    /// `wake` is called from another thread when an answer is there. `portal_patience`: see
    /// FilePortal.
    explicit Desktop(std::function<void()> wake,
                     std::chrono::milliseconds portal_patience = limits::portal_answer_max);
    ~Desktop();
    Desktop(const Desktop&) = delete;
    Desktop& operator=(const Desktop&) = delete;

    /// False when the system has no dialog for it, or one is open already.
    bool choose(ChooserQuestion question);
    bool is_choosing() const { return portal_ || chooser_; }
    /// Empty while there is nothing new. With neither `chosen` nor `is_left_to_us` another dialog
    /// has taken the portal's place, and more is to come.
    std::optional<ChooserNews> take_chooser_news();

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
    bool start_chooser();
    ChooserNews news_of(PortalAnswer answer);

    const std::function<void()> wake_;
    const std::chrono::milliseconds portal_patience_;
    ChooserQuestion question_;  // the last one
    std::unique_ptr<FilePortal> portal_;
    unsigned portal_silences_ = 0;  // in a row; then it is asked no more
    std::optional<Running> chooser_;
};

/// The full path of a program of $PATH; empty when there is none.
std::string find_program(const std::string& name);

}  // namespace dropline::ui
