// The kinds of frames on a bulk connection and when each may be received: one table.
// Thread: any. Pure. What is not listed is a protocol error and ends the connection.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace dropline {

/// Append-only: the numbers are the wire.
enum class DataKind : std::uint8_t {
    start = 1,       // receiver: send every file that was not skipped, back to back
    data = 2,        // sender: bytes of a file
    file_end = 3,    // sender: all bytes of this file were sent; the file's digest
    stored = 4,      // receiver: so many bytes of the transfer are written; also a sign of life
    file_done = 5,   // receiver: so many files of the transfer are stored and verified
    all_done = 6,    // receiver: every file is verified, named and synced; the only success
    stop = 7,        // either side: it is over for this connection, with the reason
    skip = 8,        // receiver, before start: these files are not wanted, or there already
    have = 9,        // receiver, before start: so much of this file is stored; its chunk digests
    begin = 10,      // sender: of a file that the receiver had a part of: bytes follow from here on
    chunk = 11,      // sender: a whole chunk was sent, and the file goes on; the chunk's digest
    waits_for = 12,  // either side: what the transfer waits for; from the sender a sign of life
};

inline constexpr std::array all_data_kinds = {
    DataKind::start,     DataKind::data,     DataKind::file_end, DataKind::stored,
    DataKind::file_done, DataKind::all_done, DataKind::stop,     DataKind::skip,
    DataKind::have,      DataKind::begin,    DataKind::chunk,    DataKind::waits_for,
};

/// What a side waits for, named by who receives.
enum class DataPhase : std::uint8_t {
    sender_expects_plan,
    sender_streams,          // bytes of files are still to be sent
    sender_expects_verdict,  // everything was sent
    receiver_expects_begin,  // of a file that it has a part of
    receiver_in_file,        // bytes of the current file are missing
    receiver_at_chunk_end,   // a chunk is there, its digest is not
    receiver_at_file_end,    // all bytes of the current file are there, its digest is not
    receiver_has_all,        // every file ended; nothing more may come
    leaving,                 // we sent stop; what was under way is thrown away
};

inline constexpr std::array all_data_phases = {
    DataPhase::sender_expects_plan,
    DataPhase::sender_streams,
    DataPhase::sender_expects_verdict,
    DataPhase::receiver_expects_begin,
    DataPhase::receiver_in_file,
    DataPhase::receiver_at_chunk_end,
    DataPhase::receiver_at_file_end,
    DataPhase::receiver_has_all,
    DataPhase::leaving,
};

/// True when a frame of `kind` may arrive in `phase`.
bool is_allowed(DataPhase phase, DataKind kind);

/// "file_end"; for logs and faults.
std::string_view data_kind_name(DataKind kind);

}  // namespace dropline
