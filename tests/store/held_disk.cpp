#include "tests/store/held_disk.hpp"

#include <dlfcn.h>
#include <pthread.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace dropline::test {
namespace {

struct Disk {
    std::mutex mutex;
    std::condition_variable changed;
    std::string file;  // empty: all
    bool is_busy = false;
    int error = 0;
};

Disk& the_disk() {
    static Disk disk;
    return disk;
}

void set_disk(bool is_busy, int error, const std::optional<std::string>& file = std::nullopt) {
    Disk& disk = the_disk();
    {
        const std::lock_guard lock(disk.mutex);
        if (file) disk.file = *file;
        disk.is_busy = is_busy;
        disk.error = error;
    }
    disk.changed.notify_all();
}

/// The errno it has come to, once it is not busy with this file any more.
int wait_for_the_disk(int file) {
    const auto path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file));
    Disk& disk = the_disk();
    std::unique_lock lock(disk.mutex);
    if (!disk.file.empty() && disk.file != path) return 0;
    disk.changed.wait(lock, [&disk] { return !disk.is_busy; });
    return disk.error;
}

bool is_a_thread_that_syncs() {
    std::array<char, 16> name{};
    pthread_getname_np(pthread_self(), name.data(), name.size());
    return std::string_view(name.data()) == "store-sync";
}

}  // namespace

HeldDisk::HeldDisk(const std::filesystem::path& history) {
    set_disk(true, 0, history.empty() ? "" : history.string() + "-wal");
}
HeldDisk::~HeldDisk() { set_disk(false, 0); }
void HeldDisk::go_on() { set_disk(false, 0); }
void HeldDisk::fail(int error) { set_disk(false, error); }

}  // namespace dropline::test

extern "C" int fdatasync(int file) {
    using Call = int (*)(int);
    static const auto real = reinterpret_cast<Call>(dlsym(RTLD_NEXT, "fdatasync"));
    if (!dropline::test::is_a_thread_that_syncs()) return real(file);
    if (const int error = dropline::test::wait_for_the_disk(file)) {
        errno = error;
        return -1;
    }
    return real(file);
}
