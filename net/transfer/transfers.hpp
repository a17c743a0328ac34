// Every offer and transfer of this node: who offered what to whom, and how far it is.
// Thread: net. The bytes are moved by bulk threads (bulk_job.hpp); here are the states, the limits
// and the words between the two sides. Nothing is written before the receiver says yes.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/api/values.hpp"
#include "net/link/rate_limit.hpp"
#include "net/room/node_context.hpp"
#include "net/room/peer_connector.hpp"
#include "net/room/private_links.hpp"
#include "net/transfer/bulk_job.hpp"
#include "net/transfer/transfer_record.hpp"

namespace dropline {

class Transfers {
  public:
    Transfers(NodeContext& node, RoomAccess& room, PrivateLinks& links, PeerConnector& connector);
    ~Transfers();

    /// Looks at the files (on a bulk thread) and offers them to every one of `to`.
    void offer(std::vector<PeerId> to, std::vector<std::filesystem::path> paths,
               const std::string& ref);
    /// `into` empty: the default receive folder.
    void accept(const TransferId& id, const std::filesystem::path& into, const std::string& ref);
    void decline(const TransferId& id, const std::string& ref);
    void cancel(const TransferId& id, const std::string& ref);
    std::vector<Transfer> list() const;

    /// Offers, answers and cancellations of the other side.
    void on_message(const PeerId& from, wire::Message message);
    /// The connection for the bytes of one transfer, asked for by the receiver.
    void on_connection(PeerConnection connection);
    void on_peer_left(const PeerId& peer);
    void stop();

  private:
    using RecordPtr = std::shared_ptr<TransferRecord>;

    // Sending
    void offer_sources(const std::vector<PeerId>& to, std::vector<SourceFile> sources,
                       const std::string& ref);
    void send_offer(const RecordPtr& record);
    void handle(const PeerId& from, const wire::OfferAnswer& answer);

    // Receiving
    void handle(const PeerId& from, const wire::Offer& offer);
    void handle(const PeerId& from, const wire::OfferPage& page);
    void add_entries(const RecordPtr& record, const std::vector<wire::OfferedEntry>& entries);
    void announce(const RecordPtr& record);
    void refuse(const PeerId& from, const TransferId& id, const std::string& reason);
    bool may_offer(const PeerId& from);
    void connect_next(const PeerId& peer);
    void connect(const RecordPtr& record);

    // Both
    void handle(const PeerId& from, const wire::TransferCancel& cancel);
    void begin_bytes(const RecordPtr& record, PeerConnection connection);
    void on_progress(const RecordPtr& record, const BulkProgress& progress);
    void on_bytes_done(const RecordPtr& record, BulkResult result);
    void tell_cancelled(const RecordPtr& record, const std::string& reason);
    void finish(const RecordPtr& record, TransferState state, std::optional<Fault> fault);
    void publish(const RecordPtr& record);
    RecordPtr find(const PeerId& peer, const TransferId& id) const;
    RecordPtr find_open(const TransferId& id, const std::string& ref) const;
    void forget_oldest_over();

    NodeContext& node_;
    RoomAccess& room_;
    PrivateLinks& links_;
    PeerConnector& connector_;
    std::map<TransferId, RecordPtr> records_;
    std::map<PeerId, RateLimit> offer_rates_;
    std::map<std::uint64_t, std::unique_ptr<BulkThread>> inspections_;
    std::uint64_t last_inspection_ = 0;
    std::uint64_t last_order_ = 0;
    bool is_stopped_ = false;
};

}  // namespace dropline
