#include "tests/fuzz/target.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/targets.hpp"

namespace dropline::fuzz {

std::span<const Target> all_targets() {
    static const std::array targets = {
        pre_auth(), control_frame(), data_header(), manifest(),     safe_name(),    journal(),
        settings(), json_commands(), invite(),      scram_client(), scram_server(),
    };
    return targets;
}

const Target* find_target(std::string_view name) {
    const auto targets = all_targets();
    const auto found = std::ranges::find(targets, name, &Target::name);
    return found == targets.end() ? nullptr : &*found;
}

void require(bool holds, const char* promise) {
    if (holds) return;
    std::fprintf(stderr, "a promise was broken: %s\n", promise);
    std::abort();
}

std::size_t Choices::byte() {
    if (rest_.empty()) return 0;
    const auto first = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return first;
}

}  // namespace dropline::fuzz
