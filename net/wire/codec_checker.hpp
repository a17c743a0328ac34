// How a decoded Protobuf message is held to the limits of the wire.
// Thread: any. Only for the codec's own files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/api/unicode.hpp"

namespace dropline::wire {

template <typename Id>
std::string raw(const Id& id) {
    return std::string(id.as_bytes());
}

/// A sentence as the wire takes it: UTF-8, and cut where it is longer. Whoever put a name or a path
/// into it knew nothing of the wire, and a message over its limits would cost the connection.
inline std::string reason_text(const std::string& sentence) {
    const std::string text = is_valid_utf8(sentence) ? sentence : escape_for_display(sentence);
    return std::string(utf8_prefix(text, limits::reason_bytes_max));
}

/// Collects the first violation, so that a conversion reads as a list of fields.
class Checker {
  public:
    template <typename Id>
    Id id(const std::string& bytes) {
        const auto parsed = Id::from_bytes(bytes);
        require(parsed.has_value() && !parsed->is_zero());
        return parsed.value_or(Id{});
    }

    std::string text(const std::string& value, std::size_t bytes_max) {
        require(value.size() <= bytes_max);
        return value;
    }

    std::int64_t sent_at_ms(std::int64_t value) {
        require(value >= 0 && value <= limits::sent_at_ms_max);
        return value;
    }

    void require(bool holds) { is_fine_ = is_fine_ && holds; }
    bool is_fine() const { return is_fine_; }

  private:
    bool is_fine_ = true;
};

}  // namespace dropline::wire
