#include "net/store/history_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "net/platform/damaged_file.hpp"
#include "net/platform/file_descriptor.hpp"
#include "net/platform/file_fault.hpp"
#include "net/platform/private_file.hpp"
#include "net/store/beside.hpp"
#include "net/store/clean_stamp.hpp"
#include "net/store/salvage.hpp"
#include "net/store/schema.hpp"

namespace dropline {
namespace {

namespace fs = std::filesystem;

enum class Look { missing, plausible, damaged };

/// What SQLite keeps beside the file; a `damaged` file takes them along.
constexpr std::array companions = {"-wal", "-shm", "-journal"};

bool is_there(const fs::path& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0;
}

bool has_leftovers(const fs::path& path) {
    for (const char* ending : companions) {
        if (is_there(beside(path, ending))) return true;
    }
    return false;
}

Fault from_newer_program(const fs::path& path) {
    return {FaultCode::wrong_version,
            "The history in " + path.string() +
                " was written by a newer dropline. Start that one, or choose another profile "
                "with --profile."};
}

std::int64_t big_endian_32(const std::array<unsigned char, 100>& header, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = (value << 8) | header[at + i];
    return static_cast<std::int32_t>(value);
}

/// Reads the first 100 bytes without SQLite, which might already write (SQLite file format,
/// section 1.3: magic at 0, user version at 60, application id at 68).
Result<Look> look_at_header(const fs::path& path, int fd) {
    constexpr std::string_view magic("SQLite format 3\0", 16);
    std::array<unsigned char, 100> header{};
    const ssize_t got = ::pread(fd, header.data(), header.size(), 0);
    if (got < 0) return file_fault("Cannot read the history", path, errno);
    const std::string_view text(reinterpret_cast<const char*>(header.data()), magic.size());
    if (got != ssize_t{header.size()} || text != magic) return Look::damaged;
    if (big_endian_32(header, 68) != schema_application_id) return Look::damaged;
    if (big_endian_32(header, 60) > schema_version_newest) return from_newer_program(path);
    return Look::plausible;
}

/// The size of a page is at 16, in two bytes; 1 stands for 65,536.
bool ends_with_a_page(int fd, const struct stat& status) {
    std::array<unsigned char, 2> size{};
    if (::pread(fd, size.data(), size.size(), 16) != ssize_t{size.size()}) return false;
    const off_t given = size[0] * 256 + size[1];
    const off_t page_bytes = given == 1 ? 65536 : given;
    return page_bytes != 0 && status.st_size % page_bytes == 0;
}

Result<Look> look_at(const fs::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) {
        if (errno != ENOENT) return file_fault("Cannot look for the history", path, errno);
        return has_leftovers(path) ? Look::damaged : Look::missing;
    }
    if (S_ISDIR(status.st_mode)) return Look::damaged;
    if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid()) {
        return Fault{FaultCode::profile_unsafe,
                     "Refusing to use " + path.string() +
                         ": it is a link, or it belongs to somebody else. Move it away."};
    }
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!file.is_open()) return file_fault("Cannot read the history", path, errno);
    auto look = look_at_header(path, file.number());
    // SQLite takes what a last page lacks for zeros, and where that page holds the end of a long
    // text or a manifest no check of its own would notice. With a WAL the page is written again.
    if (look && !is_there(beside(path, "-wal")) && !ends_with_a_page(file.number(), status)) {
        look = Look::damaged;
    }
    // The folder keeps others out already; SQLite gives the WAL the mode it finds here.
    const bool is_open_to_others = (status.st_mode & (S_IRWXG | S_IRWXO)) != 0;
    if (look && is_open_to_others && ::fchmod(file.number(), S_IRUSR | S_IWUSR) != 0) {
        return file_fault("Cannot close to others", path, errno);
    }
    return look;
}

/// Companions first: were we killed in between, the file would be found damaged once more, while
/// a WAL alone would be taken for the fresh file's.
Result<fs::path> move_aside(const fs::path& path) {
    const fs::path aside = name_for_damaged(path, companions);
    const auto move = [](const fs::path& from, const fs::path& to) {
        return ::rename(from.c_str(), to.c_str()) == 0 || errno == ENOENT;
    };
    for (const char* ending : companions) {
        if (!move(beside(path, ending), beside(aside, ending))) {
            return file_fault("Cannot move aside", beside(path, ending), errno);
        }
    }
    if (!move(path, aside)) return file_fault("Cannot move aside", path, errno);
    if (auto synced = sync_folder(path.parent_path()); !synced) return synced.fault();
    return aside;
}

/// The other way round: were we killed in between, the file would be found damaged once more.
void move_back(const fs::path& aside, const fs::path& path) {
    ::rename(aside.c_str(), path.c_str());
    for (const char* ending : companions) {
        ::rename(beside(aside, ending).c_str(), beside(path, ending).c_str());
    }
}

/// Made under another name, so that a half made one never has the name of the real one. What can be
/// read of `damaged`, if there is one, is in it.
Result<Salvaged> make_fresh(const fs::path& path, const std::optional<fs::path>& damaged) {
    const fs::path fresh = beside(path, ".fresh");
    ::unlink(fresh.c_str());
    for (const char* ending : companions) ::unlink(beside(fresh, ending).c_str());
    if (auto made = create_private_file(fresh, ""); !made) return made.fault();
    Salvaged saved;
    {
        auto database = Database::open(fresh);
        if (!database) return database.fault();
        if (auto migrated = migrate(*database); !migrated) return migrated.fault();
        if (damaged) saved = salvage(*damaged, beside(path, ".salvage"), *database);
        database->set_checkpoint_on_close();
    }
    if (is_there(beside(fresh, "-wal"))) {
        return Fault{FaultCode::disk_full, "There is no room for a fresh history beside " +
                                               path.string() +
                                               ". Make room on the disk, then start "
                                               "dropline again."};
    }
    if (::rename(fresh.c_str(), path.c_str()) != 0) {
        return file_fault("Cannot create the history", path, errno);
    }
    if (auto synced = sync_folder(path.parent_path()); !synced) return synced.fault();
    return saved;
}

Result<void> check_pages(Database& database) {
    const auto complaint = Statement(database, "PRAGMA quick_check(1)").first([](const Row& row) {
        return row.bytes(0);
    });
    if (!complaint) return complaint.fault();
    if (*complaint != "ok") return database.damage_fault();
    return {};
}

/// What quick_check cannot know: each transfer has its manifest.
Result<void> check_manifests(Database& database) {
    const auto without =
        Statement(database,
                  "SELECT 1 FROM transfers"
                  " WHERE key NOT IN (SELECT transfer FROM transfer_manifests) LIMIT 1")
            .first(first_integer);
    if (!without) return without.fault();
    if (*without) return database.damage_fault();
    return {};
}

Result<std::unique_ptr<Database>> open_existing(const fs::path& path) {
    const bool was_closed_cleanly = take_clean_stamp(path);
    auto opened = Database::open(path);
    if (!opened) return opened.fault();
    auto database = std::make_unique<Database>(std::move(*opened));
    const auto version = schema_version(*database);
    if (!version) return version.fault();
    if (*version > schema_version_newest) return from_newer_program(path);
    if (!was_closed_cleanly) {
        if (auto checked = check_pages(*database); !checked) return checked.fault();
    }
    if (auto checked = check_schema(*database); !checked) return checked.fault();
    if (auto migrated = migrate(*database); !migrated) return migrated.fault();
    if (!was_closed_cleanly) {
        if (auto checked = check_manifests(*database); !checked) return checked.fault();
        // What is only in the WAL may be known to have been said, and yet not be on the disk.
        (void)database->execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    database->set_checkpoint_on_close();
    return database;
}

std::string number_of(std::size_t count, const char* one, const char* many) {
    return std::to_string(count) + ' ' + (count == 1 ? one : many);
}

std::string what_became_of(const Salvaged& saved, const fs::path& aside) {
    std::string sentence = "The history was damaged. ";
    if (saved.is_nothing()) {
        sentence +=
            "With it the keys, bans, invites and passwords that this profile knew are gone. ";
    } else {
        sentence += "Saved from it: " + number_of(saved.bans, "ban", "bans") + ", " +
                    number_of(saved.keys, "known key", "known keys") + ", " +
                    number_of(saved.ways_in, "invite or password", "invites and passwords") +
                    ". What else it knew of them, and what was said, is gone. ";
        if (saved.are_invites_withdrawn) {
            sentence +=
                "Whom the invites have let in is not known any more, so they are withdrawn. ";
        }
    }
    return sentence +
           "Before you open a room, ban people again and set its password; compare safety numbers "
           "anew. It is kept as " +
           aside.string() + ", and a new one has been started.";
}

Result<OpenedHistory> open_fresh(const fs::path& path, const std::optional<fs::path>& damaged) {
    const auto made = make_fresh(path, damaged);
    if (!made) return made.fault();
    auto database = open_existing(path);
    if (!database) return database.fault();
    std::optional<std::string> notice;
    if (damaged) notice = what_became_of(*made, *damaged);
    return OpenedHistory{std::move(*database), std::move(notice)};
}

Result<OpenedHistory> replace_damaged(const fs::path& path) {
    const auto aside = move_aside(path);
    if (!aside) return aside.fault();
    auto fresh = open_fresh(path, *aside);
    // The next start shall try again, and not begin with nothing.
    if (!fresh && !is_there(path)) move_back(*aside, path);
    return fresh;
}

}  // namespace

Result<OpenedHistory> open_history(const fs::path& path) {
    const auto look = look_at(path);
    if (!look) return look.fault();
    if (*look == Look::missing) return open_fresh(path, std::nullopt);
    if (*look == Look::damaged) return replace_damaged(path);
    auto database = open_existing(path);
    if (database) return OpenedHistory{std::move(*database), std::nullopt};
    // Opening uses fixed statements alone: SQLite finds an error in them only when the file has
    // another shape than ours, or a format that this SQLite does not know.
    const FaultCode code = database.fault().code;
    const bool is_damage = code == FaultCode::profile_damaged || code == FaultCode::internal;
    return is_damage ? replace_damaged(path) : Result<OpenedHistory>(database.fault());
}

void close_history(const fs::path& path, std::unique_ptr<Database> database) {
    const bool has_met_damage = database->has_met_damage();
    database.reset();
    if (!has_met_damage) put_clean_stamp(path);
}

}  // namespace dropline
