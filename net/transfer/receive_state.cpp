#include "net/transfer/receive_state.hpp"

#include <algorithm>

namespace dropline {

ReceiveState ReceiveState::all_of(const Manifest& manifest) {
    ReceiveState state;
    state.entries.assign(manifest.size(), EntryState::missing);
    state.roots.resize(manifest.roots.size());
    state.bytes_wanted = manifest.bytes;
    state.files_wanted = manifest.files();
    for (std::uint32_t index = 0; index < manifest.size(); ++index) {
        if (manifest.entries[index].is_gone) state.entries[index] = EntryState::unwanted;
    }
    return state;
}

void ReceiveState::leave_out(const Manifest& manifest, std::uint32_t index) {
    if (entries[index] == EntryState::unwanted) return;
    entries[index] = EntryState::unwanted;
    if (manifest.entries[index].is_folder) return;
    bytes_wanted -= manifest.entries[index].bytes;
    --files_wanted;
}

void ReceiveState::mark_stored(const Manifest& manifest, std::uint32_t index) {
    begun.erase(index);
    if (entries[index] == EntryState::stored) return;
    entries[index] = EntryState::stored;
    if (!manifest.entries[index].is_folder) ++files_stored;
}

void ReceiveState::forget_what_was_read(const Manifest& manifest) {
    for (std::size_t root = 0; root < roots.size(); ++root) {
        if (roots[root].is_over) continue;
        roots[root].is_from_journal = true;
        roots[root].candidate.clear();
        roots[root].is_candidate_equal = true;
        const ManifestRoot& range = manifest.roots[root];
        for (std::uint32_t index = range.first; index < range.first + range.count; ++index) {
            if (entries[index] != EntryState::stored) continue;
            entries[index] = EntryState::missing;
            if (!manifest.entries[index].is_folder) --files_stored;
        }
    }
    begun.clear();
    files_skipped -= static_cast<std::uint32_t>(equal_in_candidate.size());
    equal_in_candidate.clear();
    has_looked_at_disk = false;
}

bool ReceiveState::has_staged() const {
    return std::ranges::any_of(
        roots, [](const RootState& root) { return root.identity && !root.is_over; });
}

std::uint64_t ReceiveState::bytes_to_write(const Manifest& manifest) const {
    std::uint64_t bytes = bytes_wanted - std::min(bytes_wanted, bytes_stored);
    for (std::size_t root = 0; root < roots.size(); ++root) {
        const bool is_copied = !roots[root].candidate.empty() && !roots[root].is_candidate_equal;
        if (roots[root].is_over || !is_copied) continue;
        const ManifestRoot& range = manifest.roots[root];
        const std::uint32_t end = range.first + range.count;
        for (auto part = begun.lower_bound(range.first); part != begun.end() && part->first < end;
             ++part) {
            if (part->second.is_of_candidate) bytes += part->second.bytes;
        }
        for (auto part = equal_in_candidate.lower_bound(range.first);
             part != equal_in_candidate.end() && part->first < end; ++part) {
            bytes += part->second.bytes;
        }
    }
    return bytes;
}

bool ReceiveState::has_wanted(const ManifestRoot& root) const {
    const auto first = entries.begin() + root.first;
    return std::any_of(first, first + root.count,
                       [](EntryState state) { return state != EntryState::unwanted; });
}

std::vector<std::string> ReceiveState::saved_as() const {
    std::vector<std::string> names;
    for (const RootState& root : roots) {
        if (!root.saved_as.empty()) names.push_back(root.saved_as);
    }
    return names;
}

}  // namespace dropline
