#include "net/transfer/manifest.hpp"

#include <algorithm>
#include <utility>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/transfer/safe_name.hpp"

namespace dropline {

namespace {

/// Numbers and tags of one entry on the wire, besides its name.
constexpr std::size_t entry_overhead_bytes = 32;
constexpr std::size_t page_bytes = limits::frame_bytes_max - 1024;

Fault broken(std::string sentence) { return Fault{FaultCode::protocol_error, std::move(sentence)}; }

std::vector<std::vector<wire::OfferedEntry>> cut_into_pages(std::span<const SourceFile> sources) {
    std::vector<std::vector<wire::OfferedEntry>> pages(1);
    std::size_t bytes = 0;
    for (const SourceFile& source : sources) {
        bytes += source.name.size() + entry_overhead_bytes;
        if (bytes > page_bytes) {
            pages.emplace_back();
            bytes = source.name.size() + entry_overhead_bytes;
        }
        pages.back().push_back({source.name, source.bytes, source.modified_at_s});
    }
    return pages;
}

}  // namespace

std::vector<wire::Message> manifest_pages(const TransferId& id,
                                          std::span<const SourceFile> sources) {
    auto pages = cut_into_pages(sources);
    std::uint64_t bytes = 0;
    for (const SourceFile& source : sources) bytes += source.bytes;
    std::vector<wire::Message> messages;
    messages.emplace_back(wire::Offer{id, static_cast<std::uint32_t>(sources.size()), bytes,
                                      static_cast<std::uint32_t>(pages.size()),
                                      std::move(pages.front())});
    for (std::size_t page = 1; page < pages.size(); ++page) {
        messages.emplace_back(
            wire::OfferPage{id, static_cast<std::uint32_t>(page), std::move(pages[page])});
    }
    return messages;
}

Result<void> add_to_manifest(TransferRecord& record, std::span<const wire::OfferedEntry> entries) {
    for (const auto& entry : entries) {
        record.manifest_bytes += entry.name.size() + entry_overhead_bytes;
        const bool is_too_much = record.expected.size() >= limits::offer_entries_max ||
                                 record.manifest_bytes > limits::offer_manifest_bytes_max;
        if (is_too_much) {
            return Fault{FaultCode::too_large, "The offer lists more files than one may hold (" +
                                                   std::to_string(limits::offer_entries_max) +
                                                   ")."};
        }
        auto safe = make_safe_component(entry.name);
        if (!safe) return safe.fault();
        record.offered.push_back({safe->relative,
                                  safe->was_changed ? escape_for_display(entry.name) : "",
                                  entry.bytes, safe->is_risky});
        record.expected.push_back({std::move(safe->relative), entry.bytes, entry.modified_at_s});
    }
    return {};
}

Result<void> check_manifest(const TransferRecord& record) {
    std::uint64_t bytes = 0;
    std::vector<std::string> names;
    for (const ExpectedFile& file : record.expected) {
        if (file.bytes > limits::file_bytes_max - bytes) {
            return Fault{FaultCode::too_large, "The offer claims an impossible size."};
        }
        bytes += file.bytes;
        names.push_back(file.name);
    }
    const bool is_as_announced =
        record.expected.size() == record.shown.files_total && bytes == record.shown.bytes_total;
    if (!is_as_announced) return broken("The offer's list does not match what it announced.");
    return check_manifest_names(names);
}

std::vector<OfferedFile> offer_preview(const std::vector<OfferedFile>& offered) {
    std::vector<OfferedFile> preview = offered;
    std::stable_partition(preview.begin(), preview.end(),
                          [](const OfferedFile& file) { return file.is_risky; });
    if (preview.size() > limits::offer_preview_entries)
        preview.resize(limits::offer_preview_entries);
    return preview;
}

}  // namespace dropline
