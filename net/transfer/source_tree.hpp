// What a user sends: files and folders, looked at when they are offered, read when they are wanted.
// Thread: any; blocks on the disk. A link that the user chose is followed; links, sockets, pipes
// and devices inside a folder, and what cannot be read, are left out and listed.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "net/api/fault.hpp"
#include "net/transfer/manifest.hpp"
#include "net/transfer/source.hpp"

namespace dropline {

/// What becomes of something chosen that is there and cannot be sent.
enum class Unsendable { refused, left_out };

struct SourceTree {
    /// As they are offered; names of two roots, or of two files that some disk would take for one,
    /// are told apart by a number.
    Manifest manifest;
    std::vector<std::filesystem::path> chosen;  // absolute; one for each root of the manifest
    std::vector<std::filesystem::path> wished;  // as `chosen`, and with what was left out of it
    Unsendable unsendable = Unsendable::refused;
    std::vector<SourceStamp> stamps;  // one for each entry; of what has gone empty
    /// Entries whose name on our disk is another than the offered one, relative to `chosen`.
    std::map<std::uint32_t, std::string> own_names;

    /// Where entry `index` lies on our disk. `root` is its root's position.
    std::filesystem::path path_of(std::uint32_t root, std::uint32_t index) const;
    SourceFile file(std::uint32_t root, std::uint32_t index) const;
};

/// Absolute and plain, as SourceTree::chosen has them: "a/../folder/" is "/.../folder".
std::filesystem::path absolute_source(const std::filesystem::path& chosen);

/// Looks again at what was agreed to. When the yes covers what is there, it is the next version of
/// that list: the same entries in the same order, those that have gone marked so, for good. It does
/// when everything there is was on the list, a file of it is left, no more than `bytes_max` are in
/// all, and nothing may be run that could not be. Else it is a list of its own, of version 0, of
/// what is left of `chosen`. Faults as below.
Result<SourceTree> inspect_again(const SourceTree& agreed, std::uint64_t bytes_max,
                                 const std::atomic<bool>& is_given_up);

/// Looks at everything that was chosen. file_error when something is not there, cannot be read, or
/// is neither file nor folder; bad_name when no receiver would take its name; where that is left
/// out, only when nothing else is left. too_large above limits::offer_entries_max or
/// limits::offer_manifest_bytes_max; bad_request when nothing was chosen; cancelled when
/// `is_given_up` becomes true.
Result<SourceTree> inspect_sources(const std::vector<std::filesystem::path>& chosen,
                                   Unsendable unsendable, const std::atomic<bool>& is_given_up);

}  // namespace dropline
