#include "net/room/roster.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "net/api/limits.hpp"

namespace dropline {

namespace {

using Matches = std::vector<const Peer*>;

using IsMeant = std::function<bool(const Peer&)>;
using Meanings = std::vector<IsMeant>;

/// What a text may mean, the likelier first. A name may be anything, also what another's key looks
/// like: a whole key means only itself, and what may be a key tag is a name no sooner than a key.
Meanings meanings_of(const PeerText& text) {
    const IsMeant has_name = [text](const Peer& peer) { return peer.name == text; };
    const IsMeant has_prefix = [text](const Peer& peer) {
        return matches_fingerprint_prefix(peer.id, text);
    };
    constexpr std::size_t key_tag_bytes = 7;
    if (const auto whole = peer_id_from_text(text)) {
        return {[id = *whole](const Peer& peer) { return peer.id == id; }};
    }
    if (text.size() < key_tag_bytes) return {has_name, has_prefix};
    return {[=](const Peer& peer) { return has_name(peer) || has_prefix(peer); }};
}

Matches matching(const std::map<PeerId, Peer>& people, const IsMeant& is_meant) {
    Matches found;
    for (const auto& [id, peer] : people) {
        if (is_meant(peer)) found.push_back(&peer);
    }
    return found;
}

std::string list_names(const std::map<PeerId, Peer>& people) {
    constexpr std::size_t shown_max = 10;
    std::string names;
    std::size_t shown = 0;
    for (const auto& [id, peer] : people) {
        if (shown++ == shown_max) return names + " and others";
        names += (names.empty() ? "" : ", ") + peer.name;
    }
    return names.empty() ? "nobody else" : names;
}

Fault ambiguous(std::string_view text, const Matches& matches) {
    std::string tags;
    for (const Peer* peer : matches) tags += (tags.empty() ? "" : ", ") + key_tag(peer->id);
    return Fault{FaultCode::ambiguous_peer,
                 "Several people are meant by '" + std::string(text) +
                     "'. Write the beginning of a fingerprint instead: " + tags + "."};
}

}  // namespace

bool means_everyone(std::string_view text) { return text.empty() || text == "everyone"; }

void Roster::put(Peer peer) {
    left_.erase(peer.id);
    const PeerId id = peer.id;
    present_.insert_or_assign(id, std::move(peer));
}

std::optional<Peer> Roster::remove(const PeerId& id) {
    auto node = present_.extract(id);
    if (node.empty()) return std::nullopt;
    if (left_.size() >= limits::left_remembered_max) left_.erase(left_.begin());
    left_.insert_or_assign(id, node.mapped());
    return std::move(node.mapped());
}

void Roster::remember(Peer peer) {
    const bool is_known = peer.id == self_.id || find_known(peer.id) != nullptr;
    if (is_known || left_.size() >= limits::left_remembered_max) return;
    const PeerId id = peer.id;
    left_.emplace(id, std::move(peer));
}

void Roster::clear() {
    while (!present_.empty()) remove(present_.begin()->first);
}

const Peer* Roster::find(const PeerId& id) const {
    const auto found = present_.find(id);
    return found == present_.end() ? nullptr : &found->second;
}

const Peer* Roster::find_known(const PeerId& id) const {
    if (const Peer* peer = find(id)) return peer;
    const auto found = left_.find(id);
    return found == left_.end() ? nullptr : &found->second;
}

void Roster::update(const Peer& peer) {
    const auto here = present_.find(peer.id);
    if (here != present_.end()) here->second = peer;
    const auto gone = left_.find(peer.id);
    if (gone != left_.end()) gone->second = peer;
}

std::vector<Peer> Roster::all_known() const {
    std::vector<Peer> people;
    for (const auto* group : {&present_, &left_}) {
        for (const auto& [id, peer] : *group) people.push_back(peer);
    }
    return people;
}

std::vector<Peer> Roster::all() const {
    std::vector<Peer> people{self_};
    for (const auto& [id, peer] : present_) people.push_back(peer);
    return people;
}

Result<Conversation> Roster::resolve(const PeerText& text) const {
    if (means_everyone(text)) return Conversation{};
    const Meanings meanings = meanings_of(text);
    for (const auto* people : {&present_, &left_}) {
        for (const auto& is_meant : meanings) {
            const Matches matches = matching(*people, is_meant);
            if (matches.size() == 1) return Conversation{matches.front()->id};
            if (matches.size() > 1) return ambiguous(text, matches);
        }
    }
    const auto means_us = [this](const IsMeant& is_meant) { return is_meant(self_); };
    if (std::ranges::any_of(meanings, means_us)) {
        return Fault{FaultCode::unknown_peer, "'" + text + "' is you. Choose somebody else."};
    }
    return Fault{FaultCode::unknown_peer, "Nobody here is called '" + text +
                                              "'. In the room: " + list_names(present_) + "."};
}

}  // namespace dropline
