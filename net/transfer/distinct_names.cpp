#include "net/transfer/distinct_names.hpp"

#include <algorithm>
#include <utility>

#include "net/transfer/safe_name.hpp"

namespace dropline {

namespace {

/// A node of the map, besides its name.
constexpr std::size_t place_bytes = 120;

Fault is_taken(std::string_view name) {
    return bad_file_name(name, "two files of this offer have it, or differ only in case");
}

}  // namespace

std::pair<DistinctNames::Place*, bool> DistinctNames::place_of(std::uint32_t folder,
                                                               std::string_view name,
                                                               bool is_folder, bool is_listed) {
    const auto number = static_cast<std::uint32_t>(places_.size() + 1);
    const auto [entry, is_new] = places_.try_emplace(
        {folder, name_key(name)},
        Place{number, std::string(is_folder ? name : ""), is_folder, is_listed});
    return {&entry->second, is_new};
}

Result<void> DistinctNames::add(std::string_view safe_path, bool is_folder) {
    const std::size_t slash = safe_path.rfind('/');
    const bool is_at_top = slash == safe_path.npos;
    const auto folder =
        enter_folders(is_at_top ? std::string_view() : safe_path.substr(0, slash), safe_path);
    if (!folder) return folder.fault();
    const std::string_view name = is_at_top ? safe_path : safe_path.substr(slash + 1);
    const auto [place, is_new] = place_of(*folder, name, is_folder, true);
    const bool is_known_folder =
        !is_new && is_folder && place->is_folder && !place->is_listed && place->spelled == name;
    if (!is_new && !is_known_folder) return is_taken(safe_path);
    place->is_listed = true;
    ++listed_;
    return {};
}

std::size_t DistinctNames::unlisted_bytes() const {
    const std::size_t unlisted = places_.size() - listed_;
    return unlisted > listed_ ? (unlisted - listed_) * place_bytes : 0;
}

/// Also those that no entry lists. The number of the last of them.
Result<std::uint32_t> DistinctNames::enter_folders(std::string_view folders,
                                                   std::string_view safe_path) {
    if (folders == last_folders_) return last_number_;
    std::uint32_t number = 0;
    for (std::size_t begin = 0; begin < folders.size();) {
        const std::size_t end = std::min(folders.find('/', begin), folders.size());
        const std::string_view name = folders.substr(begin, end - begin);
        const Place* place = place_of(number, name, true, false).first;
        if (!place->is_folder) {
            return bad_file_name(safe_path,
                                 "another file of this offer stands where its folder would");
        }
        if (place->spelled != name) return is_taken(folders.substr(0, end));
        number = place->number;
        begin = end + 1;
    }
    last_folders_ = folders;
    last_number_ = number;
    return number;
}

}  // namespace dropline
