#include "net/transfer/manifest.hpp"

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/api/unicode.hpp"
#include "net/transfer/safe_name.hpp"

namespace dropline {

namespace {

/// Numbers and tags of one entry on the wire, besides its path.
constexpr std::size_t entry_overhead_bytes = 40;
/// Left free in the first page for the names of what is left out.
constexpr std::size_t list_page_bytes = limits::frame_bytes_max - 1024;
constexpr std::size_t left_out_name_bytes_max = 200;
constexpr std::size_t first_page_bytes =
    list_page_bytes - wire::left_out_names_max * (left_out_name_bytes_max + 8);

Fault broken_list(std::string sentence) {
    return Fault{FaultCode::protocol_error, std::move(sentence)};
}

Fault too_many() {
    return {FaultCode::too_large, "The offer lists more files than one may hold (" +
                                      std::to_string(limits::offer_entries_max) + ")."};
}

/// By their order: a hash of names that others chose may put all of them into one place.
bool are_distinct(const std::vector<ManifestRoot>& roots) {
    std::vector<std::string_view> names;
    names.reserve(roots.size());
    for (const ManifestRoot& root : roots) names.emplace_back(root.name);
    std::ranges::sort(names);
    return std::ranges::adjacent_find(names) == names.end();
}

bool begins_root(const ManifestEntry& entry, const std::vector<ManifestRoot>& roots) {
    return roots.empty() || roots.back().name != first_component(entry.path);
}

/// A risky folder is told of by what is in it, and by itself when that is nothing.
bool is_told_first(const Manifest& manifest, std::uint32_t index) {
    const ManifestEntry& entry = manifest.entries[index];
    if (!entry.is_risky || !entry.is_folder) return entry.is_risky;
    const bool is_last = index + 1 == manifest.size();
    return is_last || !manifest.entries[index + 1].path.starts_with(entry.path + "/");
}

}  // namespace

std::string_view first_component(std::string_view path) { return path.substr(0, path.find('/')); }

std::string_view below_first_component(std::string_view path) {
    const std::size_t slash = path.find('/');
    return slash == path.npos ? std::string_view() : path.substr(slash + 1);
}

std::string Manifest::title() const {
    constexpr std::size_t named_max = 2;
    std::string title;
    for (std::size_t root = 0; root < std::min(roots.size(), named_max); ++root) {
        title += (root == 0 ? "" : ", ") + roots[root].name;
    }
    if (roots.size() > named_max) title += " +" + std::to_string(roots.size() - named_max);
    return title;
}

Result<void> complete_manifest(Manifest& manifest) {
    manifest.roots.clear();
    manifest.bytes = 0;
    manifest.folders = 0;
    manifest.gone = 0;
    manifest.kept_bytes = 0;
    for (std::uint32_t index = 0; index < manifest.size(); ++index) {
        const ManifestEntry& entry = manifest.entries[index];
        if (entry.bytes > limits::file_bytes_max - manifest.bytes) {
            return Fault{FaultCode::too_large, "The offer claims an impossible size."};
        }
        manifest.bytes += entry.bytes;
        manifest.kept_bytes += entry.path.size() + entry_overhead_bytes;
        if (entry.is_gone || entry.is_folder) ++(entry.is_gone ? manifest.gone : manifest.folders);
        const bool is_inside = !below_first_component(entry.path).empty();
        if (begins_root(entry, manifest.roots)) {
            manifest.roots.push_back(
                {std::string(first_component(entry.path)), index, 0, entry.is_folder || is_inside});
        }
        ++manifest.roots.back().count;
    }
    if (!are_distinct(manifest.roots)) return broken_list("The offer's list is out of order.");
    return {};
}

bool lists_nothing_new(const Manifest& before, const Manifest& now) {
    return std::ranges::equal(before.entries, now.entries, [](const auto& old, const auto& newer) {
        const bool is_back = old.is_gone && !newer.is_gone;
        return old.path == newer.path && old.is_folder == newer.is_folder && !is_back;
    });
}

bool lets_more_be_run(const Manifest& before, const Manifest& now) {
    return !std::ranges::equal(before.entries, now.entries, [](const auto& old, const auto& newer) {
        return old.is_executable || !newer.is_executable;
    });
}

Fault nothing_there() { return broken_list("The offer lists what is not there."); }

// ---- Pages --------------------------------------------------------------------------------------

ManifestPages::ManifestPages(const Manifest& manifest) : manifest_(&manifest), begins_{0} {
    std::size_t bytes = 0;
    for (std::uint32_t index = 0; index < manifest.size(); ++index) {
        const std::size_t cost = manifest.entries[index].path.size() + entry_overhead_bytes;
        const std::size_t room = begins_.size() == 1 ? first_page_bytes : list_page_bytes;
        if (bytes + cost > room && bytes > 0) {
            begins_.push_back(index);
            bytes = 0;
        }
        bytes += cost;
    }
}

std::vector<wire::OfferedEntry> ManifestPages::entries_of(std::uint32_t page) const {
    const std::uint32_t end = page + 1 < count() ? begins_[page + 1] : manifest_->size();
    std::vector<wire::OfferedEntry> entries;
    for (std::uint32_t index = begins_[page]; index < end; ++index) {
        const ManifestEntry& entry = manifest_->entries[index];
        entries.push_back({entry.path, entry.bytes, entry.modified_at_s, entry.is_folder,
                           entry.is_executable, entry.is_gone});
    }
    return entries;
}

wire::Offer ManifestPages::first(const TransferId& id, std::uint32_t version) const {
    wire::Offer offer;
    offer.transfer = id;
    offer.files = manifest_->size();
    offer.bytes = manifest_->bytes;
    offer.pages = count();
    offer.entries = entries_of(0);
    offer.version = version;
    offer.left_out = manifest_->left_out;
    for (const std::string& name : manifest_->left_out_names) {
        if (offer.left_out_names.size() >= wire::left_out_names_max) break;
        offer.left_out_names.emplace_back(utf8_prefix(name, left_out_name_bytes_max));
    }
    return offer;
}

wire::OfferPage ManifestPages::page(const TransferId& id, std::uint32_t version,
                                    std::uint32_t page) const {
    return {id, page, entries_of(page), version};
}

// ---- Reading ------------------------------------------------------------------------------------

ManifestReader::ManifestReader(const wire::Offer& offer)
    : files_announced_(offer.files),
      bytes_announced_(offer.bytes),
      pages_(offer.pages),
      version_(offer.version) {
    manifest_.version = offer.version;
    manifest_.left_out = offer.left_out;
    for (const std::string& name : offer.left_out_names) {
        manifest_.left_out_names.push_back(escape_for_display(name));
        remark_bytes_ += manifest_.left_out_names.back().size();
    }
}

Result<void> ManifestReader::add(std::span<const wire::OfferedEntry> entries) {
    for (const auto& entry : entries) {
        kept_bytes_ += entry.name.size() + entry_overhead_bytes;
        const bool is_too_much =
            manifest_.entries.size() >= limits::offer_entries_max ||
            kept_bytes_ + names_.unlisted_bytes() > limits::offer_manifest_bytes_max;
        if (is_too_much) return too_many();
        if (entry.is_gone && version_ == 0) return nothing_there();
        auto safe = make_safe_path(entry.name);
        if (!safe) return safe.fault();
        if (auto apart = names_.add(safe->relative, entry.is_folder); !apart) return apart;
        if (safe->was_changed) {
            const auto sent = sent_names_.emplace(manifest_.size(), escape_for_display(entry.name));
            remark_bytes_ += sent.first->second.size() + entry_overhead_bytes;
        }
        // It would be saved as something to run, whatever it is called; of a folder it means
        // nothing.
        const bool can_run = entry.is_executable && !entry.is_folder;
        manifest_.entries.push_back({std::move(safe->relative), entry.bytes, entry.modified_at_s,
                                     entry.is_folder, entry.is_executable,
                                     safe->is_risky || can_run, entry.is_gone});
    }
    return {};
}

Result<bool> ManifestReader::add_page(const wire::OfferPage& page) {
    const bool is_asked_for =
        page.page == next_page_ && next_page_ < pages_ && page.version == version_;
    if (!is_asked_for) return false;
    ++next_page_;
    if (auto added = add(page.entries); !added) return added.fault();
    return true;
}

Result<Manifest> ManifestReader::finish() {
    if (auto completed = complete_manifest(manifest_); !completed) return completed.fault();
    const bool is_as_announced =
        manifest_.size() == files_announced_ && manifest_.bytes == bytes_announced_;
    if (!is_as_announced) return broken_list("The offer's list does not match what it announced.");
    manifest_.kept_bytes = kept_bytes();
    // It may wait for its person for days: nothing is kept that it does not need.
    manifest_.entries.shrink_to_fit();
    manifest_.roots.shrink_to_fit();
    return std::move(manifest_);
}

OfferedFile offered_file(const Manifest& manifest, std::uint32_t index,
                         const std::map<std::uint32_t, std::string>& sent_names) {
    const ManifestEntry& entry = manifest.entries[index];
    const auto sent = sent_names.find(index);
    return {entry.path, sent == sent_names.end() ? std::string() : sent->second, entry.bytes,
            entry.is_risky, entry.is_folder};
}

/// A folder at the top stands for all of it.
OfferedFile offered_root(const Manifest& manifest, const ManifestRoot& root,
                         const std::map<std::uint32_t, std::string>& sent_names) {
    OfferedFile shown = offered_file(manifest, root.first, sent_names);
    if (!root.is_folder) return shown;
    shown.name = root.name;
    shown.is_folder = true;
    shown.bytes = 0;
    for (std::uint32_t index = root.first; index < root.first + root.count; ++index) {
        shown.bytes += manifest.entries[index].bytes;
    }
    return shown;
}

std::vector<OfferedFile> offer_preview(const Manifest& manifest,
                                       const std::map<std::uint32_t, std::string>& sent_names) {
    std::vector<OfferedFile> preview;
    const auto is_full = [&] { return preview.size() >= limits::offer_preview_entries; };
    for (std::uint32_t index = 0; index < manifest.size() && !is_full(); ++index) {
        if (is_told_first(manifest, index))
            preview.push_back(offered_file(manifest, index, sent_names));
    }
    // Of several things at the top, what they are; of one folder, what is in it.
    if (manifest.roots.size() > 1) {
        for (const ManifestRoot& root : manifest.roots) {
            const bool is_told = is_told_first(manifest, root.first) &&
                                 manifest.entries[root.first].path == root.name;
            if (!is_told && !is_full()) preview.push_back(offered_root(manifest, root, sent_names));
        }
        return preview;
    }
    for (std::uint32_t index = 0; index < manifest.size() && !is_full(); ++index) {
        const ManifestEntry& entry = manifest.entries[index];
        const bool is_whole_list = manifest.size() <= limits::offer_preview_entries;
        const bool is_shown = !entry.is_risky && (!entry.is_folder || is_whole_list);
        if (is_shown) preview.push_back(offered_file(manifest, index, sent_names));
    }
    return preview;
}

}  // namespace dropline
