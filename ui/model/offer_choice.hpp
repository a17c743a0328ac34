// Which entries of a long offer a person takes: in what order they are shown, and what is ticked.
// Thread: ui. Knows positions only; the entries themselves stay in the model and are handed in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "net/api/values.hpp"

namespace dropline::ui {

/// Of a folder: whether all, some or none of what is below it is taken.
enum class Ticked { none, some, all };

class OfferChoice {
  public:
    OfferChoice() = default;
    /// Everything is taken at first. A hundred thousand entries take about a tenth of a second.
    explicit OfferChoice(const std::vector<OfferedFile>& entries);

    /// One row of the list: risky entries first, by their whole path, whatever folder they hide
    /// in; then the others as a tree, each folder before what is in it.
    struct Row {
        std::uint32_t entry = 0;      // its index among the entries
        std::uint32_t depth = 0;      // folders around it that are rows as well
        std::uint32_t name_from = 0;  // where the name begins that is not said by those folders
    };
    const std::vector<Row>& rows() const { return rows_; }

    Ticked ticked(std::uint32_t entry) const;
    /// Takes what is not or only partly taken, leaves what is; a folder with all below it.
    void toggle(std::uint32_t entry);
    void tick_all(bool is_taken);

    std::uint32_t files_taken() const { return files_taken_; }
    std::uint64_t bytes_taken() const { return bytes_taken_; }
    bool takes_nothing() const { return leaves_before_.empty() || leaves_before_.back() == 0; }

    /// The shortest list of paths that means all that is not taken: for command::Accept::except.
    std::vector<std::string> left_out(const std::vector<OfferedFile>& entries) const;

  private:
    void put_in_order(const std::vector<OfferedFile>& entries);
    void find_subtrees(const std::vector<OfferedFile>& entries);
    void count();
    void take_range(std::size_t begin, std::size_t end, bool is_taken);

    // Places are positions in the order of the tree, where all below a folder follows it.
    std::vector<std::uint32_t> order_;     // place to entry
    std::vector<std::uint32_t> place_of_;  // entry to place
    std::vector<std::uint32_t> end_;       // place to the first place behind what is below it
    std::vector<std::uint8_t> is_leaf_;    // by place: a file, or a folder with nothing in it
    std::vector<std::uint8_t> is_file_;    // by place
    std::vector<std::uint64_t> bytes_;     // by place
    std::vector<std::uint8_t> is_taken_;   // by place, true to life for leaves only
    // How many leaves stand before a place; one more than places.
    std::vector<std::uint32_t> all_leaves_before_;
    std::vector<std::uint32_t> leaves_before_;  // taken ones only
    std::vector<Row> rows_;
    std::uint32_t files_taken_ = 0;
    std::uint64_t bytes_taken_ = 0;
};

}  // namespace dropline::ui
