#include "ui/model/people.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "net/api/ascii.hpp"

namespace dropline::ui {
namespace {

/// Without regard to the case of Latin letters; other scripts by code point.
bool is_name_before(std::string_view a, std::string_view b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return static_cast<unsigned char>(lower_case(x)) <
               static_cast<unsigned char>(lower_case(y));
    });
}

bool is_listed_before(const Person& a, const Person& b) {
    if (a.is_here != b.is_here) return a.is_here;
    const bool is_a_host = a.peer.role == Role::host;
    if (is_a_host != (b.peer.role == Role::host)) return is_a_host;
    if (is_name_before(a.peer.name, b.peer.name)) return true;
    if (is_name_before(b.peer.name, a.peer.name)) return false;
    return a.peer.id < b.peer.id;
}

}  // namespace

const Person* People::find(const PeerId& id) const {
    const auto found = index_.find(id);
    return found == index_.end() ? nullptr : &people_[found->second];
}

void People::set_self(Peer self) {
    self_ = std::move(self);
    std::erase_if(people_, [&](const Person& person) { return person.peer.id == self_.id; });
    sort_and_index();
}

void People::replace(const std::vector<Peer>& here) {
    for (Person& person : people_) person.is_here = false;
    for (const Peer& peer : here) {
        if (peer.id != self_.id) put(peer);
    }
    sort_and_index();
}

void People::add_or_change(const Peer& peer) {
    if (peer.id == self_.id) {
        set_self(peer);
        return;
    }
    put(peer);
    sort_and_index();
}

void People::update(const Peer& peer) {
    const auto found = index_.find(peer.id);
    if (found == index_.end()) return;
    Person& person = people_[found->second];
    person.peer = peer;
    sort_and_index();
}

void People::mark_away(const PeerId& id) {
    const auto found = index_.find(id);
    if (found == index_.end()) return;
    people_[found->second].is_here = false;
    sort_and_index();
}

void People::mark_all_away() {
    for (Person& person : people_) {
        person.is_here = false;
        person.peer.role = Role::member;
    }
    sort_and_index();
}

/// Somebody who is here; the order is to be made again.
void People::put(const Peer& peer) {
    const auto found = index_.find(peer.id);
    if (found != index_.end()) {
        Person& person = people_[found->second];
        person.peer = peer;
        person.is_here = true;
    } else {
        people_.push_back({peer, true, next_number_++});
    }
}

void People::sort_and_index() {
    std::sort(people_.begin(), people_.end(), is_listed_before);
    index_.clear();
    here_count_ = 0;
    for (std::size_t i = 0; i < people_.size(); ++i) {
        index_[people_[i].peer.id] = i;
        if (people_[i].is_here) ++here_count_;
    }
}

}  // namespace dropline::ui
