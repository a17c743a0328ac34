#include "net/transfer/source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/platform/file_bytes.hpp"
#include "net/platform/file_fault.hpp"
#include "net/transfer/safe_name.hpp"

namespace dropline {

namespace {

Fault file_fault_about(const std::string& failure, const std::string& shown_name) {
    return file_fault(failure, shown_name, errno);
}

/// Without O_NONBLOCK a pipe with that name would hold us until somebody writes to it.
FileDescriptor open_for_reading(const std::filesystem::path& path) {
    return FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

Fault changed(const std::string& name) {
    return {FaultCode::source_changed, "\"" + name + "\" was changed while it was being sent."};
}

}  // namespace

SourceStamp stamp_of(const struct stat& status) {
    return {static_cast<std::uint64_t>(status.st_size), status.st_mtim.tv_sec,
            status.st_mtim.tv_nsec, status.st_ino, status.st_dev};
}

OpenSource::OpenSource(const SourceFile& source, FileDescriptor file)
    : name_(escape_for_display(source.name)), offered_(source.stamp), file_(std::move(file)) {}

Result<OpenSource> OpenSource::open(const SourceFile& source) {
    FileDescriptor file = open_for_reading(source.path);
    const bool is_gone = !file.is_open() && errno == ENOENT;
    OpenSource opened(source, std::move(file));
    if (is_gone) {
        return Fault{FaultCode::source_changed, "\"" + opened.name_ + "\" is no longer there."};
    }
    if (!opened.file_.is_open()) return file_fault_about("Cannot read", opened.name_);
    if (auto unchanged = opened.check_unchanged(); !unchanged) return unchanged.fault();
    // Read-ahead in larger steps: the file is read once, from its beginning to its end.
    (void)::posix_fadvise(opened.file_.number(), 0, 0, POSIX_FADV_SEQUENTIAL);
    return opened;
}

Result<void> OpenSource::read_at(std::uint64_t offset, std::span<std::byte> into) const {
    while (!into.empty()) {
        const ssize_t count = dropline::read_at(file_.number(), offset, into);
        if (count < 0) return file_fault_about("Cannot read", name_);
        if (count == 0) return changed(name_);
        offset += static_cast<std::uint64_t>(count);
        into = into.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

Result<void> OpenSource::check_unchanged() const {
    struct stat status {};
    if (::fstat(file_.number(), &status) != 0) return file_fault_about("Cannot read", name_);
    // A pipe or device that took the place of the offered file has another identity.
    if (stamp_of(status) != offered_) return changed(name_);
    return {};
}

}  // namespace dropline
