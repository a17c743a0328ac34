// The fields of offers and transfers as the contract names them.
// Thread: any; pure.
#pragma once

#include <string>

#include "app/json_line.hpp"
#include "net/api/event.hpp"

namespace dropline::app {

/// Each adds fields to `object` and leaves those it has. Thread: any.
void add_transfer(Json& object, const Transfer& transfer);
void add_offer(Json& object, const event::Offer& offer);
void add_offer_entries(Json& object, const event::OfferEntries& answer);

/// The words of the contract. Thread: any.
std::string state_text(TransferState state);

}  // namespace dropline::app
