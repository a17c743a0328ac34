#include "net/api/unicode.hpp"

#include <unicode/brkiter.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uspoof.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <memory>

#include "net/api/ascii.hpp"

namespace dropline {

namespace {

icu::UnicodeString to_icu(std::string_view text) {
    return icu::UnicodeString::fromUTF8(
        icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

std::string from_icu(const icu::UnicodeString& text) {
    std::string bytes;
    text.toUTF8String(bytes);
    return bytes;
}

icu::UnicodeString nfc_of(const icu::UnicodeString& text) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
    assert(U_SUCCESS(status) && "the NFC tables are compiled into ICU");
    icu::UnicodeString normalized = nfc->normalize(text, status);
    assert(U_SUCCESS(status));
    return normalized;
}

struct CloseChecker {
    void operator()(USpoofChecker* checker) const { uspoof_close(checker); }
};

/// Asked by several threads: ICU allows that as long as nobody changes it.
const USpoofChecker* confusables() {
    static const std::unique_ptr<USpoofChecker, CloseChecker> checker = [] {
        UErrorCode status = U_ZERO_ERROR;
        USpoofChecker* opened = uspoof_open(&status);
        assert(U_SUCCESS(status) && "the confusables are compiled into ICU");
        return std::unique_ptr<USpoofChecker, CloseChecker>(opened);
    }();
    return checker.get();
}

icu::UnicodeString skeleton_of(const icu::UnicodeString& text) {
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeString skeleton;
    uspoof_getSkeletonUnicodeString(confusables(), 0, text, skeleton, &status);
    assert(U_SUCCESS(status));
    return skeleton;
}

/// Looks at `text` for as long as it is used.
std::unique_ptr<icu::BreakIterator> grapheme_breaks(const icu::UnicodeString& text) {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::BreakIterator> breaks(
        icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status));
    assert(U_SUCCESS(status) && "the break rules are compiled into ICU");
    breaks->setText(text);
    return breaks;
}

/// What stands before it is composed, ignored by nobody and of one byte. ICU would say so too, but
/// most names of files are of nothing else, and lists of 100,000 of them are read.
constexpr char32_t ascii_end = 0x80;

UChar32 to_code_point(char32_t character) { return static_cast<UChar32>(character); }

}  // namespace

Utf8Step first_character(std::string_view bytes) {
    UChar32 code_point = 0;
    std::int32_t length = 0;
    // A character has at most four bytes, so the narrowing to ICU's signed length loses nothing.
    const auto available =
        static_cast<std::int32_t>(std::min<std::size_t>(bytes.size(), U8_MAX_LENGTH));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"  // inside ICU's macro
    U8_NEXT(bytes.data(), length, available, code_point);
#pragma GCC diagnostic pop
    if (code_point < 0) return {std::nullopt, static_cast<std::size_t>(length)};
    return {static_cast<char32_t>(code_point), static_cast<std::size_t>(length)};
}

std::optional<std::u32string> decode_utf8(std::string_view bytes) {
    if (is_ascii(bytes)) return std::u32string(bytes.begin(), bytes.end());
    std::u32string text;
    text.reserve(bytes.size());
    while (!bytes.empty()) {
        const Utf8Step step = first_character(bytes);
        if (!step.character) return std::nullopt;
        text.push_back(*step.character);
        bytes.remove_prefix(step.bytes);
    }
    return text;
}

bool is_valid_utf8(std::string_view bytes) { return decode_utf8(bytes).has_value(); }

std::string encode_utf8(std::u32string_view text) {
    std::string bytes;
    bytes.reserve(text.size());
    for (const char32_t character : text) {
        std::uint8_t encoded[U8_MAX_LENGTH];
        std::size_t length = 0;
        U8_APPEND_UNSAFE(encoded, length, to_code_point(character));
        bytes.append(reinterpret_cast<const char*>(encoded), length);
    }
    return bytes;
}

std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    std::size_t length = bytes_max;
    while (length > 0 && U8_IS_TRAIL(static_cast<std::uint8_t>(text[length]))) --length;
    return text.substr(0, length);
}

bool is_control(char32_t character) {
    return character < 0x20 || (character >= 0x7f && character <= 0x9f);
}

bool is_bidi_control(char32_t character) {
    if (character < ascii_end) return false;
    return u_hasBinaryProperty(to_code_point(character), UCHAR_BIDI_CONTROL) != 0;
}

bool is_invisible(char32_t character) {
    if (character == 0x2028 || character == 0x2029) return true;
    if (character >= 0xfff9 && character <= 0xfffb) return true;
    if (character < ascii_end) return false;
    return is_bidi_control(character) ||
           u_hasBinaryProperty(to_code_point(character), UCHAR_DEFAULT_IGNORABLE_CODE_POINT) != 0;
}

bool is_white_space(char32_t character) { return u_isUWhiteSpace(to_code_point(character)) != 0; }

bool is_noncharacter(char32_t character) {
    if (character < ascii_end) return false;
    return u_hasBinaryProperty(to_code_point(character), UCHAR_NONCHARACTER_CODE_POINT) != 0;
}

std::string to_nfc(std::string_view text) {
    if (is_ascii(text)) return std::string(text);
    return from_icu(nfc_of(to_icu(text)));
}

std::string fold_case(std::string_view text) {
    if (is_ascii(text)) {
        std::string folded(text);
        std::ranges::transform(folded, folded.begin(), lower_case);
        return folded;
    }
    // Folding can undo composition and needs composed text to find all pairs: NFC on both sides.
    icu::UnicodeString folded = nfc_of(to_icu(text));
    folded.foldCase();
    return from_icu(nfc_of(folded));
}

std::string look_alike_key(std::string_view text) {
    icu::UnicodeString key = nfc_of(to_icu(text));
    // A capital I looks like l and folds to i: folding both ways round makes the three one.
    key = skeleton_of(key.foldCase()).foldCase();
    icu::UnicodeString letters;
    for (std::int32_t at = 0; at < key.length(); at = key.moveIndex32(at, 1)) {
        const UChar32 letter = key.char32At(at);
        if (u_isUWhiteSpace(letter)) continue;
        letters.append(letter == 'i' ? UChar32{'l'} : letter);
    }
    return from_icu(letters);
}

std::size_t count_graphemes(std::string_view text) {
    const icu::UnicodeString characters = to_icu(text);
    const auto breaks = grapheme_breaks(characters);
    std::size_t count = 0;
    while (breaks->next() != icu::BreakIterator::DONE) ++count;
    return count;
}

std::string_view grapheme_prefix(std::string_view text, std::size_t graphemes_max,
                                 std::size_t bytes_max) {
    const icu::UnicodeString characters = to_icu(text);
    const auto breaks = grapheme_breaks(characters);
    std::size_t length = 0;
    for (std::size_t count = 0; count < graphemes_max; ++count) {
        const std::int32_t begin = breaks->current();
        const std::int32_t end = breaks->next();
        if (end == icu::BreakIterator::DONE) break;
        const std::size_t bytes = from_icu(characters.tempSubStringBetween(begin, end)).size();
        if (length + bytes > bytes_max) break;
        length += bytes;
    }
    return text.substr(0, length);
}

}  // namespace dropline
