// Gives the calling thread the name that tools (top -H, gdb, perf) show.
// Thread: any.
#pragma once

namespace dropline {

/// At most 15 characters: Linux refuses longer names, and a refused name never appears.
/// Thread: any.
void name_this_thread(const char* name);

}  // namespace dropline
