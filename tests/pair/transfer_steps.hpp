// The steps of stories about files: offering, accepting, and what a person sees of a transfer.
// Thread: the test's own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/pair/room_steps.hpp"

namespace dropline::testing {

/// Bytes that are the same on every run.
std::string pattern(std::size_t bytes);
std::filesystem::path write_file(const std::filesystem::path& path, const std::string& content);
std::string read_file(const std::filesystem::path& path);
std::size_t entries_in(const std::filesystem::path& folder);

/// A file so large, and so slowly sent while `slow_down` holds, that it is never done by accident.
std::filesystem::path write_large_file(const std::filesystem::path& path);
inline constexpr std::uint64_t large_file_bytes = 20'000'000;
/// A limit that lets bytes flow but no large file end within a test's patience.
inline void slow_down(Person& sender) { sender.submit(command::SetRateLimits{200'000, 0}); }
inline void speed_up(Person& sender) { sender.submit(command::SetRateLimits{0, 0}); }

/// Offers and waits until the other one sees it.
event::Offer offer(Person& from, Person& to, std::vector<std::filesystem::path> paths);

/// The newest that this person was told of it; null: nothing yet. Until the next look.
const Transfer* find_latest(Person& person, const TransferId& id);
/// As above; there must be something.
Transfer latest(Person& person, const TransferId& id);
/// Runs, and lets time pass, until the newest state satisfies this.
Transfer await_transfer(World& world, Person& person, const TransferId& id,
                        const std::function<bool(const Transfer&)>& is_meant,
                        const std::string& what);
Transfer await_state(World& world, Person& person, const TransferId& id, TransferState state);
/// Until bytes of it are stored.
void await_flow(World& world, Person& receiver, const TransferId& id);

}  // namespace dropline::testing
