// The room log that lies in the profile's database.
// Thread: net; its work is done on `store`, and callbacks come on `net`. Once the store is gone
// its calls are dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "net/store/room_log.hpp"
#include "net/store/store_thread.hpp"

namespace dropline {

class SqliteRoomLog final : public RoomLog {
  public:
    SqliteRoomLog(std::shared_ptr<StoreThread> store, OwnLog log)
        : store_(std::move(store)), log_(log) {}

    LogId id() const override { return log_.id; }
    std::uint64_t last_seq() const override { return log_.last_seq; }
    void append(LogEntry entry, AppendDone done, AppendWritten written) override;
    void read_before(std::optional<std::uint64_t> before, std::size_t limit,
                     ReadDone done) override;
    void read_after(std::uint64_t after, std::size_t limit, ReadDone done) override;

  private:
    const std::shared_ptr<StoreThread> store_;
    const OwnLog log_;
};

}  // namespace dropline
