#include "ui/emoji_loader.hpp"

#include <ft2build.h>
#include FT_FREETYPE_H
#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

namespace dropline::ui {
namespace {

/// Of the height of a line: as high as capital letters and their tails.
constexpr float height_share = 0.86F;

struct Face {
    FT_Library library = nullptr;
    FT_Face face = nullptr;

    Face(const void* data, std::size_t size, int index) {
        if (FT_Init_FreeType(&library) != 0) return;
        const auto* bytes = static_cast<const FT_Byte*>(data);
        if (FT_New_Memory_Face(library, bytes, static_cast<FT_Long>(size), index, &face) != 0) {
            face = nullptr;
        }
    }
    bool select_largest_pictures() const {
        return face && FT_HAS_COLOR(face) && FT_HAS_FIXED_SIZES(face) &&
               FT_Select_Size(face, face->num_fixed_sizes - 1) == 0;
    }
    ~Face() {
        if (face) FT_Done_Face(face);
        if (library) FT_Done_FreeType(library);
    }
    Face(const Face&) = delete;
    Face& operator=(const Face&) = delete;
};

Face& face_of(const ImFontConfig* source) { return *static_cast<Face*>(source->FontLoaderData); }

/// Joiners and selectors shape the letters around them and have no picture of their own.
bool is_invisible(ImWchar c) {
    return (c >= 0x200B && c <= 0x200F) || (c >= 0x2060 && c <= 0x2064) ||
           (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0020 && c <= 0xE007F);
}

bool has_picture(Face& face, ImWchar c) {
    // The font has digits for its key caps; those of the text's own font are meant.
    return c >= 0xA9 && FT_Get_Char_Index(face.face, c) != 0;
}

struct Picture {
    int width = 0;
    int height = 0;
    std::vector<ImU32> pixels;
};

/// The mean colour of the source pixels that one target pixel covers, weighted by opacity.
ImU32 mean(const FT_Bitmap& source, int x0, int x1, int y0, int y1) {
    unsigned sums[4] = {};
    for (int y = y0; y < y1; ++y) {
        const unsigned char* row = source.buffer + static_cast<std::ptrdiff_t>(y) * source.pitch;
        for (int x = x0; x < x1; ++x) {
            for (int channel = 0; channel < 4; ++channel) sums[channel] += row[x * 4 + channel];
        }
    }
    const unsigned count = static_cast<unsigned>((x1 - x0) * (y1 - y0));
    if (sums[3] == 0) return 0;
    // FreeType's pixels are premultiplied, blue first; ImGui wants them plain, red first.
    const auto plain = [&](unsigned sum) { return std::min(255U, sum * 255U / sums[3]); };
    return IM_COL32(plain(sums[2]), plain(sums[1]), plain(sums[0]), sums[3] / count);
}

Picture scaled(const FT_Bitmap& source, int height) {
    Picture picture;
    const int from_width = static_cast<int>(source.width);
    const int from_height = static_cast<int>(source.rows);
    picture.height = std::max(1, height);
    picture.width = std::max(1, from_width * picture.height / std::max(1, from_height));
    picture.pixels.reserve(static_cast<std::size_t>(picture.width) *
                           static_cast<std::size_t>(picture.height));
    for (int y = 0; y < picture.height; ++y) {
        const int y0 = y * from_height / picture.height;
        const int y1 = std::max(y0 + 1, (y + 1) * from_height / picture.height);
        for (int x = 0; x < picture.width; ++x) {
            const int x0 = x * from_width / picture.width;
            const int x1 = std::max(x0 + 1, (x + 1) * from_width / picture.width);
            picture.pixels.push_back(mean(source, x0, x1, y0, y1));
        }
    }
    return picture;
}

void place(ImFontAtlas* atlas, ImFontBaked* baked, ImFontConfig* source, const Picture& picture,
           ImFontGlyph* glyph) {
    const ImFontAtlasRectId place_id = ImFontAtlasPackAddRect(atlas, picture.width, picture.height);
    if (place_id == ImFontAtlasRectId_Invalid) return;
    const auto width = static_cast<float>(picture.width);
    const auto height = static_cast<float>(picture.height);
    glyph->X0 = 1;
    glyph->Y0 = std::round((baked->Ascent - baked->Descent - height) / 2);
    glyph->X1 = glyph->X0 + width;
    glyph->Y1 = glyph->Y0 + height;
    glyph->Visible = true;
    glyph->Colored = true;
    glyph->PackId = place_id;
    ImFontAtlasBakedSetFontGlyphBitmap(
        atlas, baked, source, glyph, ImFontAtlasPackGetRect(atlas, place_id),
        reinterpret_cast<const unsigned char*>(picture.pixels.data()), ImTextureFormat_RGBA32,
        picture.width * 4);
}

bool load_glyph(ImFontAtlas* atlas, ImFontConfig* source, ImFontBaked* baked, void*, ImWchar c,
                ImFontGlyph* glyph, float* advance) {
    Face& face = face_of(source);
    if (is_invisible(c)) {
        if (advance) *advance = 0;
        if (glyph) glyph->Codepoint = c & 0x1FFFFFU;
        return true;
    }
    if (!has_picture(face, c)) return false;
    if (FT_Load_Char(face.face, c, FT_LOAD_COLOR | FT_LOAD_RENDER) != 0) return false;
    const FT_Bitmap& bitmap = face.face->glyph->bitmap;
    if (bitmap.pixel_mode != FT_PIXEL_MODE_BGRA || bitmap.rows == 0) return false;
    const int height = static_cast<int>(std::round(baked->Size * height_share));
    const int width = static_cast<int>(bitmap.width) * height / static_cast<int>(bitmap.rows);
    if (advance) {
        *advance = static_cast<float>(width) + 2;
        return true;
    }
    glyph->Codepoint = c & 0x1FFFFFU;
    glyph->AdvanceX = static_cast<float>(width) + 2;
    place(atlas, baked, source, scaled(bitmap, height), glyph);
    return true;
}

bool init_source(ImFontAtlas*, ImFontConfig* source) {
    auto face =
        std::make_unique<Face>(source->FontData, static_cast<std::size_t>(source->FontDataSize),
                               static_cast<int>(source->FontNo));
    if (!face->select_largest_pictures()) return false;
    source->FontLoaderData = face.release();
    return true;
}

void destroy_source(ImFontAtlas*, ImFontConfig* source) {
    delete static_cast<Face*>(source->FontLoaderData);
    source->FontLoaderData = nullptr;
}

bool contains_glyph(ImFontAtlas*, ImFontConfig* source, ImWchar c) {
    return is_invisible(c) || has_picture(face_of(source), c);
}

}  // namespace

const ImFontLoader* emoji_loader() {
    static const ImFontLoader loader = [] {
        ImFontLoader made;
        made.Name = "emoji";
        made.FontSrcInit = init_source;
        made.FontSrcDestroy = destroy_source;
        made.FontSrcContainsGlyph = contains_glyph;
        made.FontBakedLoadGlyph = load_glyph;
        return made;
    }();
    return &loader;
}

FontKind kind_of_font(std::span<const std::byte> file, int index) {
    const Face face(file.data(), file.size(), index);
    if (!face.face) return FontKind::unusable;
    if (face.select_largest_pictures()) return FontKind::pictures;
    const bool has_unicode = FT_Select_Charmap(face.face, FT_ENCODING_UNICODE) == 0;
    return has_unicode && FT_IS_SCALABLE(face.face) ? FontKind::outlines : FontKind::unusable;
}

}  // namespace dropline::ui
