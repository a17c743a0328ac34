// A word that lies with a file, invisibly, and goes wherever the file goes: who made it.
// Thread: any. Disks without extended attributes (FAT, some network ones) keep none.
#pragma once

#include <optional>
#include <string>

namespace dropline {

/// False when the disk cannot keep it. `fd`: a file or folder that is open, not with O_PATH.
bool set_file_mark(int fd, const std::string& word);
/// Nothing when there is none.
std::optional<std::string> file_mark(int fd);
void remove_file_mark(int fd);

}  // namespace dropline
