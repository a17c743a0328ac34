// Which entries of an offer its receiver wants. Thread: any; pure.
#pragma once

#include <string>
#include <vector>

#include "net/transfer/manifest.hpp"
#include "net/transfer/receive_state.hpp"

namespace dropline {

/// Everything when `only` is empty, else what it names, and the folders above that; without what
/// `except` names. A path names an entry itself or a folder with all below it. Takes time for each
/// entry and each path once: a person may untick one half of 200,000 files one by one.
ReceiveState chosen_part(const Manifest& manifest, const std::vector<std::string>& only,
                         const std::vector<std::string>& except);

}  // namespace dropline
