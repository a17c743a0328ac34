// Where a damaged file is kept when a fresh one takes its place: nothing of a person's is thrown
// away because a disk failed (D13).
// Thread: any. It looks at the disk and changes nothing there.
#pragma once

#include <filesystem>
#include <span>

namespace dropline {

/// PATH.damaged-20260131T235959Z (UTC), with -2, -3 ... behind it while that name, or it with one
/// of `companions` ("-wal") behind it, is taken.
std::filesystem::path name_for_damaged(const std::filesystem::path& path,
                                       std::span<const char* const> companions = {});

}  // namespace dropline
