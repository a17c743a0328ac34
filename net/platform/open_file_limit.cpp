#include "net/platform/open_file_limit.hpp"

#include <sys/resource.h>

namespace dropline {

void raise_open_file_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    // When it is refused, the old limit simply stays; accepting pauses when it is reached.
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace dropline
