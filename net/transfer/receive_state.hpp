// How far a receiver is with one transfer, from one connection to the next.
// Thread: one at a time: the bulk thread that prepares or receives, and `net` while none does.
// It holds what this process knows; what a restarted one must find out again is on the disk itself
// (prepare.hpp) and in the journal (journal.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "net/platform/file_identity.hpp"
#include "net/transfer/manifest.hpp"
#include "net/transfer/transfer_plan.hpp"

namespace dropline {

enum class EntryState : std::uint8_t {
    unwanted,  // the user left it out
    missing,   // wanted, not stored or not verified
    stored     // in its staging place or under its final name, verified
};

/// A file or folder at the top, between its staging place and its final name.
struct RootState {
    /// "name.part", ".name.part", or as staging.hpp says; empty: not chosen yet.
    std::string staged_as;
    bool is_from_journal = false;  // made by an earlier run, or on a disk that was away since
    std::optional<FileIdentity> identity;  // of what we made there, once it is made
    /// Something of the final name with the same size, whose content may be the same.
    std::string candidate;
    bool is_candidate_equal = true;  // until a file of it turned out to differ
    bool is_over = false;            // has its final name, or was there already
    std::string saved_as;            // the name in the receive folder, when over
};

struct ReceiveState {
    std::vector<EntryState> entries;
    std::vector<RootState> roots;
    /// Wanted files that are unfinished but begun: their stored bytes and digests, from this
    /// process's own writing or from reading them again. Also those of a candidate, until the
    /// sender has compared them.
    std::map<std::uint32_t, StoredPart> begun;
    /// Files of a candidate that the sender found equal and that are not copied into staging.
    std::map<std::uint32_t, StoredPart> equal_in_candidate;

    /// Of stored files, by index: when they were changed last as their disk says, in nanoseconds
    /// since 1970; 0 or too short: not known. What is touched later has another time.
    std::vector<std::int64_t> finished_at_ns;

    std::uint64_t bytes_wanted = 0;
    std::uint32_t files_wanted = 0;
    std::uint64_t bytes_stored = 0;       // of what is wanted
    std::uint64_t bytes_stored_most = 0;  // before anything of it turned out to be damaged
    std::uint32_t files_stored = 0;
    std::uint32_t files_unconfirmed = 0;  // whole on our disk, not yet compared with the sender's
    std::uint32_t files_skipped = 0;      // found with the same content
    std::uint64_t bytes_sent_again = 0;   // thrown away after an interruption
    bool has_looked_at_disk = false;  // false after a restart: what is staged must be read again
    /// Why the last try has ended: the folder, or its disk, was not there.
    bool is_folder_away = false;

    /// Everything wanted that its sender has, nothing there.
    static ReceiveState all_of(const Manifest& manifest);
    /// Takes back the wish for an entry that is not stored.
    void leave_out(const Manifest& manifest, std::uint32_t index);
    void mark_stored(const Manifest& manifest, std::uint32_t index);
    /// As after a restart: what is not under its final name is read again before it is built on.
    void forget_what_was_read(const Manifest& manifest);
    /// Something lies in the folder that is not under its final name yet.
    bool has_staged() const;
    /// What the disk still has to take: what is missing, and of a candidate that differs in some
    /// file what is equal and must be copied.
    std::uint64_t bytes_to_write(const Manifest& manifest) const;
    bool has_wanted(const ManifestRoot& root) const;
    std::vector<std::string> saved_as() const;
};

}  // namespace dropline
