// Whether all files of an offer can lie beside each other on any disk.
// Thread: any, one at a time. Grows with what is added; what one addition costs depends on its own
// length and hardly on how many the paths before it were. In order, not by a hash: whoever sends
// the names could choose them so that all fall into one place.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "net/api/fault.hpp"

namespace dropline {

class DistinctNames {
  public:
    /// `safe_path`: from `make_safe_path`. bad_name when it and an earlier one would be one on a
    /// disk that knows no case or composition, or when a file would have to be the folder of
    /// another. Nothing may be added after a fault.
    Result<void> add(std::string_view safe_path, bool is_folder);

    /// What is kept, besides the bytes of the paths, of folders that were not added themselves;
    /// one for each name that was is free.
    std::size_t unlisted_bytes() const;

  private:
    struct Key {
        std::uint32_t folder;  // number of the one it is in; 0 at the top
        std::string name;      // without case and composition
        auto operator<=>(const Key&) const = default;
    };
    struct Place {
        std::uint32_t number;
        std::string spelled;  // of a folder
        bool is_folder;
        bool is_listed;
    };

    /// The place of `name` in `folder`, and whether it is a new one, made as the last two say.
    std::pair<Place*, bool> place_of(std::uint32_t folder, std::string_view name, bool is_folder,
                                     bool is_listed);
    Result<std::uint32_t> enter_folders(std::string_view folders, std::string_view safe_path);

    std::map<Key, Place> places_;
    std::size_t listed_ = 0;
    // Most are in the folder of the one before.
    std::string last_folders_;
    std::uint32_t last_number_ = 0;
};

}  // namespace dropline
