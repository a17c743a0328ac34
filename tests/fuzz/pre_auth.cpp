// What a stranger can send: every stream, in every phase before anybody has been let in.
#include <algorithm>
#include <array>
#include <variant>

#include "net/api/limits.hpp"
#include "net/wire/codec.hpp"
#include "tests/fuzz/frame_promises.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/wire/sample_messages.hpp"

namespace dropline::fuzz {

namespace {

bool is_after_admission(wire::Phase phase) {
    constexpr std::array inside = {
        wire::Phase::host_serves_member,   wire::Phase::member_expects_roster,
        wire::Phase::member_in_room,       wire::Phase::peer_expects_use,
        wire::Phase::peer_in_conversation, wire::Phase::closing,
    };
    return std::ranges::find(inside, phase) != inside.end();
}

std::vector<wire::Phase> phases_of_strangers() {
    std::vector<wire::Phase> phases;
    std::ranges::copy_if(wire::all_phases, std::back_inserter(phases),
                         [](wire::Phase phase) { return !is_after_admission(phase); });
    return phases;
}

void check(std::string_view input) {
    static const std::vector<wire::Phase> phases = phases_of_strangers();
    Choices choices(input);
    const wire::Phase phase = phases[choices.byte() % phases.size()];
    const std::size_t portion_bytes = choices.number_up_to(256);
    for (unsigned number = 0; number < 256; ++number) {
        if (!wire::is_known_kind(static_cast<std::uint8_t>(number))) continue;
        const auto kind = static_cast<wire::Kind>(number);
        require(!wire::is_allowed(phase, kind) ||
                    wire::frame_bytes_max(kind) <= limits::frame_bytes_max_before_auth,
                "a stranger's frame is small");
    }
    check_stream(phase, choices.rest(), portion_bytes);
}

/// Each message that a stranger may send, where he may send it.
std::vector<std::string> seeds() {
    std::vector<std::string> seeds;
    const std::vector<wire::Phase> phases = phases_of_strangers();
    for (std::size_t phase = 0; phase < phases.size(); ++phase) {
        for (const wire::Message& message : wire::one_of_each()) {
            const auto kind = std::visit([](const auto& one) { return one.kind; }, message);
            if (!wire::is_allowed(phases[phase], kind)) continue;
            const std::string chosen = {static_cast<char>(phase), '\x1f'};
            seeds.push_back(chosen + *wire::encode(message));
        }
    }
    return seeds;
}

}  // namespace

Target pre_auth() { return {"pre_auth", 2 * 4096 + 16, check, seeds}; }

}  // namespace dropline::fuzz
