// The largest piece of memory that was asked for, also when it was given back at once.
// Thread: the test's; one at a time. Whoever links it gets an operator new of its own.
#pragma once

#include <cstddef>

namespace dropline::wire {

class AllocationWatch {
  public:
    AllocationWatch();
    /// Since this watch was made.
    std::size_t largest_bytes() const;
};

}  // namespace dropline::wire
