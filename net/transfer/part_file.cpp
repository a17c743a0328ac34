#include "net/transfer/part_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <ctime>
#include <utility>

#include "net/api/limits.hpp"
#include "net/platform/disk.hpp"
#include "net/platform/file_fault.hpp"
#include "net/transfer/receive_folder.hpp"
#include "net/transfer/safe_name.hpp"

namespace dropline {

namespace {

/// Small enough that the sync at the end is short, large enough that disks like it.
constexpr std::uint64_t write_back_every_bytes = 8 * 1024 * 1024;
constexpr std::size_t equal_names_max = 9999;

Fault not_saved(const std::string& name, int error_number) {
    return file_fault("Cannot save", name, error_number);
}

}  // namespace

PartFile::PartFile(const ReceiveFolder& folder, std::string name, std::string part_name,
                   std::uint64_t bytes_expected, FileDescriptor file)
    : folder_(folder),
      name_(std::move(name)),
      part_name_(std::move(part_name)),
      bytes_expected_(bytes_expected),
      file_(std::move(file)) {}

PartFile::PartFile(PartFile&& other) noexcept
    : folder_(other.folder_),
      name_(other.name_),
      part_name_(std::exchange(other.part_name_, {})),
      bytes_expected_(other.bytes_expected_),
      written_(other.written_),
      space_checked_at_(other.space_checked_at_),
      write_back_begun_at_(other.write_back_begun_at_),
      file_(std::move(other.file_)) {}

PartFile::~PartFile() {
    if (!part_name_.empty()) remove(part_name_);
}

Result<void> PartFile::append(std::span<const std::byte> bytes) {
    assert(bytes.size() <= bytes_expected_ - written_);
    if (written_ - space_checked_at_ >= limits::free_space_check_every_bytes) {
        if (auto fits = check_space_for_rest(); !fits) return fits;
        space_checked_at_ = written_;
    }
    while (!bytes.empty()) {
        const ssize_t count = ::write(file_.number(), bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return not_written(errno);
        written_ += static_cast<std::uint64_t>(count);
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    if (written_ - write_back_begun_at_ >= write_back_every_bytes) {
        begin_writing_back(file_.number(), write_back_begun_at_, written_ - write_back_begun_at_);
        write_back_begun_at_ = written_;
    }
    return {};
}

Result<void> PartFile::check_space_for_rest() const {
    return folder_.check_space("The rest of \"" + name_ + "\"", bytes_expected_ - written_, 0);
}

Fault PartFile::not_written(int error_number) const {
    // Both numbers, when it is room that is missing and not something else.
    const bool is_full = error_number == ENOSPC || error_number == EDQUOT;
    const auto fits = is_full ? check_space_for_rest() : Result<void>();
    return fits ? not_saved(name_, error_number) : fits.fault();
}

Result<void> PartFile::sync(std::optional<std::int64_t> modified_at_s) const {
    const int fd = file_.number();
    if (::fchmod(fd, mode_of_finished_file()) != 0) return not_saved(name_, errno);
    if (modified_at_s) {
        const std::time_t modified_at = std::min<std::time_t>(*modified_at_s, std::time(nullptr));
        const std::array<timespec, 2> times = {timespec{0, UTIME_OMIT}, timespec{modified_at, 0}};
        // A disk that cannot hold this time (before 1980 on FAT) may keep its own.
        (void)::futimens(fd, times.data());
    }
    if (::fsync(fd) != 0) return not_saved(name_, errno);
    return {};
}

Result<std::string> PartFile::publish() {
    auto final_name = rename_to_free_name();
    if (!final_name) return final_name;
    if (const int error_number = sync_open_folder(folder_.folder_fd()); error_number != 0) {
        // The name may not survive a power cut, so this is no success and must leave nothing.
        remove(*final_name);
        return not_saved(name_, error_number);
    }
    return final_name;
}

Result<std::string> PartFile::rename_to_free_name() {
    // Somebody may have put another file in our file's place; that one is not ours to publish.
    if (!is_same_file(folder_.folder_fd(), part_name_, file_.number())) {
        return Fault{FaultCode::file_error,
                     "Cannot save " + name_ + ": the unfinished file was moved or removed."};
    }
    for (std::size_t number = 1; number <= equal_names_max; ++number) {
        std::string candidate = numbered_name(name_, number);
        const int error_number = rename_no_replace(folder_.folder_fd(), part_name_, candidate);
        if (error_number == EEXIST) continue;
        if (error_number != 0) return not_saved(name_, error_number);
        part_name_.clear();
        return candidate;
    }
    return not_saved(name_, EEXIST);
}

void PartFile::remove(const std::string& name) const {
    if (!is_same_file(folder_.folder_fd(), name, file_.number())) return;
    (void)::unlinkat(folder_.folder_fd(), name.c_str(), 0);
}

}  // namespace dropline
