#include <sys/resource.h>

#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "app/launch.hpp"
#include "app/options.hpp"
#include "net/platform/disk.hpp"

namespace {

/// Keys and other people's words are in this process: nobody else may read the files it makes,
/// and a crash leaves no image of its memory.
void keep_to_ourselves() {
    dropline::keep_own_files_private();
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
}

}  // namespace

int main(int argument_count, char** arguments) {
    keep_to_ourselves();
    try {
        const auto invocation = dropline::app::parse_arguments(
            std::vector<std::string>(arguments + 1, arguments + argument_count));
        return static_cast<int>(dropline::app::run(invocation));
    } catch (const std::exception& error) {
        std::cerr << "dropline: it has failed by a mistake of its own: " << error.what() << '\n';
        return static_cast<int>(dropline::app::ExitStatus::incomplete);
    }
}
