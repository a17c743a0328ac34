#include "ui/model/known_names.hpp"

#include "net/api/unicode.hpp"

namespace dropline::ui {

void KnownNames::learn(const PeerId& id, const std::string& name) {
    Known& known = known_[id];
    if (known.name == name && !known.look_alike_key.empty()) return;
    const auto before = counts_.find(known.look_alike_key);
    if (before != counts_.end() && --before->second == 0) counts_.erase(before);
    known = {name, look_alike_key(name)};
    ++counts_[known.look_alike_key];
}

void KnownNames::learn_first(const PeerId& id, const std::string& name) {
    if (!known_.contains(id)) learn(id, name);
}

const std::string* KnownNames::find(const PeerId& id) const {
    const auto found = known_.find(id);
    return found == known_.end() ? nullptr : &found->second.name;
}

bool KnownNames::is_shared(const PeerId& id) const {
    const auto found = known_.find(id);
    if (found == known_.end()) return false;
    const auto count = counts_.find(found->second.look_alike_key);
    return count != counts_.end() && count->second > 1;
}

}  // namespace dropline::ui
