#include "ui/model/offer_choice.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>

#include "net/api/ascii.hpp"

namespace dropline::ui {
namespace {

std::string_view take_digits(std::string_view& text) {
    std::size_t length = 0;
    while (length < text.size() && is_digit(text[length])) ++length;
    const std::string_view digits = text.substr(0, length);
    text.remove_prefix(length);
    return digits;
}

/// As numbers, however long; of two that are equal the one with fewer zeros before it comes first.
int compare_digits(std::string_view a, std::string_view b) {
    const std::size_t a_all = a.size();
    const std::size_t b_all = b.size();
    a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
    b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
    if (const int order = a.compare(b); order != 0) return order;
    return a_all == b_all ? 0 : (a_all < b_all ? -1 : 1);
}

/// "9.jpg" before "10.jpg", and a folder directly before what is in it: '/' comes before every
/// other letter.
bool comes_before(std::string_view a, std::string_view b) {
    const auto weight = [](char letter) {
        return letter == '/' ? 0 : 1 + static_cast<int>(static_cast<unsigned char>(letter));
    };
    while (!a.empty() && !b.empty()) {
        if (is_digit(a.front()) && is_digit(b.front())) {
            const int order = compare_digits(take_digits(a), take_digits(b));
            if (order != 0) return order < 0;
            continue;
        }
        if (a.front() != b.front()) return weight(a.front()) < weight(b.front());
        a.remove_prefix(1);
        b.remove_prefix(1);
    }
    return a.size() < b.size();
}

bool is_below(std::string_view path, std::string_view folder) {
    return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

}  // namespace

OfferChoice::OfferChoice(const std::vector<OfferedFile>& entries) {
    put_in_order(entries);
    find_subtrees(entries);
    is_taken_.assign(entries.size(), 1);
    count();
}

void OfferChoice::put_in_order(const std::vector<OfferedFile>& entries) {
    order_.resize(entries.size());
    place_of_.resize(entries.size());
    std::iota(order_.begin(), order_.end(), 0U);
    std::stable_sort(order_.begin(), order_.end(), [&entries](std::uint32_t a, std::uint32_t b) {
        return comes_before(entries[a].name, entries[b].name);
    });
    for (std::uint32_t place = 0; place < order_.size(); ++place) {
        place_of_[order_[place]] = place;
        is_file_.push_back(entries[order_[place]].is_folder ? 0 : 1);
        bytes_.push_back(entries[order_[place]].bytes);
    }
}

void OfferChoice::find_subtrees(const std::vector<OfferedFile>& entries) {
    const auto count = static_cast<std::uint32_t>(order_.size());
    const auto entry_at = [&](std::uint32_t place) -> const OfferedFile& {
        return entries[order_[place]];
    };
    end_.assign(count, count);
    std::vector<Row> risky;
    std::vector<std::uint32_t> around;  // the folders a place is in, the outermost first
    for (std::uint32_t place = 0; place < count; ++place) {
        const OfferedFile& entry = entry_at(place);
        while (!around.empty() && !is_below(entry.name, entry_at(around.back()).name)) {
            end_[around.back()] = place;
            around.pop_back();
        }
        const auto from = around.empty()
                              ? 0
                              : static_cast<std::uint32_t>(entry_at(around.back()).name.size() + 1);
        if (entry.is_risky) {
            risky.push_back({order_[place], 0, 0});
        } else {
            rows_.push_back({order_[place], static_cast<std::uint32_t>(around.size()), from});
        }
        if (entry.is_folder) {
            around.push_back(place);
        } else {
            end_[place] = place + 1;
        }
    }
    rows_.insert(rows_.begin(), risky.begin(), risky.end());
    all_leaves_before_.assign(1, 0);
    for (std::uint32_t place = 0; place < count; ++place) {
        is_leaf_.push_back(end_[place] == place + 1 ? 1 : 0);
        all_leaves_before_.push_back(all_leaves_before_.back() + is_leaf_.back());
    }
}

void OfferChoice::count() {
    leaves_before_.assign(order_.size() + 1, 0);
    files_taken_ = 0;
    bytes_taken_ = 0;
    for (std::size_t place = 0; place < order_.size(); ++place) {
        const bool is_taken_leaf = is_leaf_[place] != 0 && is_taken_[place] != 0;
        leaves_before_[place + 1] = leaves_before_[place] + (is_taken_leaf ? 1 : 0);
        if (!is_taken_leaf || is_file_[place] == 0) continue;
        ++files_taken_;
        bytes_taken_ += bytes_[place];
    }
}

Ticked OfferChoice::ticked(std::uint32_t entry) const {
    const std::size_t place = place_of_[entry];
    const std::size_t end = end_[place];
    const std::uint32_t taken = leaves_before_[end] - leaves_before_[place];
    if (taken == 0) return Ticked::none;
    return taken == all_leaves_before_[end] - all_leaves_before_[place] ? Ticked::all
                                                                        : Ticked::some;
}

void OfferChoice::take_range(std::size_t begin, std::size_t end, bool is_taken) {
    std::fill(is_taken_.begin() + static_cast<std::ptrdiff_t>(begin),
              is_taken_.begin() + static_cast<std::ptrdiff_t>(end),
              static_cast<std::uint8_t>(is_taken ? 1 : 0));
    count();
}

void OfferChoice::toggle(std::uint32_t entry) {
    const std::size_t place = place_of_[entry];
    take_range(place, end_[place], ticked(entry) != Ticked::all);
}

void OfferChoice::tick_all(bool is_taken) { take_range(0, order_.size(), is_taken); }

std::vector<std::string> OfferChoice::left_out(const std::vector<OfferedFile>& entries) const {
    std::vector<std::string> paths;
    for (std::size_t place = 0; place < order_.size();) {
        if (ticked(order_[place]) == Ticked::none) {
            paths.push_back(entries[order_[place]].name);
            place = end_[place];
        } else {
            ++place;
        }
    }
    return paths;
}

}  // namespace dropline::ui
