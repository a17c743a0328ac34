#include "net/platform/thread_name.hpp"

#include <pthread.h>

#include <cassert>

namespace dropline {

void name_this_thread(const char* name) {
    [[maybe_unused]] const int refused = pthread_setname_np(pthread_self(), name);
    assert(refused == 0);
}

}  // namespace dropline
