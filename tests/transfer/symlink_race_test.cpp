// A10 T5: somebody exchanges our folders for links while we write into them.
#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>

#include "tests/transfer/reception.hpp"
#include "tests/transfer/sender_frames.hpp"

using namespace dropline;
using namespace dropline::tests;
namespace fs = std::filesystem;

namespace {

/// Lets a folder be a link to elsewhere, and a folder again, as quickly as it can.
class Flipper {
  public:
    Flipper(fs::path folder, fs::path elsewhere)
        : thread_([this, folder = std::move(folder), elsewhere = std::move(elsewhere)] {
              const fs::path away = folder.string() + ".away";
              std::error_code ignored;
              while (!is_over_) {
                  fs::rename(folder, away, ignored);
                  if (ignored) continue;
                  fs::create_directory_symlink(elsewhere, folder, ignored);
                  fs::remove(folder, ignored);
                  fs::rename(away, folder, ignored);
                  ++flips_;
              }
          }) {}
    ~Flipper() {
        is_over_ = true;
        thread_.join();
    }
    std::size_t flips() const { return flips_; }

  private:
    std::atomic<bool> is_over_{false};
    std::atomic<std::size_t> flips_{0};
    std::thread thread_;
};

}  // namespace

TEST_CASE("A10 T5: a folder that flips to a link and back gets no file outside") {
    constexpr std::uint32_t files = 1000;
    TestFolder folder;
    fs::create_directory(folder.all() / "elsewhere");
    folder.remember();
    std::vector<std::pair<std::string, std::uint64_t>> entries = {{"d/", 0}};
    // Every file in another folder than the one before: no open folder is used for two.
    for (std::uint32_t i = 0; i < files; ++i) {
        entries.emplace_back("d/" + std::to_string(i % 2) + "/" + std::to_string(i), 1);
    }
    const Manifest list = list_of(entries);
    std::string rest;
    for (std::uint32_t i = 3; i <= files; ++i) rest += file_frames(i, "x");
    std::size_t flips = 0;
    for (int round = 0; round < 20; ++round) {
        Reception reception(folder.receive(), list);
        REQUIRE(reception.prepare());
        REQUIRE(reception.take(file_frames(1, "x") + file_frames(2, "x")));
        REQUIRE(reception.prepare());
        {
            const Flipper flipper(folder.receive() / ".d.part/0", folder.all() / "elsewhere");
            // It may or may not get through; it never goes elsewhere.
            (void)reception.take(rest);
            flips += flipper.flips();
        }
        reception.remove_staged();
        fs::remove_all(folder.receive() / "d");
        fs::remove_all(folder.receive() / ".d.part");
        REQUIRE(fs::is_empty(folder.all() / "elsewhere"));
    }
    CHECK(flips > 0);
    CHECK(folder.is_rest_untouched());
}
