// One well-formed message of every kind, for whoever must meet them all: a kind that is missing
// here is neither tested nor fuzzed, so a test counts them. Thread: any. Pure.
#pragma once

#include <string>
#include <vector>

#include "net/wire/messages.hpp"

namespace dropline::wire {

/// Every byte of it is `fill`.
template <typename Id>
Id id_of(char fill) {
    return *Id::from_bytes(std::string(Id::size_bytes, fill));
}

Member member(const std::string& name);

std::vector<Message> one_of_each();

}  // namespace dropline::wire
