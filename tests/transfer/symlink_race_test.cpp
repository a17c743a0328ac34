// A10 T5: somebody exchanges our folders for links while we write into them.
#include <catch2/catch_test_macros.hpp>
#include <fcntl.h>
#include <stdio.h>

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
                  flips_.notify_all();
              }
          }) {}
    ~Flipper() {
        is_over_ = true;
        thread_.join();
    }
    std::size_t flips() const { return flips_; }
    void wait_for_first() const { flips_.wait(0); }

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
            flipper.wait_for_first();
            // It may or may not get through; it never goes elsewhere.
            (void)reception.take(rest);
            flips += flipper.flips();
        }
        reception.remove_staged();
        fs::remove_all(folder.receive() / "d");
        fs::remove_all(folder.receive() / ".d.part");
        REQUIRE(fs::is_empty(folder.all() / "elsewhere"));
    }
    CHECK(flips >= 20);
    CHECK(folder.is_rest_untouched());
}

namespace {

bool exchange(const fs::path& one, const fs::path& other) {
    return ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0;
}

/// As Flipper, but the folder is never missing: it and the link change places.
class Exchanger {
  public:
    Exchanger(fs::path folder, fs::path link)
        : thread_([this, folder = std::move(folder), link = std::move(link)] {
              while (!is_over_ && exchange(folder, link)) ++exchanges_;
          }) {}
    ~Exchanger() {
        is_over_ = true;
        thread_.join();
    }
    std::size_t exchanges() const { return exchanges_; }

  private:
    std::atomic<bool> is_over_{false};
    std::atomic<std::size_t> exchanges_{0};
    std::thread thread_;
};

/// What an honest sender sends for some of the files of one byte that the plan asks for.
std::string frames_for(const TransferPlan& plan) {
    std::string frames;
    std::size_t files = 0;
    for (std::uint32_t i = 0; i < plan.is_skipped.size() && files < 20; ++i) {
        if (plan.is_skipped[i]) continue;
        ++files;
        const auto stored = plan.stored.find(i);
        if (stored == plan.stored.end()) {
            frames += file_frames(i, "x");
            continue;
        }
        const std::uint64_t bytes = stored->second.bytes;
        frames += begin_frame(i, bytes);
        frames += bytes == 0 ? file_frames(i, "x") : end_frame(i, 1, digest_of("x"));
    }
    return frames;
}

}  // namespace

TEST_CASE("A10 T5: a folder that changes places with a link 100,000 times gets no file outside") {
    constexpr std::uint32_t files = 1000;
    constexpr std::size_t exchanges_min = 100'000;
    TestFolder folder;
    fs::create_directory(folder.all() / "elsewhere");
    folder.remember();
    std::vector<std::pair<std::string, std::uint64_t>> entries = {{"d/", 0}};
    for (std::uint32_t i = 0; i < files; ++i) {
        entries.emplace_back("d/" + std::to_string(i % 2) + "/" + std::to_string(i), 1);
    }
    const Manifest list = list_of(entries);
    std::size_t exchanges = 0;
    std::size_t rounds = 0;
    while (exchanges < exchanges_min) {
        REQUIRE(++rounds <= exchanges_min);
        Reception reception(folder.receive(), list);
        REQUIRE(reception.prepare());
        REQUIRE(reception.take(file_frames(1, "x") + file_frames(2, "x")));
        const auto hidden = folder.receive() / ".d.part";
        fs::create_directory_symlink(folder.all() / "elsewhere", hidden / "link");
        {
            const Exchanger exchanger(hidden / "0", hidden / "link");
            // Each try ends at the first file that finds the link; the next one goes on there.
            for (std::uint32_t turn = 0; turn < 100 * files && !reception.has_all(); ++turn) {
                if (reception.prepare()) (void)reception.take(frames_for(reception.plan));
            }
            exchanges += exchanger.exchanges();
        }
        REQUIRE(fs::is_empty(folder.all() / "elsewhere"));
        REQUIRE(reception.has_all());
        const auto arrived = folder.receive() / "d";
        if (fs::is_symlink(arrived / "0")) exchange(arrived / "0", arrived / "link");
        for (std::uint32_t i = 0; i < files; ++i) {
            REQUIRE(holds(folder.receive() / entries[i + 1].first, "x"));
        }
        fs::remove_all(folder.receive() / "d");
    }
    CHECK(folder.is_rest_untouched());
}
