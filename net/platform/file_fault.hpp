// Turns a failed system call on a file into a fault that keeps its story.
// Thread: any.
#pragma once

#include <filesystem>
#include <string>

#include "net/api/fault.hpp"

namespace dropline {

/// "`failure` PATH: why." with the system's words for `error_number` (an errno); disk_full for
/// ENOSPC and EDQUOT, else file_error. `failure` begins the sentence: "Cannot read". Passing where
/// the system had no descriptor or no memory left. Thread: any.
Fault file_fault(const std::string& failure, const std::filesystem::path& path, int error_number);

}  // namespace dropline
