#include "net/transfer/chosen_part.hpp"

#include <set>
#include <string_view>

namespace dropline {

namespace {

// Views into what was given. In order: names that others chose may have one hash.
using Names = std::set<std::string_view>;

/// Calls `visit` with each folder above `path`, the outermost first, until it gives true.
template <typename Visit>
bool is_true_above(std::string_view path, Visit visit) {
    for (auto slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1)) {
        if (visit(path.substr(0, slash))) return true;
    }
    return false;
}

/// `names` has the entry itself or a folder above it.
bool is_named(std::string_view entry, const Names& names) {
    if (names.empty()) return false;
    return names.contains(entry) ||
           is_true_above(entry, [&](std::string_view folder) { return names.contains(folder); });
}

Names folders_above(const std::vector<std::string>& paths) {
    Names folders;
    for (const std::string& path : paths) {
        is_true_above(path, [&](std::string_view folder) {
            folders.insert(folder);
            return false;
        });
    }
    return folders;
}

}  // namespace

ReceiveState chosen_part(const Manifest& manifest, const std::vector<std::string>& only,
                         const std::vector<std::string>& except) {
    const Names wanted(only.begin(), only.end());
    const Names unwanted(except.begin(), except.end());
    const Names above_wanted = folders_above(only);
    ReceiveState state = ReceiveState::all_of(manifest);
    for (std::uint32_t index = 0; index < manifest.size(); ++index) {
        const ManifestEntry& entry = manifest.entries[index];
        const bool is_chosen = only.empty() || is_named(entry.path, wanted) ||
                               (entry.is_folder && above_wanted.contains(entry.path));
        if (!is_chosen || is_named(entry.path, unwanted)) state.leave_out(manifest, index);
    }
    return state;
}

}  // namespace dropline
