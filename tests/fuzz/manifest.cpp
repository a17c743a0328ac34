// The list of an offer as it comes in, page by page, and what its receiver then relies on.
#include "net/transfer/manifest.hpp"

#include <algorithm>
#include <set>
#include <variant>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/transfer/safe_name.hpp"
#include "net/wire/codec.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/transfer/hostile_names.hpp"

namespace dropline::fuzz {

namespace {

const TransferId transfer = *TransferId::from_bytes(std::string(TransferId::size_bytes, 't'));

template <typename Kind>
Kind over_the_wire(const Kind& message) {
    const auto encoded = wire::encode(message);
    wire::FrameParser parser;
    parser.push(std::as_bytes(std::span(*encoded)));
    const auto frame = parser.next();
    require(frame && *frame, "a page of ours fits into its frame");
    const auto decoded = wire::decode(**frame);
    require(decoded.has_value(), "a page of ours is understood");
    return std::get<Kind>(*decoded);
}

/// Each root's entries lie together, all below its name, and every entry has a root.
void check_roots(const Manifest& manifest) {
    std::uint32_t next = 0;
    for (const ManifestRoot& root : manifest.roots) {
        require(root.first == next && root.count > 0, "roots follow each other");
        for (std::uint32_t index = root.first; index < root.first + root.count; ++index) {
            require(first_component(manifest.entries[index].path) == root.name,
                    "an entry lies below its root");
        }
        next += root.count;
    }
    require(next == manifest.size(), "every entry has a root");
}

void check_entries(const Manifest& manifest) {
    std::set<std::string> keys;
    std::uint64_t bytes = 0;
    for (const ManifestEntry& entry : manifest.entries) {
        const auto safe = make_safe_path(entry.path);
        require(safe && safe->relative == entry.path, "every path of a list is a safe one");
        const bool can_run = entry.is_executable && !entry.is_folder;
        require(entry.is_risky == (safe->is_risky || can_run), "what is risky is marked");
        require(keys.insert(name_key(entry.path)).second, "no two entries are one on a disk");
        bytes += entry.bytes;
    }
    require(bytes == manifest.bytes && bytes <= limits::file_bytes_max, "sizes add up");
}

void check_shown(const Manifest& manifest, const std::map<std::uint32_t, std::string>& sent_names) {
    const auto preview = offer_preview(manifest, sent_names);
    require(preview.size() <= limits::offer_preview_entries, "a preview is short");
    require(preview.empty() == manifest.entries.empty(), "of every offer something is shown");
    for (const auto& [index, name] : sent_names) {
        require(index < manifest.size(), "a name that was sent belongs to an entry");
        require(escape_for_display(name) == name, "a name that was sent steers no terminal");
    }
    for (const std::string& name : manifest.left_out_names) {
        require(escape_for_display(name) == name, "a name that was left out steers no terminal");
    }
    const std::string title = manifest.title();
    require(escape_for_display(title) == title, "a title steers no terminal");
}

/// Offered on by its receiver, the same list arrives.
void check_handed_on(const Manifest& manifest) {
    const ManifestPages pages(manifest);
    const wire::Offer first = over_the_wire(pages.first(transfer, 1));
    ManifestReader reader(first);
    require(reader.add(first.entries).has_value(), "a first page of ours is taken");
    while (const std::uint32_t page = reader.page_missing()) {
        const auto added = reader.add_page(over_the_wire(pages.page(transfer, 1, page)));
        require(added && *added, "a page of ours is taken");
    }
    require(reader.sent_names().empty(), "a safe path is not changed again");
    const auto again = reader.finish();
    require(again.has_value(), "a list that was taken is taken again");
    const auto is_same = [](const ManifestEntry& a, const ManifestEntry& b) {
        return a.path == b.path && a.bytes == b.bytes && a.modified_at_s == b.modified_at_s &&
               a.is_folder == b.is_folder && a.is_executable == b.is_executable &&
               a.is_gone == b.is_gone;
    };
    require(std::ranges::equal(again->entries, manifest.entries, is_same),
            "a list arrives as it was");
}

void check_finished(ManifestReader& reader) {
    const auto manifest = reader.finish();
    if (!manifest) {
        const std::string& sentence = manifest.fault().sentence;
        require(escape_for_display(sentence) == sentence, "a fault steers no terminal");
        return;
    }
    check_entries(*manifest);
    check_roots(*manifest);
    check_shown(*manifest, reader.sent_names());
    check_handed_on(*manifest);
}

/// The input is a stream of frames: an offer, then pages.
void check(std::string_view input) {
    wire::FrameParser parser;
    parser.push(std::as_bytes(std::span(input)));
    std::optional<ManifestReader> reader;
    while (true) {
        const auto frame = parser.next();
        if (!frame || !*frame) break;
        const auto message = wire::decode(**frame);
        if (!message) break;
        if (const auto* offer = std::get_if<wire::Offer>(&*message); offer && !reader) {
            reader.emplace(*offer);
            if (!reader->add(offer->entries)) return;
        } else if (const auto* page = std::get_if<wire::OfferPage>(&*message); page && reader) {
            if (!reader->add_page(*page)) return;
        }
    }
    if (reader && reader->page_missing() == 0) check_finished(*reader);
}

std::string offer_of(std::vector<wire::OfferedEntry> entries, std::uint32_t pages,
                     std::uint32_t files) {
    wire::Offer offer;
    offer.transfer = transfer;
    offer.files = files;
    offer.pages = pages;
    offer.left_out = 1;
    offer.left_out_names = {"d/\x1b[2Jlink"};
    for (const auto& entry : entries) offer.bytes += entry.bytes;
    offer.entries = std::move(entries);
    return *wire::encode(offer);
}

std::vector<std::string> seeds() {
    std::vector<std::string> seeds;
    for (const tests::HostileName& name : tests::hostile_names()) {
        seeds.push_back(offer_of({{name.sent, 5, 0, false, false}}, 1, 1));
    }
    const wire::OfferedEntry folder{"d", 0, 7, true, false};
    const wire::OfferedEntry script{"d/run.sh", 12, -1, false, true};
    seeds.push_back(offer_of({folder, script, {"z", 1, 1, false, false}}, 1, 3));
    seeds.push_back(offer_of({folder}, 2, 2) +
                    *wire::encode(wire::OfferPage{transfer, 1, {script}, 0}));
    seeds.push_back(offer_of({folder, {"D", 1, 0, false, false}}, 1, 2));
    seeds.push_back(offer_of({script, {"e", 1, 0, false, false}, folder}, 1, 3));
    std::vector<wire::OfferedEntry> many;
    for (char name = 'a'; name <= 'm'; ++name) {
        many.push_back({std::string(1, name), 1, 0, false, false});
    }
    seeds.push_back(offer_of(many, 1, 13));
    return seeds;
}

}  // namespace

Target manifest() { return {"manifest", 16 * 1024, check, seeds}; }

}  // namespace dropline::fuzz
