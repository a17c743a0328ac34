#include "ui/draw/icons.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <numbers>

namespace dropline::ui {
namespace {

/// Draws in a square from -1 to 1.
class Pen {
  public:
    Pen(ImDrawList& list, ImVec2 center, float size, ImU32 color)
        : list_(list),
          center_(center),
          half_(size / 2),
          color_(color),
          width_(std::max(1.0F, size / 11)) {}

    ImVec2 at(float x, float y) const { return {center_.x + x * half_, center_.y + y * half_}; }

    void line(std::initializer_list<ImVec2> points, bool is_closed = false) const {
        for (const ImVec2& point : points) list_.PathLineTo(at(point.x, point.y));
        list_.PathStroke(color_, is_closed ? ImDrawFlags_Closed : ImDrawFlags_None, width_);
    }
    void box(float x0, float y0, float x1, float y1, float rounding) const {
        list_.AddRect(at(x0, y0), at(x1, y1), color_, rounding * half_, 0, width_);
    }
    void circle(float x, float y, float radius) const {
        list_.AddCircle(at(x, y), radius * half_, color_, 0, width_);
    }
    void dot(float x, float y, float radius) const {
        list_.AddCircleFilled(at(x, y), radius * half_, color_);
    }
    void arc(float x, float y, float radius, float from, float to) const {
        list_.PathArcTo(at(x, y), radius * half_, from, to);
        list_.PathStroke(color_, 0, width_);
    }

  private:
    ImDrawList& list_;
    ImVec2 center_;
    float half_;
    ImU32 color_;
    float width_;
};

constexpr float pi = std::numbers::pi_v<float>;

void draw_attach(const Pen& pen) {
    pen.line({{-0.75F, 0.1F}, {0.05F, -0.7F}});
    pen.arc(0.28F, -0.42F, 0.36F, -0.75F * pi, 0.25F * pi);
    pen.line({{0.53F, -0.16F}, {-0.28F, 0.66F}});
    pen.arc(-0.5F, 0.42F, 0.33F, 0.25F * pi, 1.25F * pi);
    pen.line({{0.3F, -0.42F}, {-0.42F, 0.3F}});
}

void draw_gear(const Pen& pen) {
    pen.circle(0, 0, 0.32F);
    pen.circle(0, 0, 0.64F);
    for (int tooth = 0; tooth < 8; ++tooth) {
        const float angle = static_cast<float>(tooth) * pi / 4;
        const float x = std::cos(angle);
        const float y = std::sin(angle);
        pen.line({{x * 0.66F, y * 0.66F}, {x * 0.92F, y * 0.92F}});
    }
}

void draw_file(const Pen& pen) {
    pen.line({{-0.6F, -0.9F}, {0.2F, -0.9F}, {0.65F, -0.45F}, {0.65F, 0.9F}, {-0.6F, 0.9F}}, true);
    pen.line({{0.15F, -0.85F}, {0.15F, -0.4F}, {0.6F, -0.4F}});
}

void draw_folder(const Pen& pen) {
    pen.line({{-0.9F, 0.7F},
              {-0.9F, -0.65F},
              {-0.3F, -0.65F},
              {-0.1F, -0.4F},
              {0.9F, -0.4F},
              {0.9F, 0.7F}},
             true);
}

void draw_pencil(const Pen& pen) {
    pen.line({{-0.8F, 0.8F}, {-0.7F, 0.35F}, {0.4F, -0.75F}, {0.75F, -0.4F}, {-0.35F, 0.7F}}, true);
    pen.line({{0.15F, -0.5F}, {0.5F, -0.15F}});
}

void draw_people(const Pen& pen) {
    pen.circle(-0.25F, -0.35F, 0.34F);
    pen.arc(-0.25F, 0.8F, 0.62F, pi, 2 * pi);
    pen.arc(0.35F, -0.35F, 0.32F, -0.5F * pi, 0.6F * pi);
    pen.arc(0.3F, 0.8F, 0.62F, -0.42F * pi, 0);
}

void draw_clock(const Pen& pen) {
    pen.circle(0, 0, 0.75F);
    pen.line({{0, -0.45F}, {0, 0.05F}, {0.35F, 0.2F}});
}

void draw_warning(const Pen& pen) {
    pen.line({{0, -0.8F}, {0.88F, 0.75F}, {-0.88F, 0.75F}}, true);
    pen.line({{0, -0.25F}, {0, 0.25F}});
    pen.dot(0, 0.5F, 0.1F);
}

}  // namespace

void draw_icon(ImDrawList& list, Icon icon, ImVec2 center, float size, ImU32 color) {
    const Pen pen(list, center, size, color);
    switch (icon) {
        case Icon::attach: return draw_attach(pen);
        case Icon::check: return pen.line({{-0.7F, 0.05F}, {-0.2F, 0.55F}, {0.75F, -0.5F}});
        case Icon::close:
            pen.line({{-0.6F, -0.6F}, {0.6F, 0.6F}});
            return pen.line({{-0.6F, 0.6F}, {0.6F, -0.6F}});
        case Icon::copy:
            pen.box(-0.75F, -0.4F, 0.35F, 0.85F, 0.2F);
            return pen.line({{-0.3F, -0.8F}, {0.75F, -0.8F}, {0.75F, 0.4F}});
        case Icon::file: return draw_file(pen);
        case Icon::folder: return draw_folder(pen);
        case Icon::gear: return draw_gear(pen);
        case Icon::leave:
            pen.line({{0.1F, -0.8F}, {-0.8F, -0.8F}, {-0.8F, 0.8F}, {0.1F, 0.8F}});
            pen.line({{-0.2F, 0}, {0.85F, 0}});
            return pen.line({{0.5F, -0.35F}, {0.85F, 0}, {0.5F, 0.35F}});
        case Icon::pencil: return draw_pencil(pen);
        case Icon::people: return draw_people(pen);
        case Icon::send:
            return pen.line({{-0.8F, -0.75F}, {0.9F, 0}, {-0.8F, 0.75F}, {-0.45F, 0}}, true);
        case Icon::warning: return draw_warning(pen);
        case Icon::arrow_down:
            pen.line({{0, -0.75F}, {0, 0.7F}});
            return pen.line({{-0.55F, 0.15F}, {0, 0.7F}, {0.55F, 0.15F}});
        case Icon::arrow_up:
            pen.line({{0, 0.75F}, {0, -0.7F}});
            return pen.line({{-0.55F, -0.15F}, {0, -0.7F}, {0.55F, -0.15F}});
        case Icon::clock: return draw_clock(pen);
        case Icon::pause:
            pen.line({{-0.35F, -0.65F}, {-0.35F, 0.65F}});
            return pen.line({{0.35F, -0.65F}, {0.35F, 0.65F}});
        case Icon::play: return pen.line({{-0.5F, -0.7F}, {0.7F, 0}, {-0.5F, 0.7F}}, true);
        case Icon::again:
            pen.arc(0, 0, 0.65F, -0.2F * pi, 1.4F * pi);
            return pen.line({{0.05F, -0.5F}, {0.57F, -0.4F}, {0.62F, -0.9F}});
        case Icon::back: return pen.line({{0.35F, -0.75F}, {-0.4F, 0}, {0.35F, 0.75F}});
    }
}

}  // namespace dropline::ui
