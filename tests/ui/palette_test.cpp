#include "ui/palette.hpp"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include "tests/ui/made_up.hpp"

using namespace dropline;
using namespace dropline::ui;

namespace {

constexpr double readable = 4.5;  // WCAG 2.1, success criterion 1.4.3, level AA

void check_readable(const Palette& p) {
    for (const Color ground : {p.backdrop, p.panel, p.raised, p.field, p.hover, p.pressed}) {
        CHECK(contrast(p.ink, ground) >= readable);
        CHECK(contrast(p.ink_soft, ground) >= readable);
    }
    for (const Color ground : {p.panel, p.raised}) {
        for (const Color signal : {p.accent_ink, p.good, p.warn, p.bad}) {
            CHECK(contrast(signal, ground) >= readable);
        }
    }
    CHECK(contrast(p.on_accent, p.accent) >= readable);
    CHECK(contrast(p.on_accent, p.accent_hover) >= readable);
    CHECK(contrast(p.on_own, p.own) >= readable);
    CHECK(contrast(p.on_own_soft, p.own) >= readable);
    CHECK(contrast(p.on_bad_ground, p.bad_ground) >= readable);
    // Edges and rings of controls: 3:1, criterion 1.4.11.
    CHECK(contrast(p.focus, p.panel) >= 3.0);
    CHECK(contrast(p.focus, p.raised) >= 3.0);
}

}  // namespace

TEST_CASE("the contrast formula gives the published extremes") {
    CHECK(contrast({0, 0, 0}, {255, 255, 255}) == Catch::Approx(21.0));
    CHECK(contrast({255, 255, 255}, {255, 255, 255}) == Catch::Approx(1.0));
    CHECK(contrast({0x77, 0x77, 0x77}, {255, 255, 255}) == Catch::Approx(4.48).margin(0.01));
}

TEST_CASE("every ink of the dark scheme is readable on every ground it is drawn on") {
    check_readable(palette_of(ThemeChoice::dark));
}

TEST_CASE("every ink of the light scheme is readable on every ground it is drawn on") {
    check_readable(palette_of(ThemeChoice::light));
}

TEST_CASE("the initial on everybody's circle is readable") {
    for (std::uint32_t number = 0; number < 256; ++number) {
        CHECK(contrast({255, 255, 255}, avatar_color(made_up::id<PeerId>(number))) >= readable);
    }
}
