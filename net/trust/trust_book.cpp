#include "net/trust/trust_book.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "net/api/limits.hpp"
#include "net/api/unicode.hpp"

namespace dropline {

namespace {

std::optional<Fault> objection(const PersonPin& changed, const TrustChange& wish) {
    if (!wish.has_auto_accept.value_or(false)) return std::nullopt;
    if (!changed.pin.is_verified) {
        return Fault{FaultCode::bad_request,
                     "Files can be accepted unasked only from a verified person. Compare the "
                     "safety number first."};
    }
    if (wish.bytes_max == 0) {
        return Fault{FaultCode::bad_request,
                     "Say how large an offer may be at most to be accepted unasked."};
    }
    if (!std::filesystem::path(wish.into).is_absolute()) {
        return Fault{FaultCode::bad_request,
                     "Say into which folder, by its whole path, files are accepted unasked."};
    }
    return std::nullopt;
}

PersonPin changed_by(const TrustChange& wish, PersonPin person) {
    const bool was_verified = person.pin.is_verified;
    person.pin.is_verified = wish.is_verified.value_or(was_verified);
    if (person.pin.is_verified != was_verified) {
        person.verified_as = was_verified ? std::string() : person.pin.label;
    }
    if (wish.has_auto_accept) {
        person.auto_accept.reset();
        if (*wish.has_auto_accept) person.auto_accept = AutoAccept{wish.bytes_max, wish.into};
    }
    if (!person.pin.is_verified) person.auto_accept.reset();
    return person;
}

}  // namespace

void TrustBook::load() {
    const std::weak_ptr<int> alive = alive_;
    store_.load_people(limits::people_remembered_max,
                       [this, alive](Result<std::vector<PersonPin>> kept) {
                           if (alive.expired()) return;
                           if (!kept) return failed_(kept.fault());
                           for (PersonPin& person : *kept) {
                               const PeerId id = person.pin.id;
                               people_.insert_or_assign(id, Person{std::move(person), false});
                           }
                           index_verified();
                       });
}

void TrustBook::index_verified() {
    verified_names_.clear();
    const auto index = [this](const auto& name_of) {
        for (const auto& [id, person] : people_) {
            if (!person.kept.pin.is_verified) continue;
            verified_names_.emplace(look_alike_key(name_of(person.kept)), id);
        }
    };
    // The names that were verified come first: what a host says takes none of them away.
    index([](const PersonPin& kept) { return kept.verified_as; });
    index([](const PersonPin& kept) { return kept.pin.label; });
}

void TrustBook::describe(Peer& peer) const {
    peer.is_known = peer.is_verified = false;
    peer.imitates.reset();
    peer.auto_accept.reset();
    if (const auto found = people_.find(peer.id); found != people_.end()) {
        peer.is_known = !found->second.is_new;
        peer.is_verified = found->second.kept.pin.is_verified;
        peer.auto_accept = found->second.kept.auto_accept;
    }
    if (peer.is_verified || verified_names_.empty()) return;
    const auto alike = verified_names_.find(look_alike_key(peer.name));
    if (alike != verified_names_.end()) peer.imitates = alike->second;
}

void TrustBook::greet(Peer& peer, WallTime now) {
    meet(peer, now);
    describe(peer);
}

void TrustBook::meet(const Peer& peer, WallTime now) {
    const auto found = people_.find(peer.id);
    if (found == people_.end()) {
        if (people_.size() >= limits::people_remembered_max) return;
        const Pin pin{peer.id, peer.name, peer.address, now, false};
        people_.emplace(peer.id, Person{{pin, std::nullopt}, true});
        return store_.meet_peer(pin);
    }
    Pin& pin = found->second.kept.pin;
    // The address of the last meeting is not worth a write of its own.
    pin.last_address = peer.address;
    if (pin.label == peer.name) return;
    pin.label = peer.name;
    if (pin.is_verified) index_verified();
    store_.meet_peer(pin);
}

std::optional<AutoAccept> TrustBook::auto_accept(const PeerId& id) const {
    const auto found = people_.find(id);
    if (found == people_.end() || !found->second.kept.pin.is_verified) return std::nullopt;
    return found->second.kept.auto_accept;
}

void TrustBook::change(const Peer& peer, const TrustChange& wish, WallTime now,
                       Store::Done<void> done) {
    const auto found = people_.find(peer.id);
    const bool is_met = found != people_.end();
    const Person before =
        is_met ? found->second
               : Person{{Pin{peer.id, peer.name, peer.address, now, false}, std::nullopt}, true};
    const PersonPin wanted = changed_by(wish, before.kept);
    if (auto problem = objection(wanted, wish)) return done(std::move(*problem));
    people_.insert_or_assign(peer.id, Person{wanted, before.is_new});
    index_verified();
    const std::weak_ptr<int> alive = alive_;
    store_.put_person(wanted, [this, alive, id = peer.id, before,
                               done = std::move(done)](const Result<void>& stored) {
        if (alive.expired()) return;
        if (!stored) {
            // What is not on the disk must not be trusted, nor what it was trusted with before.
            Person& person = people_[id];
            person.kept.pin.is_verified =
                person.kept.pin.is_verified && before.kept.pin.is_verified;
            person.kept.auto_accept.reset();
            index_verified();
        }
        done(stored);
    });
}

Peer TrustBook::shown(const Person& person) const {
    const Pin& pin = person.kept.pin;
    Peer peer;
    peer.id = pin.id;
    peer.name = pin.label;
    describe(peer);
    return peer;
}

std::optional<Peer> TrustBook::find(const PeerId& id) const {
    const auto found = people_.find(id);
    if (found == people_.end()) return std::nullopt;
    return shown(found->second);
}

std::vector<Peer> TrustBook::verified() const {
    std::vector<Peer> people;
    for (const auto& [id, person] : people_) {
        if (person.kept.pin.is_verified) people.push_back(shown(person));
    }
    std::ranges::sort(people, {}, [](const Peer& peer) { return std::pair(peer.name, peer.id); });
    return people;
}

}  // namespace dropline
