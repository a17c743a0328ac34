#include "net/transfer/data_phase.hpp"

#include <algorithm>
#include <span>

namespace dropline {

namespace {

using enum DataKind;

constexpr std::array start_or_stop = {start, stop};
constexpr std::array progress = {stored, file_done, stop};
constexpr std::array progress_or_verdict = {stored, file_done, all_done, stop};
constexpr std::array bytes = {data, stop};
constexpr std::array end_of_file = {file_end, stop};
constexpr std::array only_stop = {stop};

std::span<const DataKind> allowed_kinds(DataPhase phase) {
    switch (phase) {
        case DataPhase::sender_expects_start: return start_or_stop;
        case DataPhase::sender_streams: return progress;
        case DataPhase::sender_expects_verdict: return progress_or_verdict;
        case DataPhase::receiver_in_file: return bytes;
        case DataPhase::receiver_at_file_end: return end_of_file;
        case DataPhase::receiver_has_all: return only_stop;
        case DataPhase::leaving: return all_data_kinds;
    }
    return {};
}

}  // namespace

bool is_allowed(DataPhase phase, DataKind kind) {
    const auto kinds = allowed_kinds(phase);
    return std::ranges::find(kinds, kind) != kinds.end();
}

std::string_view data_kind_name(DataKind kind) {
    switch (kind) {
        case start: return "start";
        case data: return "data";
        case file_end: return "file_end";
        case stored: return "stored";
        case file_done: return "file_done";
        case all_done: return "all_done";
        case stop: return "stop";
    }
    return "unknown";
}

}  // namespace dropline
