// The kinds of frames on a bulk connection and when each may be received: one table.
// Thread: any. Pure. What is not listed is a protocol error and ends the connection.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace dropline {

/// Append-only: the numbers are the wire.
enum class DataKind : std::uint8_t {
    start = 1,      // receiver: send everything from this file and offset on, back to back
    data = 2,       // sender: bytes of a file
    file_end = 3,   // sender: all bytes of this file were sent; their XXH3-128
    stored = 4,     // receiver: so many bytes of the transfer are written
    file_done = 5,  // receiver: this file and all before it have their final names
    all_done = 6,   // receiver: every file is verified, named and synced; the only success
    stop = 7,       // either side: it is over, with the reason
};

inline constexpr std::array all_data_kinds = {
    DataKind::start,     DataKind::data,     DataKind::file_end, DataKind::stored,
    DataKind::file_done, DataKind::all_done, DataKind::stop,
};

/// What a side waits for, named by who receives.
enum class DataPhase : std::uint8_t {
    sender_expects_start,
    sender_streams,          // bytes of files are still to be sent
    sender_expects_verdict,  // everything was sent
    receiver_in_file,        // bytes of the current file are missing
    receiver_at_file_end,    // all bytes of the current file are there, its hash is not
    receiver_has_all,        // every file ended; nothing more may come
    leaving,                 // we sent stop; what was under way is thrown away
};

inline constexpr std::array all_data_phases = {
    DataPhase::sender_expects_start,
    DataPhase::sender_streams,
    DataPhase::sender_expects_verdict,
    DataPhase::receiver_in_file,
    DataPhase::receiver_at_file_end,
    DataPhase::receiver_has_all,
    DataPhase::leaving,
};

/// True when a frame of `kind` may arrive in `phase`.
bool is_allowed(DataPhase phase, DataKind kind);

/// "file_end"; for logs and faults.
std::string_view data_kind_name(DataKind kind);

}  // namespace dropline
