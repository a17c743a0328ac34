// Keeps the release of a modifier out of the frame in which another key went down.
// Thread: ui. ImGui sees per frame only whether Ctrl is down at its end: Ctrl+V that is pressed and
// let go within one frame, as programs that type for people do it, would be a V without Ctrl.
#pragma once

#include <functional>
#include <utility>
#include <vector>

namespace dropline::ui {

class ModifierGate {
  public:
    /// One thing that the keyboard said; the order of all of them is kept.
    struct Input {
        enum class Kind { key_down, key_up, modifier_down, modifier_up, character };
        Kind kind;
        std::function<void()> deliver;
    };

    /// Delivers it now or, when that has to wait, after the next frame.
    void see(Input input) {
        const bool must_wait = is_key_new_ && input.kind == Input::Kind::modifier_up;
        if (must_wait || !held_.empty()) {
            held_.push_back(std::move(input));
            return;
        }
        is_key_new_ |= input.kind == Input::Kind::key_down;
        input.deliver();
    }

    /// A frame has taken in everything that was delivered.
    void note_frame() {
        is_key_new_ = false;
        for (Input& input : std::exchange(held_, {})) see(std::move(input));
    }

    bool is_holding() const { return !held_.empty(); }

  private:
    std::vector<Input> held_;
    bool is_key_new_ = false;  // one went down since the last frame
};

}  // namespace dropline::ui
