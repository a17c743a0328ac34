// A text that nobody else may read: a password, a code, an invite's token.
// Thread: any; a value. Its memory is wiped when it goes, also of copies and of what was moved
// from. There is no way to write it into a stream, a log or an error sentence by mistake.
#pragma once

#include <string.h>  // explicit_bzero, which <cstring> need not declare

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dropline {

/// Wipes a text that had to be one for a while (a line read, a field typed) and empties it.
inline void wipe(std::string& text) {
    // What lies behind the end may be older, longer content.
    text.resize(text.capacity());
    ::explicit_bzero(text.data(), text.size());
    text.clear();
}

class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string_view text) : bytes_(text.begin(), text.end()) {}
    /// Takes the text over and wipes where it was.
    static Secret take(std::string& text) {
        Secret secret(text);
        wipe(text);
        return secret;
    }
    ~Secret() { forget(); }
    Secret(const Secret&) = default;
    // A vector that is moved from keeps nothing: the bytes lie where they lay, in the new one.
    Secret(Secret&&) noexcept = default;
    Secret& operator=(Secret other) noexcept {
        std::swap(bytes_, other.bytes_);
        return *this;
    }

    bool is_empty() const { return bytes_.empty(); }
    std::string_view view() const { return {bytes_.data(), bytes_.size()}; }

    void forget() {
        if (!bytes_.empty()) ::explicit_bzero(bytes_.data(), bytes_.size());
        bytes_.clear();
    }

  private:
    std::vector<char> bytes_;  // never grows, so that it never leaves a copy behind
};

}  // namespace dropline
