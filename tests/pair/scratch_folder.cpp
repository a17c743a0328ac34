#include "tests/pair/scratch_folder.hpp"

#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace dropline::testing {

namespace {

std::filesystem::path parent() {
    const std::filesystem::path memory = "/dev/shm";
    const bool has_memory = ::access(memory.c_str(), W_OK) == 0;
    return has_memory ? memory : std::filesystem::temp_directory_path();
}

}  // namespace

ScratchFolder::ScratchFolder() {
    std::string pattern = (parent() / "dropline-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace dropline::testing
