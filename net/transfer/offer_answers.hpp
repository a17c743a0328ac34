// The questions that offers to us are, and what follows from their answers: asked of the user, or
// answered by what he has said beforehand. Thread: net; what looks at a disk is done by threads of
// its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "net/transfer/offer_limits.hpp"
#include "net/transfer/transfer_book.hpp"
#include "net/transfer/transfer_flow.hpp"

namespace dropline {

class OfferAnswers {
  public:
    OfferAnswers(TransferBook& book, TransferFlow& flow, OfferLimits& limits)
        : book_(book), flow_(flow), limits_(limits) {}

    /// The list of an offer that nobody has agreed to is whole: its first one, or a newer one.
    void ask_about(const RecordPtr& record, std::shared_ptr<const Manifest> manifest,
                   std::map<std::uint32_t, std::string> sent_names);
    /// The list of an accepted transfer has become another one.
    void take_renewed(const RecordPtr& record, std::shared_ptr<const Manifest> manifest);

    void accept(const RecordPtr& record, const command::Accept& wish, const std::string& ref);
    void decline(const RecordPtr& record, const std::string& ref);
    /// (Again) to a sender who may not have heard it.
    void answer_yes(const RecordPtr& record);

  private:
    /// What the disk says before the user is asked.
    struct Look {
        std::uint64_t free_bytes = 0;  // in the default folder
        std::uint32_t existing = 0;
        std::optional<AutoAccept> rule_that_fits;  // its folder is there and has room
    };
    void ask_about_renewed(const RecordPtr& record);
    void look_at_disk(const RecordPtr& record);
    void on_looked(const RecordPtr& record, Look look);
    void announce(const RecordPtr& record, const Look& look);
    event::Offer question_about(const TransferRecord& record, const Look& look) const;
    std::optional<AutoAccept> rule_for(const TransferRecord& record);
    void on_folder_checked(const RecordPtr& record, const std::filesystem::path& into,
                           ReceiveState state, const Result<void>& fits, const std::string& ref);
    void take(const RecordPtr& record, const std::filesystem::path& into, ReceiveState state,
              const std::string& ref);
    void on_yes_kept(const RecordPtr& record);

    TransferBook& book_;
    TransferFlow& flow_;
    OfferLimits& limits_;
};

}  // namespace dropline
