#include "app/offer_question.hpp"

#include "net/api/safe_text.hpp"
#include "ui/text/quantity.hpp"

namespace dropline::app {

namespace {

std::string counts_of(const event::Offer& offer) {
    std::string counts;
    if (offer.files != 1) counts += ", " + std::to_string(offer.files) + " files";
    if (offer.folders > 0) counts += ", " + std::to_string(offer.folders) + " folders";
    return counts;
}

}  // namespace

std::string question_of(const event::Offer& offer, bool is_changed) {
    std::string text = escape_for_display(offer.from.name) + " [" + key_tag(offer.from.id) +
                       "] offers " + escape_for_display(offer.name) + " (" +
                       ui::size_text(offer.bytes) + counts_of(offer) + ")";
    for (const OfferedFile& file : offer.preview) {
        text += "\n  " + escape_for_display(file.name) + "  " + ui::size_text(file.bytes);
        if (file.is_risky) text += "  ! hidden or runnable";
        if (!file.sent_name.empty())
            text += "  (sent as " + escape_for_display(file.sent_name) + ")";
    }
    const std::size_t entries = std::size_t{offer.files} + offer.folders;
    if (entries > offer.preview.size()) {
        text += "\n  and " + std::to_string(entries - offer.preview.size()) + " more";
    }
    if (offer.existing > 0) {
        text += "\n  " + std::to_string(offer.existing) +
                " of these names exist already; equal files are skipped, others get a number";
    }
    if (offer.left_out > 0) {
        text += "\n  left out by the sender (links, devices, what cannot be read): " +
                std::to_string(offer.left_out);
        for (const std::string& path : offer.left_out_preview)
            text += "\n    " + escape_for_display(path);
    }
    if (!is_changed) return text + "\nTake it? [y/N] ";
    return text + "\nThis is another list than before. To take it, type \"" +
           std::string(word_for_changed_list) + "\"; anything else declines. ";
}

}  // namespace dropline::app
