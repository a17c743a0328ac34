#include "ui/fonts.hpp"

#include <fcntl.h>
#include <fontconfig/fontconfig.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ui/emoji_loader.hpp"

namespace dropline::ui {
namespace {

/// ImGui counts the fonts of one kind of type with four bits.
constexpr std::size_t sources_max = 12;

struct FontFile {
    std::string path;
    int index = 0;
    friend bool operator==(const FontFile&, const FontFile&) = default;
};

struct FreePattern {
    void operator()(FcPattern* pattern) const { FcPatternDestroy(pattern); }
};
using Pattern = std::unique_ptr<FcPattern, FreePattern>;

std::optional<FontFile> file_of(FcPattern* pattern) {
    FcChar8* path = nullptr;
    int index = 0;
    if (FcPatternGetString(pattern, FC_FILE, 0, &path) != FcResultMatch) return std::nullopt;
    FcPatternGetInteger(pattern, FC_INDEX, 0, &index);
    // The upper half of the index names an instance of a variable font, which ImGui cannot ask for.
    return FontFile{reinterpret_cast<const char*>(path), index & 0xffff};
}

/// The system's answer to "a sans-serif font with this letter", if it really has the letter.
std::optional<FontFile> match(FcConfig* config, const char* family, const char* language,
                              bool is_strong, FcChar32 letter) {
    const Pattern wish(FcPatternCreate());
    FcPatternAddString(wish.get(), FC_FAMILY, reinterpret_cast<const FcChar8*>(family));
    if (language) {
        FcPatternAddString(wish.get(), FC_LANG, reinterpret_cast<const FcChar8*>(language));
    }
    FcPatternAddInteger(wish.get(), FC_WEIGHT, is_strong ? FC_WEIGHT_BOLD : FC_WEIGHT_REGULAR);
    FcPatternAddInteger(wish.get(), FC_SLANT, FC_SLANT_ROMAN);
    FcCharSet* letters = FcCharSetCreate();
    FcCharSetAddChar(letters, letter);
    FcPatternAddCharSet(wish.get(), FC_CHARSET, letters);
    FcCharSetDestroy(letters);
    FcConfigSubstitute(config, wish.get(), FcMatchPattern);
    FcDefaultSubstitute(wish.get());
    FcResult result = FcResultNoMatch;
    const Pattern found(FcFontMatch(config, wish.get(), &result));
    if (!found) return std::nullopt;
    FcCharSet* has = nullptr;
    FcPatternGetCharSet(found.get(), FC_CHARSET, 0, &has);
    if (!has || !FcCharSetHasChar(has, letter)) return std::nullopt;
    return file_of(found.get());
}

struct Wish {
    const char* family;
    const char* language;
    FcChar32 letter;
};

/// In the order in which a letter is looked for. Chinese forms come before Japanese ones.
constexpr Wish wishes[] = {
    {"sans-serif", nullptr, 'a'},    {"sans-serif", "zh-cn", 0x4F60},
    {"sans-serif", "ja", 0x3042},    {"sans-serif", "ko", 0xD55C},
    {"emoji", nullptr, 0x1F389},     {"sans-serif", "ru", 0x0416},
    {"sans-serif", "el", 0x03A9},    {"sans-serif", "he", 0x05D0},
    {"sans-serif", "ar", 0xFEB3},    {"sans-serif", "th", 0x0E01},
    {"sans-serif", "hi", 0x0905},    {"sans-serif", nullptr, 0x2713},
    {"sans-serif", nullptr, 0x2192},
};

std::vector<FontFile> wanted_files(FcConfig* config, bool is_strong) {
    std::vector<FontFile> files;
    for (const Wish& wish : wishes) {
        const std::optional<FontFile> file =
            match(config, wish.family, wish.language, is_strong, wish.letter);
        const bool is_new = file && std::find(files.begin(), files.end(), *file) == files.end();
        if (is_new && files.size() < sources_max) files.push_back(*file);
    }
    return files;
}

/// Mapped for the life of the program, as ImGui reads them at any time.
std::span<const std::byte> mapped(const std::string& path) {
    static std::map<std::string, std::span<const std::byte>> known;
    const auto found = known.find(path);
    if (found != known.end()) return found->second;
    std::span<const std::byte>& bytes = known[path];
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat about {};
    if (file < 0) return bytes;
    if (fstat(file, &about) == 0 && about.st_size > 0) {
        const auto size = static_cast<std::size_t>(about.st_size);
        void* start = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
        if (start != MAP_FAILED) bytes = {static_cast<const std::byte*>(start), size};
    }
    close(file);
    return bytes;
}

ImFont* add_source(const FontFile& file, ImFont* onto) {
    const std::span<const std::byte> bytes = mapped(file.path);
    const FontKind kind = bytes.empty() ? FontKind::unusable : kind_of_font(bytes, file.index);
    // The first font gives the line its height, which pictures cannot.
    const bool is_usable = kind == FontKind::outlines || (kind == FontKind::pictures && onto);
    if (!is_usable) return onto;
    ImFontConfig config;
    config.MergeMode = onto != nullptr;
    config.FontNo = static_cast<ImU32>(file.index);
    if (kind == FontKind::pictures) config.FontLoader = emoji_loader();
    // ImGui writes into no font, and it would copy one that it does not own: 20 MB for Chinese.
    // So it is told that it owns the mapped file, and told otherwise before it could free it.
    ImFontAtlas* atlas = ImGui::GetIO().Fonts;
    ImFont* font = atlas->AddFontFromMemoryTTF(const_cast<std::byte*>(bytes.data()),
                                               static_cast<int>(bytes.size()), 0, &config);
    if (!font) return onto;
    atlas->Sources.back().FontDataOwnedByAtlas = false;
    return font;
}

ImFont* add_all(const std::vector<FontFile>& files) {
    ImFont* font = nullptr;
    for (const FontFile& file : files) font = add_source(file, font);
    return font;
}

}  // namespace

Fonts load_fonts() {
    Fonts fonts;
    FcConfig* config = FcInitLoadConfigAndFonts();
    if (config) {
        fonts.regular = add_all(wanted_files(config, false));
        fonts.strong = add_all(wanted_files(config, true));
        FcConfigDestroy(config);
    }
    if (!fonts.regular) fonts.regular = ImGui::GetIO().Fonts->AddFontDefault();
    if (!fonts.strong) fonts.strong = fonts.regular;
    return fonts;
}

}  // namespace dropline::ui
