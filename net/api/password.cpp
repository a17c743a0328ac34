#include "net/api/password.hpp"

#include <openssl/rand.h>

#include <array>
#include <stdexcept>
#include <string>

#include "net/api/ascii.hpp"
#include "net/api/limits.hpp"
#include "net/api/unicode.hpp"

namespace dropline {

namespace {

// The letters of proquints: consonant, vowel, consonant, vowel, consonant for 16 bits.
constexpr std::string_view consonants = "bdfghjklmnprstvz";
constexpr std::string_view vowels = "aiou";
constexpr std::size_t words = 5;
constexpr std::size_t letters = 5;

char consonant(unsigned bits) { return consonants[bits & 15U]; }
char vowel(unsigned bits) { return vowels[bits & 3U]; }

std::string proquint(unsigned bits) {
    return {consonant(bits >> 12U), vowel(bits >> 10U), consonant(bits >> 6U), vowel(bits >> 4U),
            consonant(bits)};
}

bool is_proquint(std::string_view word) {
    for (std::size_t i = 0; i < letters; ++i) {
        const std::string_view alphabet = i % 2 == 0 ? consonants : vowels;
        if (alphabet.find(word[i]) == std::string_view::npos) return false;
    }
    return true;
}

}  // namespace

Secret make_room_password() {
    std::array<unsigned char, 2 * words> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        throw std::runtime_error("the system's random generator failed");
    }
    std::string password;
    password.reserve(words * (letters + 1));
    for (std::size_t i = 0; i < words; ++i) {
        if (i > 0) password += '-';
        password += proquint(bytes[2 * i] * 256U + bytes[2 * i + 1]);
    }
    return Secret::take(password);
}

bool is_made_password(std::string_view password) {
    if (password.size() != words * (letters + 1) - 1) return false;
    for (std::size_t at = 0; at < password.size(); at += letters + 1) {
        if (at > 0 && password[at - 1] != '-') return false;
        if (!is_proquint(password.substr(at, letters))) return false;
    }
    return true;
}

Result<Secret> normalised_password(const Secret& typed) {
    const std::string_view text = trimmed(typed.view());
    if (text.empty()) return Fault{FaultCode::bad_request, "The password is empty."};
    if (text.size() > limits::password_bytes_max) {
        return Fault{FaultCode::bad_request, "The password is too long: at most " +
                                                 std::to_string(limits::password_bytes_max) +
                                                 " bytes are possible."};
    }
    if (!is_valid_utf8(text)) {
        return Fault{FaultCode::bad_request, "The password is not valid UTF-8 text."};
    }
    std::string normal = to_nfc(text);
    return Secret::take(normal);
}

Result<Secret> acceptable_password(const Secret& typed) {
    auto password = normalised_password(typed);
    if (!password) return password;
    if (count_graphemes(password->view()) < limits::password_characters_min) {
        return Fault{FaultCode::bad_request,
                     "The password is too short: whoever listens could guess it. Use at least " +
                         std::to_string(limits::password_characters_min) + " characters."};
    }
    return password;
}

}  // namespace dropline
