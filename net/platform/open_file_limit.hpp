// How many files and sockets this process may have open.
// Thread: any; once, at the start.
#pragma once

namespace dropline {

/// Raises the soft limit to the hard one: a room of a thousand needs more than the usual 1,024.
void raise_open_file_limit();

}  // namespace dropline
