#include "app/frame_loop.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace dropline;
using namespace dropline::app;

TEST_CASE("a window that is asked to close before it has opened opens no room and returns") {
    WindowOptions options;
    options.start = command::Host{};
    int submitted = 0;
    NodePorts ports;
    ports.poll = [](Event&) { return false; };
    ports.submit = [&submitted](const Command&) { ++submitted; };
    close_window();
    const auto ended = run_window(std::move(options), std::move(ports));
    CHECK(ended);
    CHECK(submitted == 0);
}
