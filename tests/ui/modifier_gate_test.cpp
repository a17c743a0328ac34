#include "ui/modifier_gate.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace dropline::ui {
namespace {

using Kind = ModifierGate::Input::Kind;

/// What a frame sees, as letters: C and c are Ctrl going down and up, V and v the key, '.' a
/// character.
struct Keyboard {
    ModifierGate gate;
    std::string seen;

    void say(const std::string& inputs) {
        for (const char input : inputs) {
            const Kind kind = input == 'C'   ? Kind::modifier_down
                              : input == 'c' ? Kind::modifier_up
                              : input == 'V' ? Kind::key_down
                              : input == 'v' ? Kind::key_up
                                             : Kind::character;
            gate.see({kind, [this, input] { seen += input; }});
        }
    }
    std::string frame() {
        std::string all = std::exchange(seen, {});
        gate.note_frame();
        return all;
    }
};

TEST_CASE("a shortcut that begins and ends within one frame is still one") {
    Keyboard keyboard;
    keyboard.say("CVcv");
    CHECK(keyboard.frame() == "CV");
    CHECK_FALSE(keyboard.gate.is_holding());
    CHECK(keyboard.frame() == "cv");
}

TEST_CASE("what comes after a held release waits with it, in its order, even for several frames") {
    Keyboard keyboard;
    keyboard.say("CVcv.CVcv.");
    CHECK(keyboard.frame() == "CV");
    CHECK(keyboard.gate.is_holding());
    CHECK(keyboard.frame() == "cv.CV");
    CHECK(keyboard.frame() == "cv.");
    CHECK(keyboard.frame().empty());
}

TEST_CASE("nothing waits for keys that went down in an earlier frame, or for no key at all") {
    Keyboard keyboard;
    keyboard.say("CV");
    CHECK(keyboard.frame() == "CV");
    keyboard.say("cv.Cc");
    CHECK(keyboard.frame() == "cv.Cc");
}

}  // namespace
}  // namespace dropline::ui
