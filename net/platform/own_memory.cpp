#include "net/platform/own_memory.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "net/platform/file_descriptor.hpp"

namespace dropline {

void keep_memory_out_of_core_dumps() {
    const rlimit refused{1, 1};
    ::setrlimit(RLIMIT_CORE, &refused);
    const FileDescriptor filter(::open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC));
    // Where there is no /proc the limit alone has to do.
    if (filter.is_open()) static_cast<void>(::write(filter.number(), "0", 1) == 1);
}

}  // namespace dropline
