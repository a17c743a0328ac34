// Makes accepted transfers move: who may begin, what to do when one breaks off, when to try again.
// Thread: net. The receiver is the one who connects; a sender waits for it.
#pragma once

#include <functional>
#include <string>

#include "net/link/rate_gate.hpp"
#include "net/transfer/bulk_job.hpp"
#include "net/transfer/transfer_book.hpp"

namespace dropline {

class TransferFlow {
  public:
    /// Both are called when no thread works with the record.
    struct Hooks {
        /// Our files are others than the offered ones now.
        std::function<void(const RecordPtr&)> on_sources_changed;
        /// TransferRecord::renewed can take the place of the old list.
        std::function<void(const RecordPtr&)> on_list_renewed;
        /// The receiver has come with an earlier list than ours, or with a yes that got lost.
        std::function<void(const RecordPtr&)> on_offer_to_repeat;
    };
    TransferFlow(TransferBook& book, Hooks hooks);

    /// Begins what of this person's may begin: in their order, so many at once.
    void pump(const PeerId& peer);
    /// The receiver has come for the bytes.
    void on_connection(PeerConnection connection);

    void pause(const RecordPtr& record, bool is_paused);
    /// (Again) to the other side, whether we have paused it.
    void tell_pause(const RecordPtr& record);
    void on_pause(const RecordPtr& record, const wire::TransferPause& pause);
    /// The other side wishes that it goes on, and may say so as often as it likes.
    void go_on(const RecordPtr& record);
    /// False when the other side has wished too much of this transfer lately.
    bool takes_wish(const RecordPtr& record);
    /// Tries an interrupted one at once; a sender asks its receiver to.
    void try_now(const RecordPtr& record);
    void start_now(const RecordPtr& record);

    /// Ends it, now or as soon as its threads have let go and its debris is gone.
    void end(const RecordPtr& record, TransferState state, std::optional<Fault> fault);
    /// Ends it as failed and tells the other side why, unless that is who told us.
    void fail(const RecordPtr& record, const Fault& fault);
    /// (Again) to a sender who may not have heard that the disk is full or away.
    void tell_of_disk(const RecordPtr& record);
    /// Of its receiver's disk and queue: said again on return, if it still holds.
    static void forget_what_was_told(const RecordPtr& record);
    /// Works out what the user is shown of a transfer that is not over.
    void settle(const RecordPtr& record);
    /// Breaks off what moves of it; it goes on when it can.
    void cut(const RecordPtr& record, const Fault& why);
    /// Breaks off what moves; it goes on in the next room.
    void interrupt_all();
    /// From now on what has not moved for long is told as that, also when nothing else happens.
    void watch_for_stale();
    /// Nothing begins any more, and no clock is waited for.
    void stop();

    void set_limits(std::uint64_t up, std::uint64_t down);

    /// `work` on a thread of its own, then `done` on this one.
    std::unique_ptr<DiskTask> disk_task(std::function<void(const std::atomic<bool>&)> work,
                                        std::function<void()> done);
    /// No thread works with it any more: what was to end ends.
    void let_go(const RecordPtr& record);

  private:
    bool may_begin(const RecordPtr& record) const;
    void prepare(const RecordPtr& record);
    void on_prepared(const RecordPtr& record, const Result<void>& prepared);
    void connect(const RecordPtr& record);
    void on_connected(const RecordPtr& record, Result<PeerConnection> connection);
    void look_for_direct_path(const RecordPtr& record);
    void on_direct_path(const RecordPtr& record, Result<PeerConnection> connection);
    void begin_bytes(const RecordPtr& record, PeerConnection connection);
    void watch();
    void watch(const RecordPtr& record);
    bool is_quiet_for_long(const RecordPtr& record) const;
    void on_progress(const RecordPtr& record, const BulkProgress& progress);
    void lift_pause_of_peer(const RecordPtr& record);
    void on_bytes_done(const RecordPtr& record, const Result<void>& result);
    static bool is_out_of_place(const Fault& fault, bool is_incoming);
    void on_broken(const RecordPtr& record, const Fault& fault);
    void come_to_rest(const RecordPtr& record);
    void cut_for_pause(const RecordPtr& record);
    void take_stored_there(const RecordPtr& record, std::uint64_t bytes);
    void on_disk_trouble_there(const RecordPtr& record, const Fault& fault);
    void on_no_room(const RecordPtr& record, const Fault& fault);
    void on_folder_away(const RecordPtr& record, const Fault& fault);
    void interrupt(const RecordPtr& record, const Fault& fault, Duration retry_after);
    void pump_after(const RecordPtr& record, Duration wait);
    void remove_debris(const RecordPtr& record);
    void take_over_state(const RecordPtr& record);
    static void show_saved(const RecordPtr& record);
    Duration backoff(const RecordPtr& record) const;
    TransferBook& book_;
    const Hooks hooks_;
    ScheduledCallPtr watch_;
    ScheduledCallPtr stale_watch_;
    RateGate up_;
    RateGate down_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();  // late callbacks check it
    bool is_stopped_ = false;
};

}  // namespace dropline
