#include "tests/transfer/test_folder.hpp"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>

namespace fs = std::filesystem;

namespace dropline::tests {

namespace {

fs::path parent_of(TestFolder::Place place) {
    const fs::path memory = "/dev/shm";
    const bool has_memory = ::access(memory.c_str(), W_OK) == 0;
    return place == TestFolder::Place::memory && has_memory ? memory : fs::temp_directory_path();
}

}  // namespace

TestFolder::TestFolder(Place place) {
    std::string pattern = (parent_of(place) / "dropline-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    all_ = pattern;
    fs::create_directory(receive());
    fs::create_directory(send());
    write(all_ / "canary", "alive");
    remember();
}

TestFolder::~TestFolder() {
    std::error_code ignored;
    fs::remove_all(all_, ignored);
}

fs::path TestFolder::write(const fs::path& path, std::string_view content) const {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
    return path;
}

std::vector<std::string> TestFolder::listing(const fs::path& folder) {
    std::vector<std::string> entries;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        struct stat status {};
        if (::lstat(entry.path().c_str(), &status) != 0) throw std::runtime_error("lstat");
        const auto size = S_ISREG(status.st_mode) ? status.st_size : 0;
        entries.push_back(entry.path().lexically_relative(folder).string() + ", " +
                          std::to_string(status.st_mode) + ", " + std::to_string(size) + ", " +
                          std::to_string(status.st_ino));
    }
    std::ranges::sort(entries);
    return entries;
}

std::vector<std::string> TestFolder::received_names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(receive())) {
        names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
}

std::vector<std::string> TestFolder::rest() const {
    std::vector<std::string> entries = listing(all_);
    std::erase_if(entries, [](const std::string& entry) { return entry.starts_with("receive/"); });
    entries.push_back("canary holds: " + read_file(all_ / "canary"));
    return entries;
}

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool holds(const fs::path& path, std::string_view content) { return read_file(path) == content; }

std::string content_of(std::size_t bytes, std::uint32_t seed) {
    std::mt19937 random(seed);
    std::string content(bytes, '\0');
    for (char& c : content) c = static_cast<char>(random());
    return content;
}

}  // namespace dropline::tests
