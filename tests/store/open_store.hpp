// A store on a scratch database, with the test's own thread as `net`.
// Thread: the test's. `wait` runs the network's loop until the answer is there, so that a test
// reads like straight code and never sleeps.
#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "net/store/store.hpp"

namespace dropline::test {

class OpenStore {
  public:
    explicit OpenStore(const std::filesystem::path& database) {
        auto opened = Store::open(database, net_.get_executor());
        if (!opened) throw std::runtime_error(opened.fault().sentence);
        store_ = std::move(*opened);
    }

    Store* operator->() { return store_.get(); }
    asio::io_context& net() { return net_; }
    void close() { store_.reset(); }

    /// `call` gets the callback to hand on; gives what the callback got.
    template <typename T>
    Result<T> wait(const std::function<void(Store::Done<T>)>& call) {
        std::optional<Result<T>> answer;
        call([&](Result<T> got) { answer.emplace(std::move(got)); });
        while (!answer) net_.run_one();
        return std::move(*answer);
    }

    std::shared_ptr<RoomLog> room_log(const std::string& name) {
        return value_of(wait<std::shared_ptr<RoomLog>>(
            [&](auto done) { store_->open_room_log(name, std::move(done)); }));
    }
    Result<Appended> append(RoomLog& log, LogEntry entry) {
        return wait<Appended>([&](auto done) { log.append(std::move(entry), std::move(done)); });
    }
    std::vector<LogEntry> all_of(RoomLog& log) {
        return value_of(wait<std::vector<LogEntry>>(
            [&](auto done) { log.read_after(0, rows_per_read_max, std::move(done)); }));
    }

    template <typename T>
    static T value_of(Result<T> result) {
        if (!result) throw std::runtime_error(result.fault().sentence);
        return std::move(*result);
    }

  private:
    asio::io_context net_;
    asio::executor_work_guard<asio::io_context::executor_type> stays_ = make_work_guard(net_);
    std::unique_ptr<Store> store_;
};

/// Time in the tests stands still at a date.
inline constexpr WallTime some_time{std::chrono::milliseconds{1'767'225'600'123}};

template <typename Id>
Id id_of(unsigned char first, unsigned char second = 0) {
    Id id;
    id.bytes[0] = first;
    id.bytes[1] = second;
    return id;
}

inline LogEntry entry_by(unsigned char author, unsigned char number, std::string text) {
    LogEntry entry;
    entry.id = id_of<MessageId>(number, 1);
    entry.author = id_of<PeerId>(author);
    entry.author_name = "Ann";
    entry.text = std::move(text);
    entry.sent_at = some_time;
    return entry;
}

}  // namespace dropline::test
