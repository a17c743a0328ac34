#include "app/offer_question.hpp"

#include <algorithm>

#include "net/api/safe_text.hpp"
#include "ui/text/quantity.hpp"

namespace dropline::app {

namespace {

bool has_hidden_part(const std::string& path) {
    return path.starts_with('.') || path.find("/.") != std::string::npos;
}

}  // namespace

std::string question_of(const event::Offer& offer) {
    std::string text = escape_for_display(offer.from.name) + " [" + key_tag(offer.from.id) +
                       "] offers " + escape_for_display(offer.name) + " (" +
                       ui::size_text(offer.bytes) + ")";
    for (const OfferedFile& file : offer.preview) {
        text += "\n  " + escape_for_display(file.name) + "  " + ui::size_text(file.bytes);
        if (file.is_risky) text += "  ! hidden or runnable";
        if (!file.sent_name.empty())
            text += "  (sent as " + escape_for_display(file.sent_name) + ")";
    }
    if (offer.files > offer.preview.size()) {
        text += "\n  and " + std::to_string(offer.files - offer.preview.size()) + " more";
    }
    return text + "\nTake it? [y/N] ";
}

bool may_hide_something(const event::Offer& offer) {
    const auto& seen = offer.preview;
    const auto is_hidden = [](const OfferedFile& file) { return has_hidden_part(file.name); };
    if (std::any_of(seen.begin(), seen.end(), is_hidden)) return true;
    // Risky names come first: when none of the seen is harmless, the unseen may be hidden ones.
    const auto is_risky = [](const OfferedFile& file) { return file.is_risky; };
    return offer.files > seen.size() && std::all_of(seen.begin(), seen.end(), is_risky);
}

}  // namespace dropline::app
