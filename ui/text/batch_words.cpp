#include "ui/text/batch_words.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "ui/text/quantity.hpp"
#include "ui/text/text.hpp"

namespace dropline::ui {
namespace {

Text count_word(const Transfer& transfer) {
    switch (transfer.state) {
        case TransferState::offered: return Text::batch_asked;
        case TransferState::waiting:
        case TransferState::active:
        case TransferState::verifying: return Text::batch_under_way;
        case TransferState::paused: return Text::batch_paused;
        case TransferState::interrupted: return Text::batch_interrupted;
        case TransferState::done: return Text::batch_arrived;
        case TransferState::declined:
        case TransferState::cancelled:
        case TransferState::failed: return Text::batch_failed;
    }
    return Text::batch_failed;
}

/// What moves, taken together.
struct Flow {
    std::uint64_t bytes_done = 0;
    std::uint64_t bytes_total = 0;
    std::uint64_t rate = 0;
    std::optional<std::uint64_t> eta_s;  // of the last one to arrive
    bool is_moving = false;
};

Flow flow_of(const std::vector<const Transfer*>& transfers) {
    Flow flow;
    bool is_eta_known = true;
    for (const Transfer* transfer : transfers) {
        const bool has_arrived = transfer->state == TransferState::done;
        if (transfer->is_over() && !has_arrived) continue;
        flow.bytes_done += has_arrived ? transfer->bytes_total : transfer->bytes_done;
        flow.bytes_total += transfer->bytes_total;
        if (transfer->state != TransferState::active) continue;
        flow.is_moving = true;
        flow.rate += transfer->rate_bytes_per_s;
        is_eta_known = is_eta_known && transfer->eta_s;
        if (is_eta_known) flow.eta_s = std::max(flow.eta_s.value_or(0), *transfer->eta_s);
    }
    if (!is_eta_known) flow.eta_s.reset();
    return flow;
}

}  // namespace

std::string batch_summary_words(const std::vector<const Transfer*>& transfers) {
    std::string text = say(Text::to_people, {count_text(transfers.size())});
    for (const Text word : {Text::batch_arrived, Text::batch_under_way, Text::batch_paused,
                            Text::batch_interrupted, Text::batch_asked, Text::batch_failed}) {
        const auto count = std::count_if(
            transfers.begin(), transfers.end(),
            [word](const Transfer* transfer) { return count_word(*transfer) == word; });
        if (count > 0) add_fact(text, say(word, {count_text(static_cast<std::uint64_t>(count))}));
    }
    return text;
}

std::string batch_progress_words(const std::vector<const Transfer*>& transfers) {
    if (transfers.empty()) return {};
    const Flow flow = flow_of(transfers);
    if (!flow.is_moving) {
        return say(Text::batch_size_each, {size_text(transfers.front()->bytes_total)});
    }
    std::string text = size_text(flow.bytes_done) + " / " + size_text(flow.bytes_total);
    if (flow.rate > 0) add_fact(text, say(Text::rate, {size_text(flow.rate)}));
    if (flow.eta_s) add_fact(text, say(Text::time_left, {duration_text(*flow.eta_s)}));
    return text;
}

std::string batch_person_words(const Transfer& transfer, const OtherSide& other) {
    std::string text;
    switch (transfer.state) {
        case TransferState::active:
            if (transfer.eta_s && !transfer.is_checking) {
                add_fact(text, say(Text::time_left, {duration_text(*transfer.eta_s)}));
            }
            add_fact(text, fact_words(transfer, other));
            add_fact(text, limit_words(transfer, other));
            return text;
        case TransferState::paused:
            if (transfer.paused_by != PausedBy::disk) return {};
            [[fallthrough]];
        case TransferState::interrupted:
        case TransferState::failed: break;
        default: return {};
    }
    if (transfer.state != TransferState::failed) text = fact_words(transfer, other);
    const std::string reason = reason_words(transfer);
    if (!text.empty() && !reason.empty()) text += '\n';
    return text + reason;
}

}  // namespace dropline::ui
