// A folder that the receiver chose, held open: nothing that comes in leaves it, wherever its path
// leads meanwhile.
// Thread: any; blocks on the disk. Knows no hash and no connection.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "net/api/fault.hpp"
#include "net/platform/disk.hpp"
#include "net/platform/file_descriptor.hpp"

namespace dropline {

class ReceiveFolder {
  public:
    /// Says how much room the disk of an open folder has; tests bring their own.
    using SpaceProbe = std::function<std::optional<FreeSpace>(int folder_fd)>;

    /// The folder must exist; a link to one is fine, it was chosen by our own user. file_error.
    static Result<ReceiveFolder> open(const std::filesystem::path& folder);
    static Result<ReceiveFolder> open(const std::filesystem::path& folder, SpaceProbe probe);

    /// As it was given to `open`.
    const std::filesystem::path& path() const { return path_; }

    /// disk_full, with both numbers, when `files` new files of `bytes` in all would touch the
    /// reserve (limits::disk_reserve_bytes, disk_reserve_percent, disk_reserve_files). `what`
    /// begins the sentence: a quoted name, or "3 files".
    Result<void> check_space(const std::string& what, std::uint64_t bytes,
                             std::uint64_t files) const;

    /// False once the path that was opened leads to something else, or nowhere.
    bool is_where_it_was() const;
    /// False when what lies in it is out of reach for now, and may be back: it was moved, or its
    /// disk has gone. Thread: bulk; asks the disk.
    bool is_there() const { return is_where_it_was() && is_disk_there(folder_.number()); }

    int folder_fd() const { return folder_.number(); }
    /// As sync_disk, of the disk that holds it; tells also what went wrong since it was opened.
    int sync_disk() const { return dropline::sync_disk(disk_); }
    /// As sync_open_folder, and opens nothing for it where the folder may be read.
    int sync_names() const;

  private:
    ReceiveFolder(std::filesystem::path path, FileDescriptor folder, FileDescriptor disk,
                  SpaceProbe probe);

    std::filesystem::path path_;
    FileDescriptor folder_;
    FileDescriptor disk_;
    SpaceProbe probe_;
};

}  // namespace dropline
