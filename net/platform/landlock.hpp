// A second wall around the folders that files are received into, where the kernel has Landlock.
// Thread: any; it binds the one that calls. It judges no names: that is the first wall
// (beneath.hpp), which must hold without this one.
#pragma once

#include <span>

namespace dropline {

enum class Landlocked {
    yes,
    /// The kernel has no Landlock, none that can do what is needed, or refused. The thread may
    /// open what it could open before.
    not_supported
};

/// Whether `confine_this_thread_to` will do what it says on this system. Thread: any.
bool can_confine_threads();

/// From now on, and for good, the calling thread and the threads it starts can open, list, create,
/// write, truncate, rename and remove regular files and folders beneath these folders (O_PATH will
/// do), and nothing elsewhere: there they get EACCES, also for reading, or EXDEV for a rename that
/// would leave. What is open already keeps working; other threads are free. Not covered, anywhere:
/// stat and statfs; changing the mode, times or owner of what exists; before Linux 6.2 truncate(2),
/// which needs no open file. The thread also gives up gaining rights from programs it starts
/// (PR_SET_NO_NEW_PRIVS).
///
/// Whatever is opened at its first use must have been used before: the time zone (`tzset`), message
/// catalogues of the locale, OpenSSL's configuration, and /proc/self/status, where disk.cpp reads
/// the umask and takes the strictest when it cannot. Thread: any.
Landlocked confine_this_thread_to(std::span<const int> writable_folder_fds);

}  // namespace dropline
