// What a fuzz target is: bytes in, promises that must hold whatever they are, and inputs to begin
// with. The same targets run under libFuzzer (fuzzer.cpp) and as ordinary tests (corpus_test.cpp).
// Thread: any. Nothing here knows which of the two runs it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dropline::fuzz {

struct Target {
    std::string_view name;
    /// Longer inputs find nothing that shorter ones do not, and are slower.
    std::size_t input_bytes_max = 0;
    /// Returns when every promise held, else ends the process. Remembers nothing between calls.
    void (*check)(std::string_view input) = nullptr;
    /// Well-formed inputs, made by the same code that makes them in the program.
    std::vector<std::string> (*seeds)() = nullptr;
};

std::span<const Target> all_targets();
/// Null when there is none of that name.
const Target* find_target(std::string_view name);

/// Ends the process, with the promise on stderr, when it was broken.
void require(bool holds, const char* promise);

/// Takes the leading bytes of an input as choices of the test's own; 0 when none are left.
class Choices {
  public:
    explicit Choices(std::string_view input) : rest_(input) {}

    std::size_t byte();
    /// From 1 to `max`.
    std::size_t number_up_to(std::size_t max) { return 1 + byte() % max; }
    std::string_view rest() const { return rest_; }

  private:
    std::string_view rest_;
};

}  // namespace dropline::fuzz
