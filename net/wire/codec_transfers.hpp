// The codec of what two people say about transfers: see codec.hpp, whose part this is.
// Thread: any. Pure. Found by overload from codec.cpp.
#pragma once

#include "net/wire/codec_checker.hpp"
#include "net/wire/dropline.pb.h"
#include "net/wire/messages.hpp"

namespace dropline::wire {

pb::Offer to_pb(const Offer& from);
pb::OfferPage to_pb(const OfferPage& from);
pb::OfferPageRequest to_pb(const OfferPageRequest& from);
pb::OfferAnswer to_pb(const OfferAnswer& from);
pb::TransferCancel to_pb(const TransferCancel& from);
pb::TransferPause to_pb(const TransferPause& from);
pb::TransferResume to_pb(const TransferResume& from);
pb::TransferDone to_pb(const TransferDone& from);
pb::TransferOrder to_pb(const TransferOrder& from);

Message from_pb(Checker& check, const pb::Offer& from);
Message from_pb(Checker& check, const pb::OfferPage& from);
Message from_pb(Checker& check, const pb::OfferPageRequest& from);
Message from_pb(Checker& check, const pb::OfferAnswer& from);
Message from_pb(Checker& check, const pb::TransferCancel& from);
Message from_pb(Checker& check, const pb::TransferPause& from);
Message from_pb(Checker& check, const pb::TransferResume& from);
Message from_pb(Checker& check, const pb::TransferDone& from);
Message from_pb(Checker& check, const pb::TransferOrder& from);

}  // namespace dropline::wire
