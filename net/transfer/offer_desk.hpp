// What is proposed and answered before a transfer: lists of files out and in, page by page.
// Thread: net; what looks at a disk, for either side, is done by threads of its own.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/link/rate_limit.hpp"
#include "net/transfer/offer_queue.hpp"
#include "net/transfer/transfer_book.hpp"
#include "net/transfer/transfer_flow.hpp"

namespace dropline {

class OfferDesk {
  public:
    OfferDesk(TransferBook& book, TransferFlow& flow)
        : book_(book),
          flow_(flow),
          queue_(book, flow, [this](const RecordPtr& record) { send_offer(record); }) {}

    // ---- Sending
    /// Looks at the files and offers them to every one of `to`, as one batch. What is on its way to
    /// one of them already, from the same places, goes on instead.
    void offer(std::vector<PeerId> to, std::vector<std::filesystem::path> chosen,
               const TransferId& batch, const std::string& ref);
    /// Offers these anew, all of them from the same places; each one's batch passes to its new one
    /// once that exists.
    void offer_again(std::vector<RecordPtr> failed, const std::string& ref);
    /// Room may have come for offers that wait for their turn.
    void pump(const PeerId& peer) { queue_.pump(peer); }
    /// Says an offer (again): the other side knows its id.
    void send_offer(const RecordPtr& record);
    /// Our files have changed: looks at them anew and offers the new list, under the same id when
    /// only contents are others.
    void renew(const RecordPtr& record);

    // ---- Receiving
    void accept(const RecordPtr& record, const command::Accept& wish, const std::string& ref);
    void decline(const RecordPtr& record, const std::string& ref);
    void list_entries(const RecordPtr& record, std::uint32_t first, std::uint32_t count,
                      const std::string& ref);

    // ---- What the other side says
    void on_offer(const PeerId& from, const wire::Offer& offer);
    void on_page(const PeerId& from, const wire::OfferPage& page);
    /// The list of an accepted transfer has become another one.
    void take_renewed(const RecordPtr& record, std::shared_ptr<const Manifest> manifest);
    void on_page_request(const PeerId& from, const wire::OfferPageRequest& request);
    void on_answer(const PeerId& from, const wire::OfferAnswer& answer);

    /// Ends the unanswered offers, ours and those to us, that the rules of the room forbid by now.
    void keep_to_rules();

    void stop();

  private:
    using Inspected = std::function<void(Result<SourceTree>)>;
    void inspect(std::vector<std::filesystem::path> chosen, Inspected done);
    /// Null when it cannot be made; the user is told.
    RecordPtr offer_to(const PeerId& peer, std::shared_ptr<const SourceTree> sources,
                       const TransferId& batch, const std::string& ref);
    void replace(const RecordPtr& record, std::shared_ptr<const SourceTree> sources);
    bool goes_on_already(const PeerId& peer, const std::vector<std::filesystem::path>& chosen,
                         const std::string& ref);
    const ManifestPages& pages_of(const RecordPtr& record);
    void leave_batch(const RecordPtr& replaced);
    void on_known_offer(const RecordPtr& record, const wire::Offer& offer);
    void begin_list(const RecordPtr& record, const wire::Offer& offer);
    std::optional<Fault> objection_to_renewal(const TransferRecord& record,
                                              const wire::Offer& offer);
    void read_on(const RecordPtr& record, const Result<void>& added);
    void take_list(const RecordPtr& record, std::shared_ptr<const Manifest> manifest);
    void ask_about(const RecordPtr& record, std::shared_ptr<const Manifest> manifest,
                   std::map<std::uint32_t, std::string> sent_names);
    void ask_about_renewed(const RecordPtr& record);
    /// What the disk says before the user is asked.
    struct Look {
        std::uint64_t free_bytes = 0;  // in the default folder
        std::uint32_t existing = 0;
        std::optional<AutoAccept> rule_that_fits;  // its folder is there and has room
    };
    void look_at_disk(const RecordPtr& record);
    void on_looked(const RecordPtr& record, Look look);
    void announce(const RecordPtr& record, const Look& look);
    event::Offer question_about(const TransferRecord& record, const Look& look) const;
    std::optional<AutoAccept> rule_for(const TransferRecord& record);
    void on_folder_checked(const RecordPtr& record, const std::filesystem::path& into,
                           const ReceiveState& state, const Result<void>& fits,
                           const std::string& ref);
    void take(const RecordPtr& record, const std::filesystem::path& into, ReceiveState state,
              const std::string& ref);
    std::optional<Fault> objection_to_offer(const PeerId& from, const PeerId& to,
                                            std::uint64_t bytes) const;
    std::optional<Fault> objection_to_offer(const TransferRecord& record) const;
    void end_against_rules(const RecordPtr& record, const Fault& objection);
    void refuse(const PeerId& from, const TransferId& id, const std::string& reason,
                std::uint32_t retry_after_s = 0);
    void answer_yes(const RecordPtr& record);
    /// Why no other offer is taken now, and when the same may be said again.
    struct NotNow {
        std::string sentence;
        std::uint32_t retry_after_s = 0;
    };
    RateLimit& offer_rate(const PeerId& from);
    bool is_within_rate(const PeerId& from);
    std::optional<NotNow> objection_to_another(const PeerId& from);
    std::optional<Fault> objection_to_length(const TransferRecord& record) const;

    TransferBook& book_;
    TransferFlow& flow_;
    OfferQueue queue_;
    std::map<PeerId, RateLimit> offer_rates_;
    std::map<std::uint64_t, std::unique_ptr<DiskTask>> inspections_;
    std::uint64_t last_inspection_ = 0;
};

}  // namespace dropline
