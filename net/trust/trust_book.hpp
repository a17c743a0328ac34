// Whom this profile has met and verified, held in memory and kept in the store.
// Thread: net. A person is a key, never a name: names only warn. What a host says of others may
// add people who were met; nothing that anybody sends verifies one (C4).
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/api/fault.hpp"
#include "net/api/ids.hpp"
#include "net/api/values.hpp"
#include "net/store/store.hpp"

namespace dropline {

/// What shall be different about one person; what is empty stays.
struct TrustChange {
    std::optional<bool> is_verified;
    std::optional<bool> has_auto_accept;
    std::uint64_t bytes_max = 0;  // for has_auto_accept
    std::string into;
};

class TrustBook {
  public:
    using Failed = std::function<void(Fault)>;

    /// `store` must outlive the book. `failed` hears that the book could not be read.
    TrustBook(Store& store, Failed failed) : store_(store), failed_(std::move(failed)) {}

    /// What earlier runs have kept; the store answers it before anything asked for later. Once.
    void load();

    /// Fills in what the book knows of `peer.id`: known, verified, imitates, auto_accept.
    void describe(Peer& peer) const;

    /// Remembers that this person is in a room with us, and under which name, then describes him.
    void greet(Peer& peer, WallTime now);

    /// The rule for offers of this key, if it is a verified one that has a rule.
    std::optional<AutoAccept> auto_accept(const PeerId& id) const;

    /// Takes effect at once; `done` when it survives a power cut. When that fails, the person is as
    /// trusted as before or less. A person nobody has met is met by it, as `peer` says.
    /// Faults: bad_request for a rule without verification, without a size or without a folder.
    void change(const Peer& peer, const TrustChange& wish, WallTime now, Store::Done<void> done);

    /// The one of this key as the book knows him; empty when never met.
    std::optional<Peer> find(const PeerId& id) const;
    /// Verified people, by name.
    std::vector<Peer> verified() const;

  private:
    struct Person {
        PersonPin kept;
        bool is_new = false;  // met in this run only
    };

    void meet(const Peer& peer, WallTime now);
    Peer shown(const Person& person) const;
    void index_verified();

    Store& store_;
    Failed failed_;
    std::map<PeerId, Person> people_;
    std::map<std::string, PeerId> verified_names_;          // by look_alike_key
    std::shared_ptr<int> alive_ = std::make_shared<int>();  // late callbacks check it
};

}  // namespace dropline
