// Lines on their way to a file descriptor whose reader may be slow: written only as far as they
// fit, so the program keeps hearing signals, and the network is held back by `is_full`.
// Thread: one owner. It neither closes the descriptor nor changes its flags, which others share.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dropline::app {

class OutputBuffer {
  public:
    explicit OutputBuffer(int fd) : fd_(fd) {}

    void append(std::string_view text);
    bool has_waiting() const { return written_ < text_.size(); }
    /// Above 256 KiB: take no more events until the reader has read.
    bool is_full() const;
    /// Above 8 MiB: hear no more commands either, each of which is answered.
    bool is_overfull() const;
    /// Writes as much as goes without waiting. False when nothing more can ever be written.
    bool flush();
    /// Why not, as an errno; 0 while it can.
    int error() const { return error_; }

  private:
    const int fd_;
    std::string text_;
    std::size_t written_ = 0;
    int error_ = 0;
};

}  // namespace dropline::app
