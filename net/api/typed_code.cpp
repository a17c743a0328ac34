#include "net/api/typed_code.hpp"

#include <openssl/rand.h>

#include <array>
#include <stdexcept>

#include "net/api/ascii.hpp"

namespace dropline {

namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t code_characters = 10;
constexpr std::size_t half = code_characters / 2;
static_assert(alphabet.size() == 32);

/// What people read as another character.
char forgiven(char letter) {
    if (letter == 'I' || letter == 'L') return '1';
    return letter == 'O' ? '0' : letter;
}

}  // namespace

Secret make_typed_code() {
    std::array<unsigned char, code_characters> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        throw std::runtime_error("the system's random generator failed");
    }
    std::string code;
    // 256 is a multiple of 32: no character is likelier than another.
    for (const unsigned char byte : bytes) code += alphabet[byte % alphabet.size()];
    return Secret::take(code);
}

std::string typed_code_text(const Secret& code) {
    const std::string_view text = code.view();
    return std::string(text.substr(0, half)) + "-" + std::string(text.substr(half));
}

std::optional<Secret> read_typed_code(std::string_view typed) {
    const bool has_dash = typed.size() == code_characters + 1 && typed[half] == '-';
    if (!has_dash && typed.size() != code_characters) return std::nullopt;
    std::string code;
    code.reserve(code_characters);
    for (std::size_t i = 0; i < typed.size(); ++i) {
        if (has_dash && i == half) continue;
        const char letter = forgiven(upper_case(typed[i]));
        if (alphabet.find(letter) == std::string_view::npos) return std::nullopt;
        code += letter;
    }
    return Secret::take(code);
}

}  // namespace dropline
