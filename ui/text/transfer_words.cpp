#include "ui/text/transfer_words.hpp"

#include <algorithm>
#include <string_view>

#include "ui/text/quantity.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

std::string progress_words(const Transfer& transfer) {
    return size_text(transfer.bytes_done) + " / " + size_text(transfer.bytes_total);
}

std::string checking_words(const Transfer& transfer, const std::string& other_name) {
    if (transfer.direction == Direction::in) return std::string(say(Text::checking_here));
    return say(Text::checking_there, {other_name});
}

std::string active_words(const Transfer& transfer, const std::string& other_name) {
    std::string text = progress_words(transfer);
    if (transfer.is_checking) {
        add_fact(text, checking_words(transfer, other_name));
        return text;
    }
    if (is_without_answer(transfer)) {
        add_fact(text, say(Text::no_answer, {other_name}));
        return text;
    }
    if (transfer.rate_bytes_per_s > 0) {
        add_fact(text, say(Text::rate, {size_text(transfer.rate_bytes_per_s)}));
    }
    if (transfer.eta_s) add_fact(text, say(Text::time_left, {duration_text(*transfer.eta_s)}));
    return text;
}

std::string paused_words(const Transfer& transfer, const std::string& other_name) {
    switch (transfer.paused_by) {
        case PausedBy::nobody: return std::string(say(Text::state_paused));
        case PausedBy::us: return std::string(say(Text::paused_by_you));
        case PausedBy::peer: return say(Text::paused_by_them, {other_name});
        case PausedBy::disk:
            if (transfer.direction == Direction::in)
                return std::string(say(Text::paused_disk_here));
            if (is_disk_away(transfer)) return say(Text::paused_disk_away_there, {other_name});
            return say(Text::paused_disk_there, {other_name});
    }
    return std::string(say(Text::state_paused));
}

std::string bottleneck_words(Bottleneck bottleneck, const OtherSide& other) {
    switch (bottleneck) {
        case Bottleneck::unknown: return {};
        case Bottleneck::sender_disk: return std::string(say(Text::limit_sender_disk));
        case Bottleneck::sender_encryption: return std::string(say(Text::limit_sender_encryption));
        case Bottleneck::network: return std::string(say(Text::limit_network));
        case Bottleneck::receiver_disk: return std::string(say(Text::limit_receiver_disk));
        case Bottleneck::rate_limit:
            if (other.is_limit_ours) return std::string(say(Text::limit_rate_yours));
            return say(Text::limit_rate_theirs, {other.name});
    }
    return {};
}

std::string what_makes_it_go_on(const Transfer& transfer, const OtherSide& other) {
    if (transfer.is_stale && transfer.quiet_since) {
        const WallTime since = *transfer.quiet_since;
        // A date and never "Yesterday": a stale one has been quiet for days.
        return say(Text::quiet_since, {day_text(since, since + std::chrono::days(400))});
    }
    if (!other.are_we_in_room) return say(Text::goes_on_in_room, {other.name});
    if (!other.is_here) return say(Text::goes_on_when_back, {other.name});
    return std::string(
        say(is_disk_away(transfer) ? Text::goes_on_when_it_works : Text::goes_on_soon));
}

std::string file_words(const Transfer& transfer) {
    // While what is stored is read again, the count begins anew and would seem to go back.
    if (transfer.files_total < 2 || transfer.is_checking) return {};
    const std::string total = count_text(transfer.files_total);
    const bool is_begun = transfer.files_done > 0 || (transfer.state != TransferState::offered &&
                                                      transfer.state != TransferState::waiting);
    if (transfer.is_over() || !is_begun) return say(Text::files_count, {total});
    return say(Text::files_done_of, {count_text(transfer.files_done), total});
}

/// Where something of that name was there before, what came has another one.
std::string saved_words(const Transfer& transfer) {
    if (transfer.state != TransferState::done || transfer.saved_as.size() != 1) return {};
    const std::string& path = transfer.saved_as.front();
    const std::string name = path.substr(path.find_last_of('/') + 1);
    return name == transfer.name ? std::string() : say(Text::saved_as, {name});
}

std::uint64_t percent_of(const Transfer& transfer) {
    if (transfer.bytes_total == 0) return 0;
    const auto share =
        static_cast<double>(transfer.bytes_done) / static_cast<double>(transfer.bytes_total);
    return std::min<std::uint64_t>(100, static_cast<std::uint64_t>(share * 100));
}

}  // namespace

bool is_disk_away(const Transfer& transfer) {
    return transfer.fault && transfer.fault->code == FaultCode::file_error;
}

bool is_without_answer(const Transfer& transfer) {
    return transfer.state == TransferState::active && !transfer.is_checking &&
           transfer.rate_bytes_per_s == 0 && transfer.bottleneck == Bottleneck::network;
}

std::string state_words(const Transfer& transfer, const std::string& other_name) {
    const auto with_size = [&](Text text) {
        return size_text(transfer.bytes_total) + " · " + std::string(say(text));
    };
    switch (transfer.state) {
        case TransferState::offered: return with_size(Text::waits_for_answer);
        case TransferState::waiting:
            if (transfer.is_checking) return active_words(transfer, other_name);
            if (transfer.queue_place == 0) {
                return with_size(transfer.fault ? Text::state_waits_for_relay
                                                : Text::state_waiting);
            }
            return size_text(transfer.bytes_total) + " · " +
                   say(Text::state_queued, {std::to_string(transfer.queue_place)});
        case TransferState::active: return active_words(transfer, other_name);
        case TransferState::paused:
            return progress_words(transfer) + " · " + paused_words(transfer, other_name);
        case TransferState::interrupted:
            if (transfer.is_checking) return active_words(transfer, other_name);
            return progress_words(transfer) + " · " + std::string(say(Text::state_interrupted));
        case TransferState::verifying: return with_size(Text::state_verifying);
        case TransferState::done:
            return with_size(transfer.direction == Direction::in ? Text::state_done_in
                                                                 : Text::state_done_out);
        case TransferState::declined: return with_size(Text::state_declined);
        case TransferState::cancelled: return with_size(Text::state_cancelled);
        case TransferState::failed: return with_size(Text::state_failed);
    }
    return {};
}

std::string short_state_words(const Transfer& transfer, const std::string& other_name) {
    switch (transfer.state) {
        case TransferState::offered: return std::string(say(Text::short_offered));
        case TransferState::waiting:
            if (transfer.is_checking) return std::string(say(Text::state_verifying));
            if (transfer.queue_place == 0) return std::string(say(Text::short_connecting));
            return say(Text::short_queued, {std::to_string(transfer.queue_place)});
        case TransferState::active: {
            if (transfer.is_checking) return std::string(say(Text::state_verifying));
            std::string text = std::to_string(percent_of(transfer)) + " %";
            if (is_without_answer(transfer)) add_fact(text, say(Text::short_no_answer));
            if (transfer.rate_bytes_per_s > 0) {
                add_fact(text, say(Text::rate, {size_text(transfer.rate_bytes_per_s)}));
            }
            return text;
        }
        case TransferState::paused: return paused_words(transfer, other_name);
        case TransferState::interrupted:
            return std::string(
                say(transfer.is_checking ? Text::state_verifying : Text::state_interrupted));
        case TransferState::verifying: return std::string(say(Text::state_verifying));
        case TransferState::done: return std::string(say(Text::state_done_out));
        case TransferState::declined: return std::string(say(Text::state_declined));
        case TransferState::cancelled: return std::string(say(Text::state_cancelled));
        case TransferState::failed: return std::string(say(Text::state_failed));
    }
    return {};
}

std::string fact_words(const Transfer& transfer, const OtherSide& other) {
    std::string line;
    if (transfer.state == TransferState::interrupted) {
        return what_makes_it_go_on(transfer, other);
    }
    if (transfer.state == TransferState::paused && transfer.paused_by == PausedBy::disk) {
        add_fact(line, say(is_disk_away(transfer) ? Text::goes_on_when_saved_again
                                                  : Text::goes_on_with_room));
        return line;
    }
    add_fact(line, saved_words(transfer));
    add_fact(line, file_words(transfer));
    if (transfer.files_skipped > 0) {
        add_fact(line, say(Text::files_skipped, {count_text(transfer.files_skipped)}));
    }
    if (transfer.left_out > 0) {
        add_fact(line, say(Text::left_out, {count_text(transfer.left_out)}));
    }
    return line;
}

std::string limit_words(const Transfer& transfer, const OtherSide& other) {
    const std::string bottleneck = bottleneck_words(transfer.bottleneck, other);
    if (transfer.state != TransferState::active || bottleneck.empty()) return {};
    if (is_without_answer(transfer) || transfer.is_checking) return {};
    return say(Text::limited_by, {bottleneck});
}

std::string reason_words(const Transfer& transfer) {
    const bool is_about_now = transfer.state == TransferState::failed ||
                              transfer.state == TransferState::paused ||
                              transfer.state == TransferState::interrupted;
    return is_about_now && transfer.fault ? transfer.fault->sentence : std::string();
}

std::string detail_words(const Transfer& transfer) {
    std::string lines;
    const auto add_line = [&lines](const std::string& line) {
        if (!lines.empty()) lines += '\n';
        lines += line;
    };
    if (transfer.bytes_sent_again > 0) {
        add_line(say(Text::sent_again_tip, {size_text(transfer.bytes_sent_again)}));
    }
    if (transfer.files_skipped > 0) {
        add_line(say(Text::files_skipped_tip, {count_text(transfer.files_skipped)}));
    }
    if (transfer.left_out > 0) {
        add_line(say(Text::left_out_tip, {count_text(transfer.left_out)}));
    }
    return lines;
}

}  // namespace dropline::ui
