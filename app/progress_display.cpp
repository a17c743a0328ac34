#include "app/progress_display.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <iostream>

#include "app/progress_line.hpp"

namespace dropline::app {

namespace {

std::size_t terminal_columns() {
    winsize size{};
    const bool is_known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20;
    // One column stays free: a full line would make some terminals wrap.
    return is_known ? size.ws_col - 1U : 79U;
}

}  // namespace

ProgressDisplay::ProgressDisplay()
    : is_terminal_(::isatty(STDERR_FILENO) == 1), columns_(terminal_columns()) {}

void ProgressDisplay::show(const Transfer& transfer, std::string_view to) {
    const bool stands_still =
        transfer.state == TransferState::paused || transfer.state == TransferState::interrupted;
    const auto [entry, is_new] = shown_.try_emplace(transfer.id, transfer.state);
    const bool has_changed = is_new || entry->second != transfer.state;
    entry->second = transfer.state;
    if (transfer.is_over()) {
        if (has_changed) say(outcome_line(transfer, to));
    } else if (stands_still) {
        // A reason is longer than a bar, and it stays true for hours.
        if (has_changed) say(standstill_line(transfer, to));
    } else if (is_terminal_) {
        std::cerr << "\r\x1b[K" << progress_line(transfer, to, columns_) << std::flush;
        has_bar_ = true;
    } else if (has_changed) {
        std::cerr << progress_line(transfer, to, columns_) << '\n';
    }
}

void ProgressDisplay::say(const std::string& sentence) {
    clear_bar();
    std::cerr << sentence << '\n';
}

void ProgressDisplay::clear_bar() {
    if (has_bar_) std::cerr << "\r\x1b[K";
    has_bar_ = false;
}

}  // namespace dropline::app
