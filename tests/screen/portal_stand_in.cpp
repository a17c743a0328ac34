// A portal for the tests of the real window: "chooses" the files whose URIs it is given as soon as
// it is asked for files, and says on standard output what it was asked. Without URIs it dies then;
// with --wait it keeps its dialog open for as long as the window is there.
#include "tests/ui/portal_stand_in.hpp"

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

int main(int count, char** words) {
    try {
        const std::vector<std::string> uris(words + 1, words + count);
        dropline::test::PortalStandIn portal;
        std::puts("here");
        std::fflush(stdout);
        const auto call = portal.wait_for_dialog();
        std::printf("%s above %s\n", call.title.c_str(), call.parent_window.c_str());
        std::fflush(stdout);
        if (uris.empty()) return 0;
        if (uris.front() != "--wait") portal.respond(0, uris);
        portal.wait_for_caller_to_leave();
    } catch (const std::exception& fault) {
        std::fprintf(stderr, "%s\n", fault.what());
        return 1;
    }
}
