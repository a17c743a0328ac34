#include "ui/model/shown_text.hpp"

#include <algorithm>

#include "net/api/safe_text.hpp"

namespace dropline::ui {
namespace {

std::string with_spaces_for_tabs(std::string_view line) {
    std::string result;
    for (const char c : line) {
        if (c == '\t') {
            result += "    ";
        } else {
            result += c;
        }
    }
    return result;
}

}  // namespace

std::string shown_text(std::string_view text) {
    std::string result;
    for (;;) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        result += escape_for_display(with_spaces_for_tabs(line));
        if (end == text.size()) return result;
        result += '\n';
        text.remove_prefix(end + 1);
    }
}

}  // namespace dropline::ui
