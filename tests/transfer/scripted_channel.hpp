// A bulk connection whose other side is the test itself: it says what arrives, sees what is sent,
// and can answer each frame. No waiting, no chance.
// Thread: one that reads and one that writes. What was sent is looked at when both have ended.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "net/transfer/bulk_channel.hpp"
#include "net/transfer/data_frame.hpp"

namespace dropline::tests {

inline constexpr std::size_t chunk = limits::chunk_bytes;

struct SeenFrame {
    DataHeader header;
    std::string payload;
};

class ScriptedChannel : public BulkChannel {
  public:
    enum class Ending {
        clean,
        cut,
        open  // nothing more comes, and no end either, until an interruption
    };

    /// What arrives; then the end.
    explicit ScriptedChannel(std::string arriving = {}, Ending ending = Ending::clean)
        : ending_(ending), arriving_(std::move(arriving)) {}

    /// Called with every frame that is sent, by who sends it; may call `arrive`.
    std::function<void(const SeenFrame&)> on_sent = [](const SeenFrame&) {};
    std::function<void()> on_write = [] {};  // any bytes, parts of a frame too
    /// Called whenever what was sent is to be on its way; may call `arrive`.
    std::function<void()> on_flush = [] {};
    /// The end comes behind so many bytes, whatever would arrive later.
    std::size_t ends_after_bytes = static_cast<std::size_t>(-1);
    /// At most so many bytes a read.
    std::size_t portion_bytes = static_cast<std::size_t>(-1);
    /// From this frame on writes fail, as when the other side is gone.
    std::size_t frames_until_gone = static_cast<std::size_t>(-1);

    void arrive(const std::string& bytes);
    void arrive(const DataHeader& header, const std::string& payload = {});

    const std::vector<SeenFrame>& sent() const { return sent_; }
    std::size_t count_sent(DataKind kind) const;
    /// The last of this kind; there must be one.
    const SeenFrame& last_sent(DataKind kind) const;
    /// All that was sent, as it would be on the wire.
    const std::string& sent_bytes() const { return sent_bytes_; }

    Result<void> write(std::span<const std::byte> bytes) override;
    Result<void> flush() override {
        on_flush();
        return {};
    }
    std::chrono::steady_clock::duration write_waited() const override { return {}; }
    Result<ReadSome> read_some(std::span<std::byte> into,
                               std::chrono::milliseconds patience) override;
    Result<std::size_t> try_read(std::span<std::byte> into) override;
    void interrupt() override;

  private:
    std::size_t take(std::span<std::byte> into);

    const Ending ending_;
    std::mutex mutex_;
    std::condition_variable changed_;
    // Guarded by the mutex:
    std::string arriving_;
    std::size_t read_ = 0;
    bool is_interrupted_ = false;
    // Of the one who writes:
    DataFrameParser sent_parser_{DataPhase::leaving};
    std::vector<SeenFrame> sent_;
    std::string sent_bytes_;
};

/// A frame as bytes, with no rule applied.
std::string frame_bytes(const DataHeader& header, const std::string& payload = {});

std::string text_of(std::span<const std::byte> bytes);
inline std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

}  // namespace dropline::tests
