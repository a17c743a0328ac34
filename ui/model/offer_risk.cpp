#include "ui/model/offer_risk.hpp"

#include <algorithm>
#include <cstddef>

namespace dropline::ui {

bool is_hidden_file(const OfferedFile& file) {
    return file.name.starts_with('.') || file.name.find("/.") != std::string::npos;
}

bool has_hidden_file(const event::Offer& offer) {
    return std::any_of(offer.preview.begin(), offer.preview.end(), is_hidden_file);
}

bool may_hide_something(const event::Offer& offer) {
    // Risky names come first: when none of the seen is harmless, the unseen may be hidden ones.
    const auto is_risky = [](const OfferedFile& file) { return file.is_risky; };
    const auto& seen = offer.preview;
    return std::size_t{offer.files} + offer.folders > seen.size() &&
           std::all_of(seen.begin(), seen.end(), is_risky);
}

}  // namespace dropline::ui
