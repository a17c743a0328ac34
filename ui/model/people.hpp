// Who is in the room, in the order the window lists them: the host, then everybody by name.
// Thread: ui. People who left stay known while a private conversation with them may be open.
#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "net/api/values.hpp"

namespace dropline::ui {

struct Person {
    Peer peer;
    bool is_here = true;
    /// Theirs alone from when they are first seen, wherever they are listed: what is drawn for them
    /// is told apart by it. Of a key ImGui would keep 32 bits, and others can make keys until
    /// theirs has the same.
    int number = 0;
};

class People {
  public:
    /// Everybody but us who is here or was; those who are here come first.
    const std::vector<Person>& all() const { return people_; }
    std::size_t here_count() const { return here_count_; }

    /// Null when nobody of that id was ever seen.
    const Person* find(const PeerId& id) const;
    void set_self(Peer self);
    const Peer& self() const { return self_; }

    /// The roster as a whole; whoever is not in it is away.
    void replace(const std::vector<Peer>& here);
    void add_or_change(const Peer& peer);
    /// Somebody here or away; anybody else changes nothing.
    void update(const Peer& peer);
    void mark_away(const PeerId& id);
    void mark_all_away();

  private:
    void put(const Peer& peer);
    void sort_and_index();

    Peer self_;
    std::vector<Person> people_;
    std::unordered_map<PeerId, std::size_t> index_;
    std::size_t here_count_ = 0;
    int next_number_ = 0;
};

}  // namespace dropline::ui
