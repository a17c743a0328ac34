// How a decoded Protobuf message is held to the limits of the wire.
// Thread: any. Only for the codec's own files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "net/api/limits.hpp"

namespace dropline::wire {

template <typename Id>
std::string raw(const Id& id) {
    return std::string(id.as_bytes());
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
