#include "tests/wire/allocation_watch.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> largest = 0;

}  // namespace

void* operator new(std::size_t bytes) {
    largest = std::max(largest.load(), bytes);
    if (void* memory = std::malloc(bytes)) return memory;
    throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace dropline::wire {

AllocationWatch::AllocationWatch() { largest = 0; }

std::size_t AllocationWatch::largest_bytes() const { return largest; }

}  // namespace dropline::wire
