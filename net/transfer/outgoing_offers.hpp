// What we offer to others: looked at, listed page by page, answered.
// Thread: net; what looks at a disk is done by threads of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/transfer/offer_queue.hpp"
#include "net/transfer/transfer_book.hpp"
#include "net/transfer/transfer_flow.hpp"

namespace dropline {

class OutgoingOffers {
  public:
    OutgoingOffers(TransferBook& book, TransferFlow& flow)
        : book_(book),
          flow_(flow),
          queue_(book, flow, [this](const RecordPtr& record) { say(record); }) {}

    /// Looks at the files and offers them to every one of `to`, as one batch. What is on its way to
    /// one of them already, from the same places, goes on instead.
    void offer(std::vector<PeerId> to, std::vector<std::filesystem::path> chosen,
               Unsendable unsendable, const TransferId& batch, const std::string& ref);
    /// Offers these anew, all of them from the same places; each one's batch passes to its new one
    /// once that exists.
    void offer_again(std::vector<RecordPtr> failed, const std::string& ref);
    /// Room may have come for offers that wait for their turn.
    void pump(const PeerId& peer) { queue_.pump(peer); }
    /// Says an offer (again): the other side knows its id.
    void say(const RecordPtr& record);
    /// Its receiver has seen us leave the room, which ended what was not answered: asks anew.
    void ask_anew(const RecordPtr& record);
    /// Our files have changed: looks at them anew and offers the new list, under the same id when
    /// it is still what was agreed to.
    void renew(const RecordPtr& record);

    // ---- What the receiver says
    void on_page_request(const PeerId& from, const wire::OfferPageRequest& request);
    void on_answer(const PeerId& from, const wire::OfferAnswer& answer);

    void stop();

  private:
    using Inspected = std::function<void(Result<SourceTree>)>;
    void inspect(std::vector<std::filesystem::path> chosen, Unsendable unsendable, Inspected done);
    void look(std::function<Result<SourceTree>(const std::atomic<bool>&)> at_disk, Inspected done);
    /// False when it cannot be made; the user is told.
    bool offer_to(const PeerId& peer, std::shared_ptr<const SourceTree> sources,
                  const TransferId& batch, const std::string& ref);
    /// Of somebody who is here and may be offered it.
    RecordPtr add_offer(const PeerId& peer, std::shared_ptr<const SourceTree> sources,
                        const TransferId& batch, const std::string& ref);
    void take_next_version(const RecordPtr& record, std::shared_ptr<const SourceTree> sources);
    void keep_unanswered(const RecordPtr& record);
    void replace(const RecordPtr& record, std::shared_ptr<const SourceTree> sources);
    bool goes_on_already(const PeerId& peer, const std::vector<std::filesystem::path>& chosen,
                         const std::string& ref);
    const ManifestPages& pages_of(const RecordPtr& record);
    void leave_batch(const RecordPtr& replaced);

    TransferBook& book_;
    TransferFlow& flow_;
    OfferQueue queue_;
    std::map<std::uint64_t, std::unique_ptr<DiskTask>> inspections_;
    std::uint64_t last_inspection_ = 0;
};

}  // namespace dropline
