// A bulk connection whose other side is the test itself: it says what arrives, sees what is sent,
// and can answer each frame. No thread, no waiting, no chance.
// Thread: the test's.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "net/transfer/bulk_channel.hpp"
#include "net/transfer/data_frame.hpp"

namespace dropline::tests {

struct SeenFrame {
    DataHeader header;
    std::string payload;
};

class ScriptedChannel : public BulkChannel {
  public:
    enum class Ending { clean, cut };

    /// What arrives; then the end.
    explicit ScriptedChannel(std::string arriving = {}, Ending ending = Ending::clean)
        : arriving_(std::move(arriving)), ending_(ending) {}

    /// Called with every frame that is sent; may call `arrive`.
    std::function<void(const SeenFrame&)> on_sent = [](const SeenFrame&) {};
    /// The end comes behind so many bytes, whatever would arrive later.
    std::size_t ends_after_bytes = static_cast<std::size_t>(-1);
    /// At most so many bytes a read.
    std::size_t portion_bytes = static_cast<std::size_t>(-1);
    /// From this frame on writes fail, as when the other side is gone.
    std::size_t frames_until_gone = static_cast<std::size_t>(-1);

    void arrive(const std::string& bytes) { arriving_ += bytes; }
    void arrive(const DataHeader& header, const std::string& payload = {});

    const std::vector<SeenFrame>& sent() const { return sent_; }
    std::size_t count_sent(DataKind kind) const;
    /// All that was sent, as it would be on the wire.
    const std::string& sent_bytes() const { return sent_bytes_; }
    std::size_t unread_bytes() const {
        return std::min(arriving_.size(), ends_after_bytes) - read_;
    }

    Result<void> write(std::span<const std::byte> header,
                       std::span<const std::byte> payload) override;
    Result<void> flush() override { return {}; }
    Result<std::size_t> read_some(std::span<std::byte> into) override;
    Result<std::size_t> try_read(std::span<std::byte> into) override;
    void interrupt() override {}

  private:
    std::string arriving_;
    Ending ending_;
    std::size_t read_ = 0;
    std::vector<SeenFrame> sent_;
    std::string sent_bytes_;
};

/// A frame as bytes, with no rule applied.
std::string frame_bytes(const DataHeader& header, const std::string& payload = {});

}  // namespace dropline::tests
