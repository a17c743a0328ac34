// Colour emoji for ImGui: pictures of one fixed size inside a font, scaled to the size of the text.
// Thread: ui. ImGui's own FreeType loader handles only outlines; it asks this one for emoji fonts.
#pragma once

#include <cstddef>
#include <span>

struct ImFontLoader;

namespace dropline::ui {

const ImFontLoader* emoji_loader();

enum class FontKind { unusable, outlines, pictures };

/// `pictures` is what the loader above can draw; `unusable` is what no loader can open.
FontKind kind_of_font(std::span<const std::byte> file, int index);

}  // namespace dropline::ui
