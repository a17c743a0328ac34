// The system has no file descriptor left for this process.
// Thread: any; it holds for all of them.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <stdexcept>

#include "net/platform/file_descriptor.hpp"

namespace dropline::tests {

/// Whether a whole program may go on without descriptors. Not with sanitizers: before its first
/// call of a virtual function UBSan opens a pipe to look at the object.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool can_go_on_without_descriptors = false;
#else
inline constexpr bool can_go_on_without_descriptors = true;
#endif

/// While it lives, this process opens no descriptor more, or `left` more at a time.
class NoDescriptors {
  public:
    explicit NoDescriptors(rlim_t left = 0) {
        if (::getrlimit(RLIMIT_NOFILE, &before_) != 0) throw std::runtime_error("no limit known");
        const FileDescriptor next(::dup(STDIN_FILENO));
        rlimit none = before_;
        none.rlim_cur = left == 0 ? standard_streams : static_cast<rlim_t>(next.number()) + left;
        if (::setrlimit(RLIMIT_NOFILE, &none) != 0) throw std::runtime_error("no limit set");
    }
    ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    NoDescriptors(const NoDescriptors&) = delete;
    NoDescriptors& operator=(const NoDescriptors&) = delete;

  private:
    /// These are open. No other is opened, whatever is closed; and poll(2) takes so many.
    static constexpr rlim_t standard_streams = 3;
    rlimit before_{};
};

/// What comes of this, done while no descriptor is left, or `left` more at a time.
template <typename Work>
auto without_descriptors(const Work& work, rlim_t left = 0) {
    const NoDescriptors none(left);
    return work();
}

}  // namespace dropline::tests
