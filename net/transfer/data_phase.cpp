#include "net/transfer/data_phase.hpp"

#include <algorithm>
#include <span>

namespace dropline {

namespace {

using enum DataKind;

constexpr std::array kinds_of_plan = {skip, have, start, stop};
constexpr std::array progress_or_verdict = {stored, file_done, waits_for, all_done, stop};
constexpr std::array begin_of_file = {begin, waits_for, stop};
constexpr std::array bytes_of_file = {data, waits_for, stop};
constexpr std::array end_of_chunk = {chunk, waits_for, stop};
constexpr std::array end_of_file = {file_end, waits_for, stop};
constexpr std::array only_life = {waits_for, stop};

std::span<const DataKind> allowed_kinds(DataPhase phase) {
    switch (phase) {
        case DataPhase::sender_expects_plan: return kinds_of_plan;
        // The verdict may come before the sender has looked up from its last block.
        case DataPhase::sender_streams:
        case DataPhase::sender_expects_verdict: return progress_or_verdict;
        case DataPhase::receiver_expects_begin: return begin_of_file;
        case DataPhase::receiver_in_file: return bytes_of_file;
        case DataPhase::receiver_at_chunk_end: return end_of_chunk;
        case DataPhase::receiver_at_file_end: return end_of_file;
        case DataPhase::receiver_has_all: return only_life;
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
        case skip: return "skip";
        case have: return "have";
        case begin: return "begin";
        case chunk: return "chunk";
        case waits_for: return "waits_for";
    }
    return "unknown";
}

}  // namespace dropline
