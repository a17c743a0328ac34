// Hostile file names with what must become of each: the corpus that runs through every way in.
// A changed expectation here is a change of what we promise; say why in the commit.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace dropline::tests {

struct HostileName {
    std::string sent;
    std::optional<std::string> safe;  // the path it becomes; empty: rejected
    bool is_risky = false;

    bool is_single_file() const { return sent.find('/') == std::string::npos; }
};

const std::vector<HostileName>& hostile_names();

}  // namespace dropline::tests
