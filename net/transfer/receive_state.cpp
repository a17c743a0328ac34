#include "net/transfer/receive_state.hpp"

#include <algorithm>

namespace dropline {

ReceiveState ReceiveState::all_of(const Manifest& manifest) {
    ReceiveState state;
    state.entries.assign(manifest.size(), EntryState::missing);
    state.roots.resize(manifest.roots.size());
    state.bytes_wanted = manifest.bytes;
    state.files_wanted = manifest.files();
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
