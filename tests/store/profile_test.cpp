#include "net/store/profile.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>

#include "net/platform/user_folders.hpp"
#include "tests/store/child_process.hpp"
#include "tests/store/scratch_folder.hpp"

namespace dropline {
namespace {

using test::mode_of;
using test::ScratchFolder;
using test::write_file;

/// Sets a variable of the environment for as long as it lives.
class Environment {
  public:
    Environment(const char* name, const std::filesystem::path& value) : name_(name) {
        if (const char* before = std::getenv(name)) before_ = before;
        ::setenv(name, value.c_str(), 1);
    }
    ~Environment() {
        if (before_) {
            ::setenv(name_, before_->c_str(), 1);
        } else {
            ::unsetenv(name_);
        }
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

  private:
    const char* name_;
    std::optional<std::string> before_;
};

TEST_CASE("A new profile is made with all its parents, and only its owner may enter") {
    const ScratchFolder scratch;
    const mode_t before = ::umask(0);
    const auto profile = Profile::open(scratch / "a/b/profile/");
    ::umask(before);
    REQUIRE(profile);
    CHECK(profile->dir() == scratch / "a/b/profile");
    CHECK(profile->settings_file() == scratch / "a/b/profile/settings.toml");
    CHECK(mode_of(scratch / "a") == 0700);
    CHECK(mode_of(profile->dir()) == 0700);
    CHECK(mode_of(profile->dir() / "lock") == 0600);
}

TEST_CASE("Without a choice the profile and its settings are where the desktop says") {
    const ScratchFolder scratch;
    const Environment home("HOME", scratch.path());
    {
        const Environment data("XDG_DATA_HOME", scratch / "data");
        const Environment config("XDG_CONFIG_HOME", scratch / "config");
        const auto profile = Profile::open({});
        REQUIRE(profile);
        CHECK(profile->dir() == scratch / "data/dropline");
        CHECK(profile->settings_file() == scratch / "config/dropline/settings.toml");
    }
    const Environment data("XDG_DATA_HOME", "not/absolute");
    const auto profile = Profile::open({});
    REQUIRE(profile);
    CHECK(profile->dir() == scratch / ".local/share/dropline");
}

TEST_CASE("A profile that others may enter is refused and the sentence says what to do") {
    const ScratchFolder scratch;
    for (const mode_t bit : {040U, 020U, 010U, 04U, 02U, 01U}) {
        REQUIRE(::chmod(scratch.path().c_str(), 0700 | bit) == 0);
        const auto profile = Profile::open(scratch.path());
        REQUIRE_FALSE(profile);
        CHECK(profile.fault().code == FaultCode::profile_unsafe);
        CHECK(profile.fault().sentence.find("chmod 700") != std::string::npos);
        CHECK(mode_of(scratch.path()) == (0700 | bit));
    }
}

TEST_CASE("A file in the profile's place is a fault and stays as it is") {
    const ScratchFolder scratch;
    write_file(scratch / "profile", "a file");
    const auto profile = Profile::open(scratch / "profile");
    REQUIRE_FALSE(profile);
    CHECK(profile.fault().code == FaultCode::file_error);
    CHECK(test::content_of(scratch / "profile") == "a file");
}

TEST_CASE("A second process on one profile is refused and told who has it") {
    const ScratchFolder scratch;
    const auto profile = Profile::open(scratch.path());
    REQUIRE(profile);
    test::ChildProcess child("[profile-opener]", {{"DROPLINE_TEST_PROFILE", scratch.path()}});
    const std::string answer = child.read_to_end();
    CHECK(child.wait_for_exit() == 0);
    CHECK(answer.find("profile_in_use") == 0);
    CHECK(answer.find("process " + std::to_string(::getpid())) != std::string::npos);
}

TEST_CASE("A profile opened twice in one process is refused the second time") {
    const ScratchFolder scratch;
    const auto first = Profile::open(scratch.path());
    REQUIRE(first);
    const auto second = Profile::open(scratch.path());
    REQUIRE_FALSE(second);
    CHECK(second.fault().code == FaultCode::profile_in_use);
}

TEST_CASE("A profile is free again once it is closed or its process is killed") {
    const ScratchFolder scratch;
    {
        const auto first = Profile::open(scratch.path());
        REQUIRE(first);
    }
    test::ChildProcess child("[profile-opener]", {{"DROPLINE_TEST_PROFILE", scratch.path()},
                                                  {"DROPLINE_TEST_KEEP", "1"}});
    CHECK(child.read_line() == "opened");
    const auto while_it_runs = Profile::open(scratch.path());
    child.kill();
    const auto afterwards = Profile::open(scratch.path());
    REQUIRE_FALSE(while_it_runs);
    CHECK(while_it_runs.fault().code == FaultCode::profile_in_use);
    CHECK(afterwards);
}

TEST_CASE(
    "T32: a profile that was used and has lost its key says so, a fresh one has none to lose") {
    const ScratchFolder scratch;
    const auto profile = Profile::open(scratch / "profile");
    REQUIRE(profile);
    CHECK(profile->check_has_key());
    write_file(profile->key_file(), "a key");
    CHECK(profile->check_has_key());
    write_file(profile->database_file(), "a history");
    CHECK(profile->check_has_key());
    std::filesystem::remove(profile->key_file());
    const auto checked = profile->check_has_key();
    REQUIRE_FALSE(checked);
    CHECK(checked.fault().code == FaultCode::profile_damaged);
    CHECK(checked.fault().sentence.find("Put a copy of the key back") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(profile->key_file()));
}

bool has_lost_history(const Profile& profile) {
    const auto answer = profile.has_lost_history();
    REQUIRE(answer);
    return *answer;
}

TEST_CASE("D13 T32: a profile that was used and has lost its history says so") {
    const ScratchFolder scratch;
    const auto profile = Profile::open(scratch / "profile");
    REQUIRE(profile);
    CHECK_FALSE(has_lost_history(*profile));
    write_file(profile->key_file(), "a key");
    write_file(profile->database_file(), "a history");
    profile->end_first_start();
    CHECK_FALSE(has_lost_history(*profile));
    std::filesystem::remove(profile->database_file());
    CHECK(has_lost_history(*profile));
}

TEST_CASE("D13 T32: a first start that came to its end before there was a history has lost none") {
    const ScratchFolder scratch;
    const auto profile = Profile::open(scratch / "profile");
    REQUIRE(profile);
    CHECK_FALSE(has_lost_history(*profile));
    write_file(profile->key_file(), "a key");
    CHECK_FALSE(has_lost_history(*profile));
    // Of the start after it nothing is left that would hide a loss.
    write_file(profile->database_file(), "a history");
    profile->end_first_start();
    std::filesystem::remove(profile->database_file());
    CHECK(has_lost_history(*profile));
}

/// The other process of the tests above.
TEST_CASE("opens a profile and says what came of it", "[.profile-opener]") {
    const auto profile = Profile::open(std::getenv("DROPLINE_TEST_PROFILE"));
    test::tell_parent(profile ? "opened\n"
                              : fault_code_text(profile.fault().code) + " " +
                                    profile.fault().sentence + "\n");
    if (profile && std::getenv("DROPLINE_TEST_KEEP") != nullptr) test::wait_to_be_killed();
}

TEST_CASE("Files are received in the desktop's download folder") {
    const ScratchFolder scratch;
    const Environment home("HOME", scratch.path());
    const Environment config("XDG_CONFIG_HOME", scratch / "config");
    std::filesystem::create_directories(scratch / "config");
    CHECK(default_receive_folder() == scratch.path());
    std::filesystem::create_directories(scratch / "Downloads");
    CHECK(default_receive_folder() == scratch / "Downloads");

    const auto user_dirs = scratch / "config/user-dirs.dirs";
    write_file(user_dirs,
               "# made by a program\nXDG_DESKTOP_DIR=\"$HOME/Desktop\"\n"
               "XDG_DOWNLOAD_DIR=\"$HOME/下载 \\\"neu\\\"\"\n");
    CHECK(default_receive_folder() == scratch / "Downloads");  // not there yet
    std::filesystem::create_directories(scratch / "下载 \"neu\"");
    CHECK(default_receive_folder() == scratch / "下载 \"neu\"");
    for (const char* nonsense :
         {"XDG_DOWNLOAD_DIR=", "XDG_DOWNLOAD_DIR=\"", "XDG_DOWNLOAD_DIR=\"\\",
          "XDG_DOWNLOAD_DIR=\"relative\"", "XDG_DOWNLOAD_DIR=$HOME/x"}) {
        write_file(user_dirs, nonsense);
        CHECK(default_receive_folder() == scratch / "Downloads");
    }
}

}  // namespace
}  // namespace dropline
