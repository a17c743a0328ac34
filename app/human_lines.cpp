#include "app/human_lines.hpp"

#include <string_view>
#include <utility>
#include <variant>

#include "app/progress_line.hpp"
#include "net/api/safe_text.hpp"
#include "ui/text/quantity.hpp"

namespace dropline::app {

namespace {

/// A message may have lines of its own; they are indented, so that nobody can forge a line that
/// seems to be somebody else's.
std::string escape_lines(std::string_view text) {
    std::string escaped;
    while (true) {
        const auto newline = text.find('\n');
        escaped += escape_for_display(text.substr(0, newline));
        if (newline == std::string_view::npos) return escaped;
        escaped += "\n    ";
        text.remove_prefix(newline + 1);
    }
}

std::string because(const std::string& reason) {
    return reason.empty() ? "" : ": " + escape_for_display(reason);
}

std::string message_line(const ChatMessage& message, const std::string& from) {
    const bool is_private = message.conversation.peer.has_value();
    // Beside the time, where no name can stand.
    return "[" + ui::clock_text(message.sent_at) + (is_private ? ", to you alone] " : "] ") + from +
           ": " + escape_lines(message.text) + "\n";
}

std::string offer_line(const event::Offer& offer) {
    if (offer.is_accepted_by_rule) {
        return escape_for_display(offer.from.name) + " sends " + escape_for_display(offer.name) +
               " (" + ui::size_text(offer.bytes) + "), taken unasked because they are verified.\n";
    }
    std::string facts = ui::size_text(offer.bytes);
    if (offer.files > 1) facts += ", " + std::to_string(offer.files) + " files";
    if (offer.left_out > 0) facts += ", " + std::to_string(offer.left_out) + " left out";
    return escape_for_display(offer.from.name) + " offers " + escape_for_display(offer.name) +
           " (" + facts + "). To take it, run: dropline receive TARGET --into DIR\n";
}

/// How a transfer ended or that it stands still: its progress would bury what people say.
std::string transfer_line(const Transfer& transfer, const std::string& peer) {
    const std::string what = escape_for_display(transfer.name);
    switch (transfer.state) {
        case TransferState::done: return what + ": done, " + peer + ".\n";
        case TransferState::declined:
            return what + ": declined, " + peer + "." + decline_reason(transfer) + "\n";
        case TransferState::cancelled: return what + ": cancelled, " + peer + ".\n";
        case TransferState::failed:
            return what + ": " + (transfer.fault ? fault_line(*transfer.fault) : "failed.\n");
        case TransferState::paused:
        case TransferState::interrupted: return standstill_line(transfer, "") + "\n";
        case TransferState::offered:
        case TransferState::waiting:
        case TransferState::active:
        case TransferState::verifying: return "";
    }
    return "";
}

/// It goes to a terminal, for a person to hand on; no log ever has it.
std::string invite_line(const std::string& link, bool is_for_terminal) {
    if (link.empty()) return "";
    if (!is_for_terminal) {
        return "There is an invite. It lets in whoever reads it, so it is told on a terminal or "
               "with --json only.\n";
    }
    return "Invite, for people you trust with it:\n  " + link + "\n";
}

std::string hosting_line(const event::Hosting& hosting, bool is_for_terminal) {
    std::string line = "The room '" + escape_for_display(hosting.room) + "' is open on port " +
                       std::to_string(hosting.port) + ".\n";
    for (const std::string& address : hosting.addresses) {
        line += "  dropline join " + escape_for_display(address) + "\n";
    }
    if (hosting.has_password || hosting.is_invite_only) {
        line += hosting.has_password ? "Others need the password, or an invite.\n"
                                     : "Others need an invite.\n";
    }
    return line + invite_line(hosting.invite, is_for_terminal);
}

std::string joined_line(const event::Joined& joined) {
    std::string line = "Joined '" + escape_for_display(joined.room) + "' of " +
                       escape_for_display(joined.host.name) + ". ";
    if (joined.is_first_contact) {
        line +=
            "First contact; the host's fingerprint is " + fingerprint_text(joined.host.id) + ". ";
    }
    return line + "Room messages are visible to the host.\n";
}

std::string disconnected_line(const event::Disconnected& lost) {
    return "The host cannot be reached" + because(lost.reason) + " Trying again in " +
           std::to_string((lost.retry_in.count() + 999) / 1000) + " s.\n";
}

/// Another name, or what the host has decided about somebody.
std::string changed_line(const event::PeerChanged& changed) {
    const std::string name = escape_for_display(changed.peer.name);
    if (changed.previous_name != changed.peer.name) {
        return escape_for_display(changed.previous_name) + " is now called " + name + ".\n";
    }
    const std::string role = changed.peer.role == Role::guest ? "a guest" : "a member";
    return name + " is " + role + (changed.peer.is_muted ? ", and muted.\n" : " and may talk.\n");
}

std::string banned_line(const event::Banned& banned) {
    std::string until;
    if (banned.until) {
        // The date always, also when it is today: a log is read on another day.
        const std::string date = ui::day_text(*banned.until, WallTime{});
        until = " until " + date + " " + ui::clock_text(*banned.until);
    }
    return "The host has banned you from this room" + until + because(banned.reason) + "\n";
}

/// Nothing while there is nothing that members may not do.
std::string rules_line(const RoomRules& rules) {
    std::string line;
    if (rules.files == FileRule::nobody) line = "Only the host may send files here.\n";
    if (rules.files == FileRule::only_to_host) line = "Files may be sent only to the host.\n";
    if (rules.file_bytes_max && rules.files != FileRule::nobody) {
        line += "At most " + ui::size_text(*rules.file_bytes_max) + " may be offered at once.\n";
    }
    return line;
}

}  // namespace

std::string fault_line(const Fault& fault) { return escape_for_display(fault.sentence) + "\n"; }

/// One row per kind of event. What a script asks for (lists, receipts) is not told to people.
struct HumanLines::Teller {
    const HumanLines& known;

    Lines operator()(const event::Message& body) const {
        // What we typed is on the screen already; what we said on another day is not.
        const bool is_own = body.message.state != MessageState::received;
        if (is_own && !body.message.is_earlier) return {};
        return {message_line(body.message, escape_for_display(body.message.from_name)), ""};
    }
    Lines operator()(const event::Hosting& body) const {
        return {"", hosting_line(body, known.is_for_terminal_)};
    }
    Lines operator()(const event::Joined& body) const { return {"", joined_line(body)}; }
    Lines operator()(const event::PeerJoined& body) const {
        return {"", escape_for_display(body.peer.name) + " is here.\n"};
    }
    Lines operator()(const event::PeerLeft& body) const {
        return {"", escape_for_display(body.peer.name) + " left" + because(body.reason) + "\n"};
    }
    Lines operator()(const event::PeerChanged& body) const { return {"", changed_line(body)}; }
    Lines operator()(const event::Offer& body) const { return {"", offer_line(body)}; }
    Lines operator()(const event::TransferChanged& body) const {
        if (!known.is_state_news_) return {};
        return {"", transfer_line(body.transfer, known.name_of(body.transfer.peer))};
    }
    Lines operator()(const event::Connecting& body) const {
        return {"", "Connecting to " + escape_for_display(body.target) + " ...\n"};
    }
    Lines operator()(const event::Disconnected& body) const {
        return {"", disconnected_line(body)};
    }
    Lines operator()(const event::Kicked& body) const {
        return {"", escape_for_display(body.by.name) + " removed you from the room" +
                        because(body.reason) + "\n"};
    }
    Lines operator()(const event::RoleEnded& body) const {
        return {"", body.fault ? fault_line(*body.fault) : ""};
    }
    Lines operator()(const event::Error& body) const { return {"", fault_line(body.fault)}; }
    Lines operator()(const event::Waiting& body) const {
        return {"", known.name_of(body.peer) + " is away; your message waits for them.\n"};
    }
    Lines operator()(const event::Invite& body) const {
        return {"", invite_line(body.link, known.is_for_terminal_)};
    }
    Lines operator()(const event::Code& body) const {
        return {"", "Code, good once and until " + ui::clock_text(body.expires) + ": " + body.text +
                        "\n"};
    }
    Lines operator()(const event::Invites&) const { return {}; }
    Lines operator()(const event::Banned& body) const { return {"", banned_line(body)}; }
    Lines operator()(const event::Rules& body) const { return {"", rules_line(body.rules)}; }
    Lines operator()(const event::Bans&) const { return {}; }
    Lines operator()(const event::Sent&) const { return {}; }
    Lines operator()(const event::Delivered&) const { return {}; }
    Lines operator()(const event::History&) const { return {}; }
    Lines operator()(const event::OfferEntries&) const { return {}; }
    Lines operator()(const event::Peers&) const { return {}; }
    Lines operator()(const event::Transfers&) const { return {}; }
    Lines operator()(const event::TrustChanged&) const { return {}; }
    Lines operator()(const event::Safety&) const { return {}; }
    Lines operator()(const event::Known&) const { return {}; }
};

HumanLines::Lines HumanLines::lines(const Event& event) {
    remember(event);
    return std::visit(Teller{*this}, event.body);
}

void HumanLines::remember(const Event& event) {
    if (const auto* joined = std::get_if<event::Joined>(&event.body)) {
        for (const Peer& peer : joined->peers) names_[peer.id] = peer.name;
    } else if (const auto* here = std::get_if<event::PeerJoined>(&event.body)) {
        names_[here->peer.id] = here->peer.name;
    } else if (const auto* changed = std::get_if<event::PeerChanged>(&event.body)) {
        names_[changed->peer.id] = changed->peer.name;
    } else if (const auto* left = std::get_if<event::PeerLeft>(&event.body)) {
        names_.erase(left->peer.id);
    } else if (const auto* moved = std::get_if<event::TransferChanged>(&event.body)) {
        is_state_news_ = remember_state(moved->transfer);
    }
}

bool HumanLines::remember_state(const Transfer& transfer) {
    if (transfer.is_over()) {
        states_.erase(transfer.id);
        return true;
    }
    const auto [known, is_new] = states_.try_emplace(transfer.id, transfer.state);
    return is_new || std::exchange(known->second, transfer.state) != transfer.state;
}

std::string HumanLines::name_of(const PeerId& id) const {
    const auto found = names_.find(id);
    return found == names_.end() ? key_tag(id) : escape_for_display(found->second);
}

}  // namespace dropline::app
