// One file while it arrives: "name.part", mode 0600, in the folder that the receiver chose.
// Thread: bulk. It gets its final name only through `publish`; otherwise it leaves nothing behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "net/api/fault.hpp"
#include "net/platform/file_descriptor.hpp"

namespace dropline {

class ReceiveFolder;

class PartFile {
  public:
    /// Removes the file unless it was published; never another one that has taken its name.
    ~PartFile();
    PartFile(PartFile&& other) noexcept;
    PartFile& operator=(PartFile&&) = delete;

    /// Adds at the end. Grows by what was written, never by what was announced.
    /// disk_full (also when the reserve would be touched), file_error.
    Result<void> append(std::span<const std::byte> bytes);
    std::uint64_t bytes_written() const { return written_; }

    /// Content, rights and time are on the disk after this; it may take long. The time is kept, but
    /// never in the future.
    Result<void> sync(std::optional<std::int64_t> modified_at_s) const;

    /// After `sync`: renames to the name that was asked for, or to the first free "name (2).ext",
    /// and syncs the folder: now the file survives a power cut under the name that this gives.
    /// After a fault nothing is left under either name.
    Result<std::string> publish();

  private:
    friend class ReceiveFolder;
    PartFile(const ReceiveFolder& folder, std::string name, std::string part_name,
             std::uint64_t bytes_expected, FileDescriptor file);

    Result<void> check_space_for_rest() const;
    Fault not_written(int error_number) const;
    Result<std::string> rename_to_free_name();
    void remove(const std::string& name) const;

    const ReceiveFolder& folder_;
    const std::string name_;  // the safe name it shall get
    std::string part_name_;   // empty once it has moved on
    const std::uint64_t bytes_expected_;
    std::uint64_t written_ = 0;
    std::uint64_t space_checked_at_ = 0;
    std::uint64_t write_back_begun_at_ = 0;
    FileDescriptor file_;
};

}  // namespace dropline
