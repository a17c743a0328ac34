// Every kind of control frame in every phase: as one payload of that kind, which reaches deep into
// the codec at once, and as a stream.
#include <algorithm>
#include <utility>
#include <variant>

#include "net/api/limits.hpp"
#include "net/wire/codec.hpp"
#include "tests/fuzz/frame_promises.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/wire/sample_messages.hpp"

namespace dropline::fuzz {

namespace {

const std::vector<wire::Kind>& kinds() {
    static const std::vector<wire::Kind> all = [] {
        std::vector<wire::Kind> known;
        for (unsigned number = 0; number < 256; ++number) {
            if (!wire::is_known_kind(static_cast<std::uint8_t>(number))) continue;
            known.push_back(static_cast<wire::Kind>(number));
        }
        return known;
    }();
    return all;
}

/// 0: the rest is a payload of the kind that the next byte picks; else a stream in some phase.
void check(std::string_view input) {
    Choices choices(input);
    if (const std::size_t choice = choices.byte(); choice != 0) {
        const wire::Phase phase = wire::all_phases[choice % wire::all_phases.size()];
        const std::size_t portion_bytes = choices.number_up_to(256);
        check_stream(phase, choices.rest(), portion_bytes);
        return;
    }
    const wire::Kind kind = kinds()[choices.byte() % kinds().size()];
    check_frame({kind, std::string(choices.rest().substr(0, wire::frame_bytes_max(kind)))});
}

std::vector<std::string> seeds() {
    std::vector<std::string> seeds;
    for (const wire::Message& message : wire::one_of_each()) {
        const std::string frame = *wire::encode(message);
        const auto kind = std::visit([](const auto& one) { return one.kind; }, message);
        const auto position = std::ranges::find(kinds(), kind) - kinds().begin();
        std::string as_payload = {'\0', static_cast<char>(position)};
        seeds.push_back(as_payload + frame.substr(wire::frame_header_bytes));
        for (std::size_t phase = 0; phase < wire::all_phases.size(); ++phase) {
            if (!wire::is_allowed(wire::all_phases[phase], kind)) continue;
            // Never 0, and the same phase: all_phases.size() more.
            const auto choice = static_cast<char>(phase + wire::all_phases.size());
            std::string as_stream = {choice, '\x3f'};
            as_stream += frame;
            as_stream += frame;
            seeds.push_back(std::move(as_stream));
        }
    }
    return seeds;
}

}  // namespace

Target control_frame() { return {"control_frame", 8192, check, seeds}; }

}  // namespace dropline::fuzz
