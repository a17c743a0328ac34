// Shows transfers on stderr: a bar that is redrawn on a terminal, one line per change elsewhere.
// Thread: main. With several transfers at once the bar shows the one that moved last.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "net/api/values.hpp"

namespace dropline::app {

class ProgressDisplay {
  public:
    /// Looks once whether stderr is a terminal, and how wide.
    ProgressDisplay();

    void show(const Transfer& transfer, std::string_view to);
    /// A sentence between the bars.
    void say(const std::string& sentence);

  private:
    void clear_bar();

    const bool is_terminal_;
    const std::size_t columns_;
    bool has_bar_ = false;
    std::unordered_map<TransferId, TransferState> shown_;
};

}  // namespace dropline::app
