#include <cstring>
#include <exception>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/launch.hpp"
#include "app/options.hpp"
#include "net/platform/disk.hpp"
#include "net/platform/own_memory.hpp"
#include "net/trust/invite.hpp"

namespace {

/// Keys and other people's words are in this process: nobody else may read the files it makes,
/// and a crash leaves no image of its memory.
void keep_to_ourselves() {
    dropline::keep_own_files_private();
    dropline::keep_memory_out_of_core_dumps();
}

/// Everybody on this machine can read our command line for as long as we run.
void hide_invites(std::span<char*> arguments) {
    for (char* argument : arguments) {
        const std::string_view text(argument);
        if (!dropline::looks_like_invite(text)) continue;
        const std::size_t shown = std::string_view("dropline:").size();
        std::memset(argument + shown, 'x', text.size() - shown);
    }
}

}  // namespace

int main(int argument_count, char** arguments) {
    keep_to_ourselves();
    try {
        auto invocation = dropline::app::parse_arguments(
            std::vector<std::string>(arguments + 1, arguments + argument_count));
        hide_invites({arguments, static_cast<std::size_t>(argument_count)});
        return static_cast<int>(dropline::app::run(std::move(invocation)));
    } catch (const std::exception& error) {
        std::cerr << "dropline: it has failed by a mistake of its own: " << error.what() << '\n';
        return static_cast<int>(dropline::app::ExitStatus::incomplete);
    }
}
