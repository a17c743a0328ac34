// What everybody ever seen or heard of is called, and who shares a name that looks the same.
// Thread: ui.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "net/api/ids.hpp"

namespace dropline::ui {

class KnownNames {
  public:
    /// From now on.
    void learn(const PeerId& id, const std::string& name);
    /// Unless there is a name already: what an old message says is not news.
    void learn_first(const PeerId& id, const std::string& name);

    /// Null: never heard of.
    const std::string* find(const PeerId& id) const;
    /// True when somebody else's name, the last we know, looks the same: it alone does not say who
    /// this is.
    bool is_shared(const PeerId& id) const;

  private:
    struct Known {
        std::string name;
        std::string look_alike_key;
    };
    std::map<PeerId, Known> known_;
    std::map<std::string, std::size_t> counts_;  // by look-alike key
};

}  // namespace dropline::ui
