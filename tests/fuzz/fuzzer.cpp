// libFuzzer's side of the targets: `fuzz --target=NAME`, with libFuzzer's own arguments behind it.
// `fuzz --write-seeds=FOLDER` only writes each target's first inputs to FOLDER/NAME/ and ends.
// Thread: the only one.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/fuzz/target.hpp"

namespace {

using dropline::fuzz::Target;

const Target* chosen = nullptr;

[[noreturn]] void end_with(const char* sentence) {
    std::fprintf(stderr, "fuzz: %s\n", sentence);
    std::exit(2);
}

void write_seeds(const std::filesystem::path& folder) {
    for (const Target& target : dropline::fuzz::all_targets()) {
        const auto into = folder / target.name;
        std::filesystem::create_directories(into);
        std::size_t count = 0;
        for (const std::string& seed : target.seeds()) {
            std::ofstream(into / ("seed-" + std::to_string(count++)), std::ios::binary) << seed;
        }
        std::printf("%s %zu\n", std::string(target.name).c_str(), target.input_bytes_max);
    }
}

std::string value_of(std::string_view argument, std::string_view option) {
    return argument.starts_with(option) ? std::string(argument.substr(option.size())) : "";
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
    for (int i = 1; i < *count; ++i) {
        const std::string_view argument = (*arguments)[i];
        if (const auto folder = value_of(argument, "--write-seeds="); !folder.empty()) {
            write_seeds(folder);
            std::exit(0);
        }
        if (const auto name = value_of(argument, "--target="); !name.empty()) {
            chosen = dropline::fuzz::find_target(name);
        }
    }
    if (chosen == nullptr) end_with("--target=NAME must name a target; --write-seeds=DIR lists");
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    chosen->check({reinterpret_cast<const char*>(data), size});
    return 0;
}
