// Answers what the user asks and says about trust: safety numbers, who is verified, who may hand
// over files unasked, which hosts are known.
// Thread: net. What is known is the TrustBook's; here it meets the room that is open now.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/api/command.hpp"
#include "net/room/node_context.hpp"
#include "net/room/room_role.hpp"
#include "net/trust/trust_book.hpp"

namespace dropline {

class TrustDesk {
  public:
    /// Null when there is no room.
    using PresentRole = std::function<RoomRole*()>;

    TrustDesk(NodeContext& node, PresentRole present_role);

    TrustBook& book() { return book_; }

    void handle(const command::Trust& wish, const std::string& ref);
    void handle(const command::ShowSafety& wish, const std::string& ref);
    void handle(const command::ListKnown& wish, const std::string& ref);
    void handle(const command::ForgetHost& wish, const std::string& ref);

    /// False, and the user is told, when what is meant for `to` alone should be thought over first:
    /// the name looks like that of a verified person, and the key is another. True if `is_sure`.
    bool may_reach(const Conversation& to, bool is_sure, const std::string& ref) const;

  private:
    Result<Peer> person(const PeerText& text) const;
    Result<TrustChange> change_for(const command::Trust& wish, const PeerId& id) const;
    void tell_changes(const PeerId& changed, const std::string& ref);
    void tell_known(Result<std::vector<HostPin>> hosts, const std::string& ref);

    NodeContext& node_;
    const PresentRole present_role_;
    TrustBook book_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();  // late callbacks check it
};

}  // namespace dropline
