#include "net/platform/file_mark.hpp"

#include <sys/xattr.h>

#include <array>

namespace dropline {

namespace {
constexpr const char* attribute = "user.dropline.transfer";
}

bool set_file_mark(int fd, const std::string& word) {
    return ::fsetxattr(fd, attribute, word.data(), word.size(), 0) == 0;
}

std::optional<std::string> file_mark(int fd) {
    std::array<char, 64> found{};
    const ssize_t size = ::fgetxattr(fd, attribute, found.data(), found.size());
    if (size < 0) return std::nullopt;
    return std::string(found.data(), static_cast<std::size_t>(size));
}

void remove_file_mark(int fd) { (void)::fremovexattr(fd, attribute); }

}  // namespace dropline
