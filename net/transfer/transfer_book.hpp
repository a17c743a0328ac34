// Every transfer of this node, and who is told when one changes: the user, the journal.
// Thread: net. It outlives roles: what is unfinished when a room is left goes on in the next one.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "net/room/node_context.hpp"
#include "net/room/peer_connector.hpp"
#include "net/room/private_links.hpp"
#include "net/room/room_access.hpp"
#include "net/store/records.hpp"
#include "net/transfer/transfer_record.hpp"

namespace dropline {

/// The room that the node is in, for as long as it is in one.
struct RoomServices {
    RoomAccess& room;
    PrivateLinks& links;
    PeerConnector& connector;
};

class TransferBook {
  public:
    explicit TransferBook(NodeContext& node) : node_(node) {}

    NodeContext& node() { return node_; }
    const std::optional<RoomServices>& room() const { return room_; }
    void enter(const RoomServices& room) { room_.emplace(room); }
    void leave() { room_.reset(); }
    /// What earlier runs have left could not be read: nobody is told that we know nothing of it.
    void note_incomplete() { is_complete_ = false; }
    bool is_complete() const { return is_complete_; }
    /// Zero: we are in no room.
    PeerId host_of_room() const { return room_ ? room_->room.host_id() : PeerId{}; }

    RecordPtr add(RecordPtr record);
    RecordPtr find(const TransferId& id) const;
    /// Null when it is another person's.
    RecordPtr find(const PeerId& peer, const TransferId& id) const;
    /// Null when there is none or it is over; the user is told.
    RecordPtr find_open(const TransferId& id, const std::string& ref);
    /// In the order of the queue.
    std::vector<RecordPtr> all() const;
    std::vector<RecordPtr> with(const PeerId& peer) const;
    /// Offers to us without an answer, and lists of which pages are missing; in no order.
    std::vector<RecordPtr> with_open_list() const;
    void remove(const TransferId& id) { records_.erase(id); }
    /// Transfers that are over stay listed until there are too many.
    void forget_oldest_over();

    bool is_present(const PeerId& peer) const;
    std::string name_of(const PeerId& peer) const;
    /// To a person in the room; otherwise nothing happens.
    void send(const PeerId& peer, wire::Message message);

    void publish(const RecordPtr& record);
    /// The last word on a transfer: tells the user and forgets it in the journal, where only that
    /// something was received stays for a while.
    void finish(const RecordPtr& record, TransferState state, std::optional<Fault> fault);

    /// Writes it down so that it goes on after a restart; `done` when that survives a power cut, or
    /// could not be done, in which case it goes on without.
    void keep(const RecordPtr& record, std::function<void()> done);
    /// The same when only the numbers of a yes have changed: what cannot be written then stays as
    /// it was.
    void keep_numbers(const RecordPtr& record);
    /// Writes down that all of it was received, for a sender that may ask, or that it was cancelled
    /// while its receiver was away; `done` as above.
    void keep_end(const RecordPtr& record, std::function<void()> done);
    /// The program ends as it should: its next run offers nothing again that got no answer.
    void forget_unanswered();
    /// Writes down how far it is.
    void note(const RecordPtr& record);

  private:
    /// What becomes of an earlier write of a transfer when a newer one has failed.
    enum class IfNotWritten { forget, leave };
    void write(const RecordPtr& record, IfNotWritten if_not, std::function<void()> done);
    void on_written(const RecordPtr& record, const Result<void>& written, IfNotWritten if_not,
                    const std::string& progress);
    static void forget_list(TransferRecord& record);
    void forget_kept(const RecordPtr& record);
    KeptTransfer to_be_kept(const TransferRecord& record) const;

    NodeContext& node_;
    std::optional<RoomServices> room_;
    bool is_complete_ = true;
    std::map<TransferId, RecordPtr> records_;
    std::uint64_t last_order_ = 0;
    std::shared_ptr<int> alive_ = std::make_shared<int>();  // late callbacks check it
};

/// What a role holds while something of it is still under way; empty without a role.
std::shared_ptr<void> keep_role_alive(const TransferBook& book);

}  // namespace dropline
