#include "tests/transfer/nothing_removed.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace dropline::tests {
namespace {

std::atomic<int> error_of_removing{0};

}  // namespace

NothingRemoved::NothingRemoved(int error_number) { error_of_removing = error_number; }
NothingRemoved::~NothingRemoved() { error_of_removing = 0; }

}  // namespace dropline::tests

extern "C" int unlinkat(int folder, const char* name, int flags) noexcept {
    using Call = int (*)(int, const char*, int);
    static const auto real = reinterpret_cast<Call>(dlsym(RTLD_NEXT, "unlinkat"));
    if (const int error_number = dropline::tests::error_of_removing) {
        errno = error_number;
        return -1;
    }
    return real(folder, name, flags);
}
