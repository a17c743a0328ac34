#include "net/wire/codec_transfers.hpp"

#include <utility>

#include "net/api/limits.hpp"

namespace dropline::wire {

namespace {

using PbEntries = google::protobuf::RepeatedPtrField<pb::OfferedEntry>;
using PbNames = google::protobuf::RepeatedPtrField<std::string>;

// The name is judged by one function, net/transfer/safe_name, that sees all of it; the cap here
// only bounds it.
constexpr std::size_t sent_path_bytes_max = 4 * limits::path_bytes_max;

void add_entries(PbEntries& to, const std::vector<OfferedEntry>& from) {
    for (const OfferedEntry& entry : from) {
        pb::OfferedEntry& added = *to.Add();
        added.set_name(entry.name);
        added.set_bytes(entry.bytes);
        added.set_modified_at_s(entry.modified_at_s);
        added.set_is_folder(entry.is_folder);
        added.set_is_executable(entry.is_executable);
        added.set_is_gone(entry.is_gone);
    }
}

OfferedEntry entry_from(Checker& check, const pb::OfferedEntry& from) {
    check.require(from.bytes() <= limits::file_bytes_max);
    check.require((!from.is_folder() && !from.is_gone()) || from.bytes() == 0);
    return {check.text(from.name(), sent_path_bytes_max),
            from.bytes(),
            from.modified_at_s(),
            from.is_folder(),
            from.is_executable(),
            from.is_gone()};
}

std::vector<OfferedEntry> entries_from(Checker& check, const PbEntries& from) {
    check.require(static_cast<std::size_t>(from.size()) <= limits::offer_entries_max);
    if (!check.is_fine()) return {};
    std::vector<OfferedEntry> to;
    to.reserve(static_cast<std::size_t>(from.size()));
    for (const auto& entry : from) to.push_back(entry_from(check, entry));
    return to;
}

std::vector<std::string> names_from(Checker& check, const PbNames& from) {
    check.require(static_cast<std::size_t>(from.size()) <= left_out_names_max);
    if (!check.is_fine()) return {};
    std::vector<std::string> to;
    for (const auto& name : from) to.push_back(check.text(name, sent_path_bytes_max));
    return to;
}

/// A message that holds nothing but the id of its transfer.
template <typename Pb, typename Plain>
Pb only_id(const Plain& from) {
    Pb to;
    to.set_transfer(raw(from.transfer));
    return to;
}

}  // namespace

// ---- Plain struct to Protobuf -------------------------------------------------------------------

pb::Offer to_pb(const Offer& from) {
    auto to = only_id<pb::Offer>(from);
    to.set_files(from.files);
    to.set_bytes(from.bytes);
    to.set_pages(from.pages);
    add_entries(*to.mutable_entries(), from.entries);
    to.set_version(from.version);
    to.set_left_out(from.left_out);
    for (const auto& name : from.left_out_names) to.add_left_out_names(name);
    return to;
}

pb::OfferPage to_pb(const OfferPage& from) {
    auto to = only_id<pb::OfferPage>(from);
    to.set_page(from.page);
    add_entries(*to.mutable_entries(), from.entries);
    to.set_version(from.version);
    return to;
}

pb::OfferPageRequest to_pb(const OfferPageRequest& from) {
    auto to = only_id<pb::OfferPageRequest>(from);
    to.set_page(from.page);
    return to;
}

pb::OfferAnswer to_pb(const OfferAnswer& from) {
    auto to = only_id<pb::OfferAnswer>(from);
    to.set_is_accepted(from.is_accepted);
    to.set_reason(reason_text(from.reason));
    to.set_files(from.files);
    to.set_bytes(from.bytes);
    to.set_retry_after_s(from.retry_after_s);
    return to;
}

pb::TransferCancel to_pb(const TransferCancel& from) {
    auto to = only_id<pb::TransferCancel>(from);
    to.set_reason(reason_text(from.reason));
    return to;
}

pb::TransferPause to_pb(const TransferPause& from) {
    auto to = only_id<pb::TransferPause>(from);
    to.set_is_paused(from.is_paused);
    to.set_no_room(reason_text(from.no_room));
    to.set_is_away(from.is_away);
    if (from.bytes_stored) to.set_bytes_stored(*from.bytes_stored);
    return to;
}

pb::TransferResume to_pb(const TransferResume& from) { return only_id<pb::TransferResume>(from); }

pb::TransferDone to_pb(const TransferDone& from) { return only_id<pb::TransferDone>(from); }

pb::TransferOrder to_pb(const TransferOrder& from) {
    auto to = only_id<pb::TransferOrder>(from);
    to.set_is_now(from.is_now);
    if (from.before) to.set_before(raw(*from.before));
    return to;
}

// ---- Protobuf to plain struct -------------------------------------------------------------------

Message from_pb(Checker& check, const pb::Offer& from) {
    check.require(from.files() >= 1 && from.files() <= limits::offer_entries_max);
    check.require(from.pages() >= 1 && from.pages() <= offer_pages_max);
    check.require(from.left_out() <= limits::offer_entries_max);
    return Offer{check.id<TransferId>(from.transfer()),
                 from.files(),
                 from.bytes(),
                 from.pages(),
                 entries_from(check, from.entries()),
                 from.version(),
                 from.left_out(),
                 names_from(check, from.left_out_names())};
}

Message from_pb(Checker& check, const pb::OfferPage& from) {
    check.require(from.page() >= 1 && from.page() < offer_pages_max);
    return OfferPage{check.id<TransferId>(from.transfer()), from.page(),
                     entries_from(check, from.entries()), from.version()};
}

Message from_pb(Checker& check, const pb::OfferPageRequest& from) {
    check.require(from.page() >= 1 && from.page() < offer_pages_max);
    return OfferPageRequest{check.id<TransferId>(from.transfer()), from.page()};
}

Message from_pb(Checker& check, const pb::OfferAnswer& from) {
    check.require(from.files() <= limits::offer_entries_max);
    return OfferAnswer{check.id<TransferId>(from.transfer()),
                       from.is_accepted(),
                       check.text(from.reason(), limits::reason_bytes_max),
                       from.files(),
                       from.bytes(),
                       from.retry_after_s()};
}

Message from_pb(Checker& check, const pb::TransferCancel& from) {
    return TransferCancel{check.id<TransferId>(from.transfer()),
                          check.text(from.reason(), limits::reason_bytes_max)};
}

Message from_pb(Checker& check, const pb::TransferPause& from) {
    TransferPause pause{check.id<TransferId>(from.transfer()), from.is_paused(),
                        check.text(from.no_room(), limits::reason_bytes_max), from.is_away()};
    if (from.has_bytes_stored()) pause.bytes_stored = from.bytes_stored();
    return pause;
}

Message from_pb(Checker& check, const pb::TransferResume& from) {
    return TransferResume{check.id<TransferId>(from.transfer())};
}

Message from_pb(Checker& check, const pb::TransferDone& from) {
    return TransferDone{check.id<TransferId>(from.transfer())};
}

Message from_pb(Checker& check, const pb::TransferOrder& from) {
    TransferOrder to{check.id<TransferId>(from.transfer()), from.is_now(), std::nullopt};
    if (!from.before().empty()) to.before = check.id<TransferId>(from.before());
    return to;
}

}  // namespace dropline::wire
