// One file that a user sends, while it is read; what all of them are is in source_tree.hpp.
// Thread: any; blocks on the disk.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "net/api/fault.hpp"
#include "net/platform/file_descriptor.hpp"

namespace dropline {

/// What makes a file the same one as before, as far as its disk tells.
struct SourceStamp {
    std::uint64_t bytes = 0;
    std::int64_t modified_at_s = 0;  // since 1970, UTC
    std::int64_t modified_at_ns = 0;
    ino_t inode = 0;
    dev_t device = 0;
    friend bool operator==(const SourceStamp&, const SourceStamp&) = default;
};

SourceStamp stamp_of(const struct stat& status);

/// A file as it was when it was offered.
struct SourceFile {
    std::filesystem::path path;
    std::string name;  // as it is offered
    SourceStamp stamp;
};

/// An offered file while it is sent. Its faults name the file, never the folder it lies in: they
/// are told to the other side as well.
class OpenSource {
  public:
    /// source_changed when it is not the file that was offered, or is gone; file_error.
    static Result<OpenSource> open(const SourceFile& source);

    /// Reads at `offset` until `into` is full. source_changed when the file ends before;
    /// file_error.
    Result<void> read_at(std::uint64_t offset, std::span<std::byte> into) const;

    /// source_changed when size, time of change or identity differ from the offer. What was read
    /// until then may be a mixture.
    Result<void> check_unchanged() const;

  private:
    OpenSource(const SourceFile& source, FileDescriptor file);

    std::string name_;
    SourceStamp offered_;
    FileDescriptor file_;
};

}  // namespace dropline
