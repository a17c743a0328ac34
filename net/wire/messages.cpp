#include "net/wire/messages.hpp"

namespace dropline::wire {

std::string_view kind_name(std::uint8_t number) {
    switch (static_cast<Kind>(number)) {
        case Kind::hello: return "hello";
        case Kind::welcome: return "welcome";
        case Kind::proof_first: return "proof_first";
        case Kind::proof_challenge: return "proof_challenge";
        case Kind::proof_final: return "proof_final";
        case Kind::proof_accepted: return "proof_accepted";
        case Kind::proof_failed: return "proof_failed";
        case Kind::join_request: return "join_request";
        case Kind::join_accepted: return "join_accepted";
        case Kind::refused: return "refused";
        case Kind::roster: return "roster";
        case Kind::room_rules: return "room_rules";
        case Kind::say: return "say";
        case Kind::room_message: return "room_message";
        case Kind::sent: return "sent";
        case Kind::say_refused: return "say_refused";
        case Kind::peer_joined: return "peer_joined";
        case Kind::peer_left: return "peer_left";
        case Kind::peer_changed: return "peer_changed";
        case Kind::rename: return "rename";
        case Kind::history_request: return "history_request";
        case Kind::history_page: return "history_page";
        case Kind::kicked: return "kicked";
        case Kind::leave: return "leave";
        case Kind::room_closed: return "room_closed";
        case Kind::stream_request: return "stream_request";
        case Kind::stream_ticket: return "stream_ticket";
        case Kind::stream_refused: return "stream_refused";
        case Kind::ping: return "ping";
        case Kind::pong: return "pong";
        case Kind::peer_hello: return "peer_hello";
        case Kind::peer_welcome: return "peer_welcome";
        case Kind::peer_use: return "peer_use";
        case Kind::private_message: return "private_message";
        case Kind::private_stored: return "private_stored";
        case Kind::offer: return "offer";
        case Kind::offer_page: return "offer_page";
        case Kind::offer_answer: return "offer_answer";
        case Kind::transfer_cancel: return "transfer_cancel";
        case Kind::offer_page_request: return "offer_page_request";
        case Kind::transfer_pause: return "transfer_pause";
        case Kind::transfer_resume: return "transfer_resume";
        case Kind::transfer_done: return "transfer_done";
        case Kind::transfer_order: return "transfer_order";
        case Kind::relay_open: return "relay_open";
        case Kind::relay_ready: return "relay_ready";
    }
    return "unknown";
}

}  // namespace dropline::wire
