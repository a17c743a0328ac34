#include "app/output_buffer.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace dropline::app {

namespace {

constexpr std::size_t waiting_bytes_max = 256 * 1024;
constexpr std::size_t unheard_bytes_max = 8 * 1024 * 1024;

bool can_write_now(int fd) {
    pollfd wanted{fd, POLLOUT, 0};
    return ::poll(&wanted, 1, 0) > 0;
}

}  // namespace

void OutputBuffer::append(std::string_view text) { text_ += text; }

bool OutputBuffer::is_full() const { return text_.size() - written_ > waiting_bytes_max; }

bool OutputBuffer::is_overfull() const { return text_.size() - written_ > unheard_bytes_max; }

bool OutputBuffer::flush() {
    while (error_ == 0 && has_waiting() && can_write_now(fd_)) {
        // A pipe that poll calls writable takes this much without blocking.
        const auto bytes = std::min<std::size_t>(text_.size() - written_, PIPE_BUF);
        const auto written = ::write(fd_, text_.data() + written_, bytes);
        if (written < 0 && (errno == EAGAIN || errno == EINTR)) return true;
        if (written < 0) {
            error_ = errno;
            break;
        }
        written_ += static_cast<std::size_t>(written);
    }
    if (error_ != 0) return false;
    if (!has_waiting()) {
        text_.clear();
        written_ = 0;
    } else if (written_ > waiting_bytes_max) {
        text_.erase(0, written_);
        written_ = 0;
    }
    return true;
}

}  // namespace dropline::app
