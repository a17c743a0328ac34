// What of this process's memory may ever reach a disk.
// Thread: any; once, before a secret is read.
#pragma once

namespace dropline {

/// A crash leaves no image of the memory, neither in a file nor with a program that the system
/// hands images to: those are given one whatever its size limit is, but for the limit of 1, which
/// the kernel takes for a refusal; and what is written all the same holds no mapping (core(5)). The
/// process stays one that may be looked at: made undumpable, its owner could no longer learn that
/// it is the one that has a port.
void keep_memory_out_of_core_dumps();

}  // namespace dropline
