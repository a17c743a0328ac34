#include "app/json_transfer.hpp"

#include <optional>
#include <utility>

namespace dropline::app {

namespace {

Json path_value(Path path) {
    switch (path) {
        case Path::unknown: return nullptr;
        case Path::direct: return "direct";
        case Path::relayed: return "relayed";
    }
    return nullptr;
}

Json paused_by_value(PausedBy who) {
    switch (who) {
        case PausedBy::nobody: return "nobody";
        case PausedBy::us: return "us";
        case PausedBy::peer: return "peer";
        case PausedBy::disk: return "disk";
    }
    return "nobody";
}

Json limited_by_value(Bottleneck bottleneck) {
    switch (bottleneck) {
        case Bottleneck::unknown: return nullptr;
        case Bottleneck::sender_disk: return "sender_disk";
        case Bottleneck::sender_encryption: return "sender_encryption";
        case Bottleneck::network: return "network";
        case Bottleneck::receiver_disk: return "receiver_disk";
        case Bottleneck::rate_limit: return "rate_limit";
    }
    return nullptr;
}

Json fault_value(const std::optional<Fault>& fault) {
    if (!fault) return nullptr;
    return {{"code", fault_code_text(fault->code)}, {"message", fault->sentence}};
}

void add_progress(Json& object, const Transfer& transfer) {
    object["bytes_done"] = transfer.bytes_done;
    object["bytes_total"] = transfer.bytes_total;
    object["files_done"] = transfer.files_done;
    object["files_total"] = transfer.files_total;
    object["files_skipped"] = transfer.files_skipped;
    object["left_out"] = transfer.left_out;
    object["bytes_sent_again"] = transfer.bytes_sent_again;
    object["rate"] = transfer.rate_bytes_per_s;
    object["eta_s"] = transfer.eta_s ? Json(*transfer.eta_s) : Json(nullptr);
    object["path"] = path_value(transfer.path);
    object["limited_by"] = limited_by_value(transfer.bottleneck);
}

}  // namespace

void add_transfer(Json& object, const Transfer& transfer) {
    object["transfer"] = to_hex(transfer.id);
    object["peer"] = to_text(transfer.peer);
    object["peer_name"] = transfer.peer_name;
    object["batch"] = transfer.batch.is_zero() ? Json(nullptr) : Json(to_hex(transfer.batch));
    object["direction"] = transfer.direction == Direction::in ? "in" : "out";
    object["name"] = transfer.name;
    object["state"] = state_text(transfer.state);
    object["paused_by"] = paused_by_value(transfer.paused_by);
    object["queue_place"] = transfer.queue_place;
    add_progress(object, transfer);
    object["error"] = fault_value(transfer.fault);
    object["quiet_since"] =
        transfer.quiet_since ? Json(rfc3339(*transfer.quiet_since)) : Json(nullptr);
    object["checking"] = transfer.is_checking;
    object["stale"] = transfer.is_stale;
    object["saved_as"] = transfer.saved_as;
}

void add_offer(Json& object, const event::Offer& offer) {
    object["transfer"] = to_hex(offer.transfer);
    object["from"] = to_text(offer.from.id);
    object["from_name"] = offer.from.name;
    object["name"] = offer.name;
    object["files"] = offer.files;
    object["folders"] = offer.folders;
    object["bytes"] = offer.bytes;
    object["existing"] = offer.existing;
    object["paths_preview"] = Json::array();
    object["risky"] = Json::array();
    for (const OfferedFile& file : offer.preview) {
        object["paths_preview"].push_back(file.name);
        if (file.is_risky) object["risky"].push_back(file.name);
    }
    object["left_out"] = offer.left_out;
    object["left_out_preview"] = offer.left_out_preview;
    object["free_bytes"] = offer.free_bytes;
    object["default_folder"] = offer.default_folder;
    object["accepted_by_rule"] = offer.is_accepted_by_rule;
    object["version"] = offer.version;
}

void add_offer_entries(Json& object, const event::OfferEntries& answer) {
    object["transfer"] = to_hex(answer.transfer);
    object["first"] = answer.first;
    object["total"] = answer.total;
    object["version"] = answer.version;
    object["entries"] = Json::array();
    for (const OfferedFile& file : answer.entries) {
        Json entry{{"name", file.name}};
        if (!file.sent_name.empty()) entry["sent_name"] = file.sent_name;
        entry["bytes"] = file.bytes;
        entry["risky"] = file.is_risky;
        entry["folder"] = file.is_folder;
        object["entries"].push_back(std::move(entry));
    }
}

std::string state_text(TransferState state) {
    switch (state) {
        case TransferState::offered: return "offered";
        case TransferState::waiting: return "waiting";
        case TransferState::active: return "active";
        case TransferState::paused: return "paused";
        case TransferState::interrupted: return "interrupted";
        case TransferState::verifying: return "verifying";
        case TransferState::done: return "done";
        case TransferState::declined: return "declined";
        case TransferState::cancelled: return "cancelled";
        case TransferState::failed: return "failed";
    }
    return "failed";
}

}  // namespace dropline::app
