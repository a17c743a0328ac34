#include "app/progress_line.hpp"

#include <algorithm>

#include "net/api/safe_text.hpp"
#include "ui/text/quantity.hpp"
#include "ui/text/transfer_words.hpp"

namespace dropline::app {

namespace {

constexpr std::size_t bar_cells = 20;

std::uint64_t percent_of(const Transfer& transfer) {
    if (transfer.bytes_total == 0) return transfer.state == TransferState::done ? 100 : 0;
    const auto part = static_cast<long double>(transfer.bytes_done) /
                      static_cast<long double>(transfer.bytes_total);
    return std::min<std::uint64_t>(100, static_cast<std::uint64_t>(part * 100));
}

std::string bar(std::uint64_t percent) {
    const auto filled = static_cast<std::size_t>(percent * bar_cells / 100);
    return "[" + std::string(filled, '#') + std::string(bar_cells - filled, '-') + "]";
}

std::string file_words(const Transfer& transfer) {
    if (transfer.files_total < 2) return "";
    return "  " + std::to_string(transfer.files_done) + "/" + std::to_string(transfer.files_total) +
           " files";
}

std::string path_word(Path path) {
    switch (path) {
        case Path::unknown: return "";
        case Path::direct: return "  direct";
        case Path::relayed: return "  relayed";
    }
    return "";
}

std::string limit_words(Bottleneck bottleneck) {
    switch (bottleneck) {
        case Bottleneck::unknown: return "";
        case Bottleneck::sender_disk: return "  limited by the sender's disk";
        case Bottleneck::sender_encryption: return "  limited by the sender's encryption";
        case Bottleneck::network: return "  limited by the network";
        case Bottleneck::receiver_disk: return "  limited by the receiver's disk";
        case Bottleneck::rate_limit: return "  limited by the rate limit";
    }
    return "";
}

std::string waiting_words(const Transfer& transfer) {
    if (transfer.queue_place > 0) {
        return "  waiting for others, place " + std::to_string(transfer.queue_place);
    }
    return transfer.fault ? "  waiting for a place at the host, who relays as much as it may"
                          : "  connecting";
}

std::string paused_words(const Transfer& transfer) {
    switch (transfer.paused_by) {
        case PausedBy::nobody: return "paused";
        case PausedBy::us: return "paused by you";
        case PausedBy::peer: return "paused by the other side";
        case PausedBy::disk:
            if (transfer.direction == Direction::in) return "paused, your disk is full";
            return ui::is_disk_away(transfer) ? "paused, they cannot save it now"
                                              : "paused, their disk is full";
    }
    return "paused";
}

std::string what_lifts_pause(const Transfer& transfer) {
    switch (transfer.paused_by) {
        case PausedBy::nobody: return "";
        case PausedBy::us: return " It goes on when you continue it.";
        case PausedBy::peer: return " It goes on when they continue it.";
        case PausedBy::disk:
            return ui::is_disk_away(transfer) ? " It goes on by itself when they can save it again."
                                              : " It goes on by itself when there is room.";
    }
    return "";
}

/// What is going on when no bytes flow.
std::string state_words(const Transfer& transfer) {
    switch (transfer.state) {
        case TransferState::offered: return "  waiting for an answer";
        case TransferState::waiting: return waiting_words(transfer);
        case TransferState::paused: return "  " + paused_words(transfer);
        case TransferState::interrupted: return "  interrupted, goes on by itself";
        case TransferState::verifying: return "  verifying";
        case TransferState::active: break;
        case TransferState::done:
        case TransferState::declined:
        case TransferState::cancelled:
        case TransferState::failed: return "";
    }
    std::string words = "  " + ui::size_text(transfer.rate_bytes_per_s) + "/s";
    if (transfer.eta_s) words += "  " + ui::duration_text(*transfer.eta_s);
    return words + path_word(transfer.path) + limit_words(transfer.bottleneck);
}

/// Cuts at a character's start, so that no half of one reaches the terminal. A column per
/// character is a guess; wide ones only make the line wrap.
std::string cut_to(std::string line, std::size_t columns) {
    std::size_t characters = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const bool is_start = (static_cast<unsigned char>(line[at]) & 0xC0U) != 0x80U;
        if (is_start && characters++ == columns) return line.substr(0, at);
    }
    return line;
}

/// What differs from the wish: a person who only reads the last line must not miss it.
std::string done_facts(const Transfer& transfer) {
    std::string facts;
    if (transfer.files_skipped > 0) {
        facts += ", " + std::to_string(transfer.files_skipped) + " of " +
                 std::to_string(transfer.files_total) + " files were there already";
    }
    if (transfer.left_out > 0) {
        facts += ", left out (links, devices, what cannot be read or has gone): " +
                 std::to_string(transfer.left_out);
    }
    return facts;
}

/// What a sender is told when no reason was given: it says nothing new.
constexpr std::string_view bare_decline = "The offer was declined.";

std::string subject(const Transfer& transfer, std::string_view to) {
    std::string text = escape_for_display(transfer.name);
    if (!to.empty()) text += " to " + escape_for_display(to);
    return text;
}

}  // namespace

std::string progress_line(const Transfer& transfer, std::string_view to, std::size_t columns) {
    const auto percent = percent_of(transfer);
    const std::string facts = "  " + bar(percent) + "  " + std::to_string(percent) + " %" +
                              file_words(transfer) + state_words(transfer);
    // The name gives way before the numbers do.
    const std::size_t left = columns > facts.size() ? columns - facts.size() : 0;
    return cut_to(cut_to(subject(transfer, to), left) + facts, columns);
}

std::string standstill_line(const Transfer& transfer, std::string_view to) {
    const std::string reason =
        transfer.fault ? " " + escape_for_display(transfer.fault->sentence) : "";
    const std::string what = subject(transfer, to) + ": ";
    if (transfer.state == TransferState::paused) {
        return what + paused_words(transfer) + "." + reason + what_lifts_pause(transfer);
    }
    return what + "interrupted." + reason +
           (ui::is_disk_away(transfer)
                ? " It goes on by itself when that works again."
                : " It goes on by itself as soon as both are in the room again.");
}

std::string decline_reason(const Transfer& transfer) {
    if (!transfer.fault || transfer.fault->sentence == bare_decline) return "";
    return " " + escape_for_display(transfer.fault->sentence);
}

std::string outcome_line(const Transfer& transfer, std::string_view to) {
    std::string what = subject(transfer, to);
    switch (transfer.state) {
        case TransferState::done: return what + ": done, verified" + done_facts(transfer) + ".";
        case TransferState::declined: return what + ": declined." + decline_reason(transfer);
        case TransferState::cancelled: return what + ": cancelled.";
        case TransferState::failed:
            return what + ": " +
                   (transfer.fault ? escape_for_display(transfer.fault->sentence) : "failed.");
        case TransferState::offered:
        case TransferState::waiting:
        case TransferState::active:
        case TransferState::paused:
        case TransferState::interrupted:
        case TransferState::verifying: return what + ": not finished.";
    }
    return what;
}

}  // namespace dropline::app
