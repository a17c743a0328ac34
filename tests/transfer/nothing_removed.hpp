// A disk from which nothing can be removed for as long as a test says: it stands in for the
// system's unlinkat in this process. Thread: any. One at a time.
#pragma once

namespace dropline::tests {

class NothingRemoved {
  public:
    /// From here on every call fails with this errno.
    explicit NothingRemoved(int error_number);
    ~NothingRemoved();
    NothingRemoved(const NothingRemoved&) = delete;
    NothingRemoved& operator=(const NothingRemoved&) = delete;
};

}  // namespace dropline::tests
