#include "ui/text/text_layout.hpp"

#include <fribidi.h>
#include <unicode/ubrk.h>
#include <unicode/utext.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "ui/text/break_iterator.hpp"

namespace dropline::ui {
namespace {

UBreakIterator* line_breaker() {
    thread_local const BreakIteratorPtr breaker = open_break_iterator(UBRK_LINE);
    return breaker.get();
}

/// Ends of the pieces that may stand at the end of a line; the last is the size of the text.
std::vector<std::size_t> break_places(std::string_view text) {
    std::vector<std::size_t> places;
    UErrorCode status = U_ZERO_ERROR;
    UText* utext =
        utext_openUTF8(nullptr, text.data(), static_cast<std::int64_t>(text.size()), &status);
    UBreakIterator* breaker = line_breaker();
    if (breaker && utext) {
        ubrk_setUText(breaker, utext, &status);
        if (U_SUCCESS(status)) {
            for (int place = ubrk_next(breaker); place != UBRK_DONE; place = ubrk_next(breaker)) {
                places.push_back(static_cast<std::size_t>(place));
            }
        }
    }
    if (utext) utext_close(utext);
    if (places.empty() || places.back() != text.size()) places.push_back(text.size());
    return places;
}

bool is_line_end(char32_t c) {
    return c == '\n' || c == '\r' || c == 0x0B || c == 0x0C || c == 0x85 || c == 0x2028 ||
           c == 0x2029;
}

/// Fills lines greedily, piece by piece.
class Filler {
  public:
    Filler(std::string_view text, float width_max, const CharWidth& char_width)
        : text_(text), width_max_(width_max), char_width_(char_width) {}

    TextLayout fill() {
        if (!text_.empty()) {
            std::size_t begin = 0;
            for (const std::size_t end : break_places(text_)) {
                add_piece(begin, end);
                begin = end;
            }
        }
        if (line_.end > line_.begin || layout_.lines.empty()) close_line();
        return std::move(layout_);
    }

  private:
    struct Piece {
        float width = 0;          // with the spaces after it
        float visible_width = 0;  // without them
        std::size_t visible_end = 0;
        bool ends_line = false;
    };

    Piece measure(std::size_t begin, std::size_t end) const {
        Piece piece;
        piece.visible_end = begin;
        for (std::size_t at = begin; at < end;) {
            const DecodedChar c = decode_at(text_, at);
            at += c.bytes;
            if (is_line_end(c.value)) {
                piece.ends_line = true;
                continue;
            }
            piece.width += char_width_(c.value);
            if (c.value == ' ') continue;
            piece.visible_width = piece.width;
            piece.visible_end = at;
        }
        return piece;
    }

    void add_piece(std::size_t begin, std::size_t end) {
        const Piece piece = measure(begin, end);
        if (used_ > 0 && used_ + piece.visible_width > width_max_) close_line(begin);
        if (piece.visible_width > width_max_) {
            add_by_character(begin, piece.visible_end);
        } else if (piece.visible_width > 0) {
            line_.width = used_ + piece.visible_width;
        }
        line_.end = std::max(line_.end, piece.visible_end);
        used_ += piece.visible_width > width_max_ ? 0 : piece.width;
        if (piece.ends_line) close_line(end);
    }

    void add_by_character(std::size_t begin, std::size_t end) {
        for (std::size_t at = begin; at < end;) {
            const DecodedChar c = decode_at(text_, at);
            const float width = char_width_(c.value);
            if (used_ > 0 && used_ + width > width_max_) close_line(at);
            at += c.bytes;
            used_ += width;
            line_.end = at;
            line_.width = used_;
        }
    }

    void close_line(std::size_t next_begin = 0) {
        line_.visual = visual_order(text_.substr(line_.begin, line_.end - line_.begin));
        layout_.width = std::max(layout_.width, line_.width);
        layout_.lines.push_back(std::move(line_));
        line_ = TextLine{next_begin, next_begin, 0, {}};
        used_ = 0;
    }

    std::string_view text_;
    float width_max_;
    const CharWidth& char_width_;
    TextLayout layout_;
    TextLine line_;
    float used_ = 0;
};

bool is_right_to_left(char32_t c) {
    return (c >= 0x0590 && c <= 0x08FF) || (c >= 0xFB1D && c <= 0xFDFF) ||
           (c >= 0xFE70 && c <= 0xFEFF) || (c >= 0x10800 && c <= 0x10FFF) ||
           (c >= 0x1E800 && c <= 0x1EFFF);
}

void append_utf8(std::string& text, char32_t c) {
    std::uint8_t bytes[U8_MAX_LENGTH];
    std::int32_t length = 0;
    UBool is_error = false;
    U8_APPEND(bytes, length, U8_MAX_LENGTH, static_cast<UChar32>(c), is_error);
    if (!is_error)
        text.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
}

/// Empty when the library refuses.
std::vector<FriBidiChar> reordered(std::vector<FriBidiChar>& logical) {
    const auto length = static_cast<FriBidiStrIndex>(logical.size());
    std::vector<FriBidiCharType> types(logical.size());
    std::vector<FriBidiBracketType> brackets(logical.size());
    std::vector<FriBidiLevel> levels(logical.size());
    std::vector<FriBidiJoiningType> joining(logical.size());
    FriBidiParType direction = FRIBIDI_PAR_ON;
    fribidi_get_bidi_types(logical.data(), length, types.data());
    fribidi_get_bracket_types(logical.data(), length, types.data(), brackets.data());
    if (fribidi_get_par_embedding_levels_ex(types.data(), brackets.data(), length, &direction,
                                            levels.data()) == 0) {
        return {};
    }
    fribidi_get_joining_types(logical.data(), length, joining.data());
    fribidi_join_arabic(types.data(), length, levels.data(), joining.data());
    fribidi_shape(FRIBIDI_FLAGS_DEFAULT | FRIBIDI_FLAGS_ARABIC, levels.data(), length,
                  joining.data(), logical.data());
    if (fribidi_reorder_line(FRIBIDI_FLAGS_DEFAULT, types.data(), length, 0, direction,
                             levels.data(), logical.data(), nullptr) == 0) {
        return {};
    }
    return std::move(logical);
}

}  // namespace

DecodedChar decode_at(std::string_view text, std::size_t at) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    // U8_NEXT wants signed 32-bit places; a message is at most a few KiB.
    const auto length = static_cast<std::int32_t>(text.size());
    auto place = static_cast<std::int32_t>(at);
    UChar32 value = 0;
    U8_NEXT(bytes, place, length, value);
    const std::size_t used = static_cast<std::size_t>(place) - at;
    if (value < 0) return {0xFFFD, std::max<std::size_t>(used, 1)};
    return {static_cast<char32_t>(value), used};
}

std::string visual_order(std::string_view line) {
    std::vector<FriBidiChar> logical;
    bool has_right_to_left = false;
    for (std::size_t at = 0; at < line.size();) {
        const DecodedChar c = decode_at(line, at);
        at += c.bytes;
        logical.push_back(c.value);
        has_right_to_left = has_right_to_left || is_right_to_left(c.value);
    }
    if (!has_right_to_left) return {};
    std::string visual;
    for (const FriBidiChar c : reordered(logical)) {
        // Shaping leaves marks of its own, which have no glyph.
        if (c != FRIBIDI_CHAR_FILL) append_utf8(visual, c);
    }
    return visual;
}

TextLayout lay_out(std::string_view text, float width_max, const CharWidth& char_width) {
    return Filler(text, width_max, char_width).fill();
}

}  // namespace dropline::ui
