// Who is in the room, and who was; and which of them a user means by what he typed.
// Thread: net. Plain bookkeeping: it sends and shows nothing.
#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "net/api/command.hpp"
#include "net/api/fault.hpp"
#include "net/api/values.hpp"

namespace dropline {

class Roster {
  public:
    explicit Roster(Peer self) : self_(std::move(self)) {}

    const Peer& self() const { return self_; }
    Peer& self() { return self_; }

    void put(Peer peer);
    /// The peer as it was; it stays known as one who was here.
    std::optional<Peer> remove(const PeerId& id);
    /// Somebody we talked with in an earlier room, to be found like one who was here. Changes
    /// nothing about whoever is or was.
    void remember(Peer peer);
    void clear();

    /// In the room now, self not included; null when absent.
    const Peer* find(const PeerId& id) const;
    /// In the room now or earlier; null when never met in this room.
    const Peer* find_known(const PeerId& id) const;
    const std::map<PeerId, Peer>& present() const { return present_; }

    /// Replaces what is known of somebody who is or was here; anybody else changes nothing.
    void update(const Peer& peer);

    /// Self first, then everybody else.
    std::vector<Peer> all() const;
    /// Everybody but us who is or was here.
    std::vector<Peer> all_known() const;

    /// Whom `text` means: everyone (no peer), or one person present or known from earlier. A whole
    /// id or fingerprint means its key and no name, whoever may call himself like that. Present
    /// ones go before absent ones; what is one's name and may be another's key tag is ambiguous.
    /// Faults: unknown_peer (lists who is there), ambiguous_peer (says how to tell them apart).
    Result<Conversation> resolve(const PeerText& text) const;

  private:
    Peer self_;
    std::map<PeerId, Peer> present_;
    std::map<PeerId, Peer> left_;
};

/// True for "" and "everyone".
bool means_everyone(std::string_view text);

}  // namespace dropline
