// One transfer as its node knows it, and how its progress is measured.
// Thread: net, but for what receive_session.hpp and bulk_job.hpp say.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/api/values.hpp"
#include "net/link/clock.hpp"
#include "net/link/rate_limit.hpp"
#include "net/transfer/bulk_thread.hpp"
#include "net/transfer/manifest.hpp"
#include "net/transfer/receive_session.hpp"
#include "net/transfer/source_tree.hpp"

namespace dropline {

class BulkJob;
struct PeerConnection;

/// Bytes per second over the last two seconds, from the times at which bytes were stored.
class RateMeter {
  public:
    /// `bytes`: the total so far. Thread: net.
    void add(TimePoint now, std::uint64_t bytes);
    std::uint64_t bytes_per_s(TimePoint now) const;
    void clear() { samples_.clear(); }
    /// The newest total; 0 when there is none.
    std::uint64_t last_bytes() const { return samples_.empty() ? 0 : samples_.back().bytes; }

  private:
    struct Sample {
        TimePoint at;
        std::uint64_t bytes;
    };
    std::deque<Sample> samples_;
};

/// A thread that looks at or cleans a disk for one transfer, and the word that makes it end.
struct DiskTask {
    std::shared_ptr<std::atomic<bool>> is_given_up = std::make_shared<std::atomic<bool>>(false);
    std::unique_ptr<BulkThread> thread;
};

/// What the receiver has told its sender of its disk.
enum class DiskTold { nothing, full, away };

struct TransferRecord {
    Transfer shown;
    std::string ref;
    std::optional<Transfer> told;  // as it was last told in this room: the same is not told twice
    RateMeter meter;
    std::uint64_t order = 0;  // of arrival, until the user changes it

    // Sending
    std::vector<std::filesystem::path> chosen;  // absolute, also what was left out of it
    Unsendable unsendable = Unsendable::refused;
    std::shared_ptr<const SourceTree> sources;
    std::uint32_t version = 0;  // of the list; grows when the files have changed meanwhile
    std::unique_ptr<ManifestPages> pages;  // of `sources`, once they were asked for
    std::uint64_t pages_handed_out = 0;    // of this version, the first one not counted
    bool is_said = false;                  // offered; until then it waits for its turn
    bool is_said_again = false;            // by somebody who had been away
    bool is_being_retried = false;
    std::uint32_t answers = 0;      // after the first yes, with other numbers
    bool is_being_renewed = false;  // its files are looked at anew, or that is written down
    std::uint32_t replaced = 0;     // offers of the same wish in whose place it came

    // Receiving
    std::unique_ptr<ManifestReader> reading;  // while pages of its list are missing
    std::shared_ptr<const Manifest> manifest;
    std::map<std::uint32_t, std::string> sent_names;
    bool is_announced = false;
    std::uint32_t told_version = 0;           // of the list that its person was told last
    bool is_told_anew = false;                // another list was told before that one
    bool is_being_accepted = false;           // the folder for it is looked at
    std::uint64_t rule_bytes_max = 0;         // of the rule that accepted it; 0: a person did
    std::shared_ptr<ReceiveSession> session;  // once accepted
    /// A newer list that waits until no thread uses the old one, and its sent_names.
    std::shared_ptr<const Manifest> renewed;
    std::map<std::uint32_t, std::string> renewed_names;
    bool is_left_behind = false;  // has ended in an earlier run, which may not have cleared it away
    bool is_debris_left = false;  // has ended, and a later run clears away what could not be

    // Both
    bool is_remembered = false;  // over in an earlier run: only the other side may still ask
    bool is_accepted = false;
    /// Who hosted the room in which it was agreed; zero: an earlier version of this program did.
    PeerId agreed_under;
    /// The most that a newer list may hold without a new question: of all when sending, of what is
    /// wanted when receiving.
    std::uint64_t renewed_bytes_max = 0;
    std::uint32_t renewals = 0;  // lists after the first, without getting any further
    std::uint64_t bytes_missing_least = std::numeric_limits<std::uint64_t>::max();  // so far
    bool is_keeping = false;   // being written there: nothing begins before it is
    std::uint32_t writes = 0;  // of all of it into the journal, begun so far
    bool is_kept = false;      // in the journal, so that a restart goes on with it
    bool is_paused_by_us = false;
    bool is_paused_by_peer = false;
    std::optional<RateLimit> wishes_of_peer;  // since the first of them
    std::optional<RateLimit> words_of_receiver;
    ScheduledCallPtr told_later;   // what it said beyond that
    std::optional<Fault> no_room;  // a disk is full; sending: or away
    DiskTold told_of_disk = DiskTold::nothing;
    std::optional<Fault> interruption;  // why bytes do not flow, until they do
    std::optional<Fault> cut_because;   // why we broke the connection off ourselves
    bool is_cut_for_pause = false;      // until what was under way has ended
    std::string state_blob;             // the session's state as it was last written down
    TimePoint moved_at{};               // when bytes were last seen to move, in this run
    std::optional<TimePoint> noted_at;  // sending: when that was last written down
    WallTime quiet_since{};             // as that, in any run; before, when it was agreed to

    std::unique_ptr<DiskTask> disk_task;
    bool is_connecting = false;
    bool is_started_now = false;         // at the user's wish, beyond the limit
    std::shared_ptr<BulkJob> job;        // while bytes flow
    unsigned attempts = 0;               // to connect since bytes last flowed
    unsigned damages = 0;                // without getting any further
    std::uint64_t damaged_at_bytes = 0;  // the most that had ever been stored at the last of them
    ScheduledCallPtr retry;
    // Relayed: a direct path is looked for every now and then, and taken when there is one.
    ScheduledCallPtr direct_try;
    unsigned direct_tries = 0;
    std::shared_ptr<PeerConnection> better;  // waits until the relayed one has let go

    /// What it ends as once its threads have ended and its debris is gone.
    struct Ending {
        TransferState state;
        std::optional<Fault> fault;
    };
    std::optional<Ending> ending;

    /// Whoever wished it hears of it from now on, also of what has been told already.
    void answer_to(std::string whose_ref) {
        ref = std::move(whose_ref);
        told.reset();
    }
    bool is_incoming() const { return shown.direction == Direction::in; }
    bool is_paused() const { return is_paused_by_us || is_paused_by_peer; }
    bool is_busy() const { return job != nullptr || disk_task != nullptr || is_connecting; }
};

using RecordPtr = std::shared_ptr<TransferRecord>;

}  // namespace dropline
