#include "app/line_splitter.hpp"

#include <utility>

namespace dropline::app {

void LineSplitter::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto newline = bytes.find('\n');
        append(bytes.substr(0, newline));
        if (newline == std::string_view::npos) return;
        complete();
        bytes.remove_prefix(newline + 1);
    }
}

void LineSplitter::forget() {
    partial_.clear();
    is_partial_too_long_ = false;
    lines_.clear();
}

void LineSplitter::finish() {
    if (!partial_.empty() || is_partial_too_long_) complete();
}

std::optional<InputLine> LineSplitter::next() {
    if (lines_.empty()) return std::nullopt;
    InputLine line = std::move(lines_.front());
    lines_.pop_front();
    return line;
}

void LineSplitter::append(std::string_view part) {
    if (is_partial_too_long_) return;
    if (partial_.size() + part.size() > line_bytes_max_) {
        partial_.clear();
        partial_.shrink_to_fit();
        is_partial_too_long_ = true;
        return;
    }
    partial_ += part;
}

void LineSplitter::complete() {
    lines_.push_back({std::exchange(partial_, {}), std::exchange(is_partial_too_long_, false)});
}

}  // namespace dropline::app
