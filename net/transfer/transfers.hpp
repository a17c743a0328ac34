// Every offer and transfer of this node: the wishes of the user and the words of the others go in
// here. Begin here for transfers; outgoing_offers.hpp and incoming_offers.hpp hold what is not
// agreed to yet, transfer_flow.hpp what moves. Thread: net. It lives as long as the node: what is
// unfinished when a room is left, or when the program ends, goes on when both people are in one
// room again.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "net/api/command.hpp"
#include "net/transfer/incoming_offers.hpp"
#include "net/transfer/open_offers.hpp"
#include "net/transfer/outgoing_offers.hpp"
#include "net/transfer/transfer_book.hpp"
#include "net/transfer/transfer_flow.hpp"

namespace dropline {

class Transfers {
  public:
    explicit Transfers(NodeContext& node);

    /// Lists what an earlier run of the program has left unfinished. Once.
    void load();
    /// A room's services are there, or about to go.
    void enter(RoomServices services);
    void leave();
    /// Nothing new begins any more; what runs ends soon.
    void stop();

    void offer(std::vector<PeerId> to, std::vector<std::filesystem::path> paths,
               Unsendable unsendable, const std::string& ref);
    /// A wish about one transfer or all of them.
    template <typename Wish>
    void submit(const Wish& wish, const std::string& ref) {
        when_loaded([this, wish, ref] { handle(wish, ref); });
    }

    void on_message(const PeerId& from, wire::Message message);
    /// The connection for the bytes of one transfer, asked for by the receiver.
    void on_connection(PeerConnection connection) { flow_.on_connection(std::move(connection)); }
    void on_peer_joined(const PeerId& peer);
    /// This person went away: what was not agreed on is off, everything else waits for a return.
    void on_peer_left(const PeerId& peer);
    /// As above, but he does not come back: nothing waits, and what is unfinished is taken away.
    void on_peer_banned(const PeerId& peer);
    /// The host has laid down other rules, or made somebody a guest or member: open offers that are
    /// against them now are off. What was agreed to goes on.
    void on_rules_changed() { keep_offers_to_rules(book_, flow_); }
    /// We were cut off ourselves.
    void on_room_lost(const PeerId& peer);

  private:
    void end_unanswered(const RecordPtr& record, const Fault& why);
    void handle(const command::Accept& wish, const std::string& ref);
    void handle(const command::Decline& wish, const std::string& ref);
    void handle(const command::Cancel& wish, const std::string& ref);
    void handle(const command::ListOffer& wish, const std::string& ref);
    void handle(const command::Pause& wish, const std::string& ref);
    void handle(const command::Resume& wish, const std::string& ref);
    void handle(const command::Move& wish, const std::string& ref);
    void handle(const command::StartNow& wish, const std::string& ref);
    void handle(const command::Retry& wish, const std::string& ref);
    void handle(const command::SetRateLimits& wish, const std::string& ref);
    void handle(const command::ListTransfers& wish, const std::string& ref);
    /// At once, or when what an earlier run has left is read: the user may mean one of those.
    void when_loaded(std::function<void()> wish);
    std::vector<RecordPtr> decoded(std::vector<KeptTransfer> kept);
    void take_kept(std::vector<KeptTransfer> kept);
    void greet(const RecordPtr& record);
    bool may_retry(const RecordPtr& record, const std::string& ref);
    RecordPtr find_answered(const TransferId& id, const std::string& ref);
    void answer(const RecordPtr& record, const std::string& ref, const std::function<void()>& act);
    void move(const RecordPtr& record, const std::optional<TransferId>& before);
    void on_cancel(const PeerId& from, const wire::TransferCancel& cancel);
    void on_resume(const PeerId& from, const wire::TransferResume& resume);
    void on_done(const PeerId& from, const wire::TransferDone& done);
    void on_order(const PeerId& from, const wire::TransferOrder& order);

    TransferBook book_;
    TransferFlow flow_;
    OutgoingOffers outgoing_;
    IncomingOffers incoming_;
    bool is_loaded_ = false;
    std::vector<std::function<void()>> before_loaded_;      // what was wished, in its order
    std::shared_ptr<int> alive_ = std::make_shared<int>();  // late callbacks check it
};

}  // namespace dropline
