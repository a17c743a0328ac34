// Cuts a stream of bytes into lines and never holds more than one line's limit.
// Thread: any; one owner. It knows neither files nor JSON.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace dropline::app {

struct InputLine {
    std::string text;          // without its newline; empty when it was too long
    bool is_too_long = false;  // the line had more bytes than allowed and was thrown away
};

class LineSplitter {
  public:
    /// `line_bytes_max` does not count the newline.
    explicit LineSplitter(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

    void feed(std::string_view bytes);
    /// What has been fed and not taken yet.
    void forget();
    /// End of input: what has no newline yet is a line as well.
    void finish();
    /// The oldest complete line; empty when there is none.
    std::optional<InputLine> next();

  private:
    void append(std::string_view part);
    void complete();

    const std::size_t line_bytes_max_;
    std::string partial_;
    bool is_partial_too_long_ = false;
    std::deque<InputLine> lines_;
};

}  // namespace dropline::app
