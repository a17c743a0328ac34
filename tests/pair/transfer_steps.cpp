#include "tests/pair/transfer_steps.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace fs = std::filesystem;

namespace dropline::testing {

std::string pattern(std::size_t bytes) {
    std::string content(bytes, '\0');
    std::uint32_t state = 12345;
    for (char& byte : content) {
        state = state * 1664525 + 1013904223;
        byte = static_cast<char>(state >> 24U);
    }
    return content;
}

fs::path write_file(const fs::path& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
    return path;
}

std::string read_file(const fs::path& path) {
    std::ostringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    return content.str();
}

std::size_t entries_in(const fs::path& folder) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

fs::path write_large_file(const fs::path& path) {
    write_file(path, pattern(100'000));
    fs::resize_file(path, large_file_bytes);
    return path;
}

event::Offer offer(Person& from, Person& to, std::vector<fs::path> paths) {
    from.submit(command::Send{to.text_id(), std::move(paths)});
    return to.await<event::Offer>();
}

const Transfer* find_latest(Person& person, const TransferId& id) {
    const auto& news = person.all<event::TransferChanged>();
    const auto newest = std::find_if(news.rbegin(), news.rend(),
                                     [&id](const auto& event) { return event.transfer.id == id; });
    return newest == news.rend() ? nullptr : &newest->transfer;
}

Transfer latest(Person& person, const TransferId& id) {
    const Transfer* newest = find_latest(person, id);
    REQUIRE(newest != nullptr);
    return *newest;
}

Transfer await_transfer(World& world, Person& person, const TransferId& id,
                        const std::function<bool(const Transfer&)>& is_meant,
                        const std::string& what) {
    world.run_until_in_time(
        [&] {
            const Transfer* newest = find_latest(person, id);
            return newest != nullptr && is_meant(*newest);
        },
        what);
    return latest(person, id);
}

Transfer await_state(World& world, Person& person, const TransferId& id, TransferState state) {
    return await_transfer(
        world, person, id, [=](const Transfer& transfer) { return transfer.state == state; },
        "state " + std::to_string(static_cast<int>(state)));
}

void await_flow(World& world, Person& receiver, const TransferId& id) {
    await_transfer(
        world, receiver, id,
        [](const Transfer& transfer) {
            return transfer.state == TransferState::active && transfer.bytes_done > 0;
        },
        "bytes flow");
}

}  // namespace dropline::testing
