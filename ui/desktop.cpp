#include "ui/desktop.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string_view>

#include "ui/file_uri.hpp"
#include "ui/text/quantity.hpp"
#include "ui/text/text.hpp"

extern char** environ;

namespace dropline::ui {
namespace {

/// The first time it may only have been starting.
constexpr unsigned portal_silences_max = 2;

/// Stands between the paths a dialog prints; no file name of a person holds it.
constexpr char path_separator = '\x1f';

struct Child {
    int pid = 0;
    int output = -1;  // to read from
};

/// A program of the desktop gets the signals as a fresh process has them: ours ignores or blocks
/// some, and a file manager that cannot be asked to end would be our fault.
posix_spawnattr_t fresh_signals() {
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    sigaddset(&signals, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return attributes;
}

std::optional<Child> spawn(const std::vector<std::string>& arguments) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (const std::string& argument : arguments) {
        argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    // A browser that outlives us must not go on listening on our port.
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    posix_spawnattr_t attributes = fresh_signals();
    pid_t pid = 0;
    const int fault = posix_spawn(&pid, argv[0], &actions, &attributes, argv.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (fault != 0) {
        close(ends[0]);
        return std::nullopt;
    }
    return Child{pid, ends[0]};
}

/// Everything the child prints until it ends, and how it ended.
int read_to_end(const Child& child, std::string& output) {
    std::array<char, 4096> block{};
    ssize_t got = 0;
    while ((got = read(child.output, block.data(), block.size())) > 0) {
        output.append(block.data(), static_cast<std::size_t>(got));
    }
    close(child.output);
    int status = 0;
    waitpid(child.pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::vector<std::string> chooser_arguments(const ChooserQuestion& question) {
    const std::string zenity = find_program("zenity");
    if (!zenity.empty()) {
        std::vector<std::string> arguments{zenity, "--file-selection", "--title=" + question.title,
                                           std::string("--separator=") + path_separator};
        arguments.push_back(question.kind == ChooserKind::files ? "--multiple" : "--directory");
        return arguments;
    }
    const std::string kdialog = find_program("kdialog");
    if (kdialog.empty()) return {};
    if (question.kind == ChooserKind::folder) {
        return {kdialog, "--title", question.title, "--getexistingdirectory", "."};
    }
    return {kdialog, "--title", question.title, "--getopenfilename",
            ".",     "",        "--multiple",   "--separate-output"};
}

std::vector<std::filesystem::path> paths_of(std::string output) {
    if (!output.empty() && output.back() == '\n') output.pop_back();
    const char separator = output.find(path_separator) != std::string::npos ? path_separator : '\n';
    std::vector<std::filesystem::path> paths;
    std::size_t begin = 0;
    while (begin < output.size()) {
        const std::size_t end = std::min(output.find(separator, begin), output.size());
        if (end > begin) paths.emplace_back(output.substr(begin, end - begin));
        begin = end + 1;
    }
    return paths;
}

std::vector<std::string> show_file_arguments(const std::string& path) {
    const std::string program = find_program("dbus-send");
    if (program.empty()) return {};
    return {program,
            "--session",
            "--print-reply",
            "--dest=org.freedesktop.FileManager1",
            "--type=method_call",
            "/org/freedesktop/FileManager1",
            "org.freedesktop.FileManager1.ShowItems",
            "array:string:" + file_uri(path),
            "string:"};
}

/// Empty where there is nothing to say: a person did what they wanted, or never saw a portal.
std::string sentence_of(PortalEnd end) {
    switch (end) {
        case PortalEnd::chosen:
        case PortalEnd::cancelled:
        case PortalEnd::not_there: return {};
        case PortalEnd::no_answer: return std::string(say(Text::portal_silent));
        case PortalEnd::broke_off: return std::string(say(Text::portal_broke_off));
        case PortalEnd::unreadable: return std::string(say(Text::portal_unreadable));
        case PortalEnd::too_many:
            return say(Text::too_many_chosen, {count_text(limits::chosen_paths_max)});
    }
    return {};
}

/// Tries one program after the other until one says it did it.
void run_first_that_works(const std::vector<std::vector<std::string>>& attempts) {
    for (const std::vector<std::string>& arguments : attempts) {
        std::string ignored;
        const std::optional<Child> child = spawn(arguments);
        if (child && read_to_end(*child, ignored) == 0) return;
    }
}

}  // namespace

Desktop::Desktop(std::function<void()> wake, std::chrono::milliseconds portal_patience)
    : wake_(std::move(wake)), portal_patience_(portal_patience) {}

Desktop::~Desktop() {
    if (!chooser_) return;
    // The pid is ours until the thread has waited for it; after that is_over is set.
    if (!*chooser_->is_over) kill(chooser_->pid, SIGTERM);
    chooser_->thread.join();
}

std::optional<Desktop::Running> Desktop::start(const std::vector<std::string>& arguments) {
    const std::optional<Child> child = spawn(arguments);
    if (!child) return std::nullopt;
    Running running;
    running.pid = child->pid;
    running.is_over = std::make_shared<std::atomic<bool>>(false);
    running.output = std::make_shared<std::string>();
    running.thread = std::thread(
        [child = *child, is_over = running.is_over, output = running.output, wake = wake_] {
            const int status = read_to_end(child, *output);
            if (status != 0) output->clear();
            *is_over = true;
            wake();
        });
    return running;
}

bool Desktop::choose(ChooserQuestion question) {
    if (is_choosing()) return false;
    question_ = std::move(question);
    if (portal_silences_ == portal_silences_max) return start_chooser();
    portal_ = std::make_unique<FilePortal>(question_, wake_, portal_patience_);
    return true;
}

bool Desktop::start_chooser() {
    const std::vector<std::string> arguments = chooser_arguments(question_);
    if (arguments.empty()) return false;
    chooser_ = start(arguments);
    return chooser_.has_value();
}

std::optional<ChooserNews> Desktop::take_chooser_news() {
    if (portal_) {
        std::optional<PortalAnswer> answer = portal_->take_answer();
        if (!answer) return std::nullopt;
        portal_.reset();
        return news_of(std::move(*answer));
    }
    if (!chooser_ || !*chooser_->is_over) return std::nullopt;
    chooser_->thread.join();
    ChooserNews news{{}, paths_of(*chooser_->output), false};
    chooser_.reset();
    return news;
}

ChooserNews Desktop::news_of(PortalAnswer answer) {
    ChooserNews news{sentence_of(answer.end), std::nullopt, false};
    portal_silences_ = answer.end == PortalEnd::no_answer ? portal_silences_ + 1 : 0;
    switch (answer.end) {
        case PortalEnd::chosen:
        case PortalEnd::cancelled:
        case PortalEnd::too_many: news.chosen = std::move(answer.paths); break;
        case PortalEnd::not_there:
        case PortalEnd::no_answer:
        case PortalEnd::broke_off:
        case PortalEnd::unreadable: news.is_left_to_us = !start_chooser(); break;
    }
    return news;
}

bool Desktop::show_in_folder(const std::string& path) {
    std::vector<std::vector<std::string>> attempts;
    const std::vector<std::string> marked = show_file_arguments(path);
    if (!marked.empty()) attempts.push_back(marked);
    const std::string opener = find_program("xdg-open");
    const std::string folder = std::filesystem::path(path).parent_path().string();
    if (!opener.empty()) attempts.push_back({opener, folder});
    if (attempts.empty()) return false;
    // Nothing waits for a file manager; it may stay open longer than this window.
    std::thread(run_first_that_works, std::move(attempts)).detach();
    return true;
}

bool Desktop::open_link(const std::string& url) {
    const std::string opener = find_program("xdg-open");
    if (opener.empty()) return false;
    std::thread(run_first_that_works, std::vector<std::vector<std::string>>{{opener, url}})
        .detach();
    return true;
}

std::string find_program(const std::string& name) {
    const char* path = std::getenv("PATH");
    std::string_view rest = path ? path : "/usr/local/bin:/usr/bin:/bin";
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(':'), rest.size());
        std::string candidate(rest.substr(0, end));
        candidate += "/" + name;
        if (end > 0 && access(candidate.c_str(), X_OK) == 0) return candidate;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return {};
}

}  // namespace dropline::ui
