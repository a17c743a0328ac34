// The list of files in an offer: cut into pages for the wire, judged entry by entry on arrival.
// Thread: net. After acceptance this list is the only source of names: data frames carry an index
// into it, never a name.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "net/api/fault.hpp"
#include "net/transfer/transfer_record.hpp"
#include "net/wire/messages.hpp"

namespace dropline {

/// An Offer and as many OfferPages as it takes, each below the frame limit.
std::vector<wire::Message> manifest_pages(const TransferId& id,
                                          std::span<const SourceFile> sources);

/// Takes in the entries of one page. Faults: bad_name (which, and why), too_large.
Result<void> add_to_manifest(TransferRecord& record, std::span<const wire::OfferedEntry> entries);

/// The whole list: count and size as announced, no two names that would be one on some disk.
/// Faults: protocol_error, bad_name, too_large.
Result<void> check_manifest(const TransferRecord& record);

/// What the user sees first: risky ones, then in order, at most `limits::offer_preview_entries`.
std::vector<OfferedFile> offer_preview(const std::vector<OfferedFile>& offered);

}  // namespace dropline
