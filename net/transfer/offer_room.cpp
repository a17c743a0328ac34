#include "net/transfer/offer_room.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <string>

#include "net/platform/beneath.hpp"
#include "net/transfer/prepare.hpp"
#include "net/transfer/safe_name.hpp"

namespace dropline {

namespace {

/// Also a link: what it leads to is nothing that is looked at.
bool is_anything(const ReceiveFolder& folder, const std::string& name) {
    struct stat status {};
    return ::fstatat(folder.folder_fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

bool is_file_of_size(const ReceiveFolder& folder, const std::string& path, std::uint64_t bytes) {
    const OpenedFile there = open_beneath(folder.folder_fd(), path, O_PATH, 0);
    struct stat status {};
    const bool is_file = there.error_number == 0 && ::fstat(there.file.number(), &status) == 0 &&
                         S_ISREG(status.st_mode);
    return is_file && static_cast<std::uint64_t>(status.st_size) == bytes;
}

/// What is wanted and not likely to be there.
struct Need {
    std::uint64_t bytes;
    std::uint64_t files;
};

class Comparison {
  public:
    Comparison(const ReceiveFolder& folder, const Manifest& manifest, const ReceiveState& wanted,
               const std::atomic<bool>& is_given_up)
        : folder_(folder), manifest_(manifest), wanted_(wanted), is_given_up_(is_given_up) {}

    Need need() const {
        Need need{wanted_.bytes_wanted, wanted_.files_wanted};
        for (const ManifestRoot& root : manifest_.roots) {
            if (is_likely_there(root)) leave_out(root, need);
        }
        return need;
    }

  private:
    bool is_wanted_file(std::uint32_t index) const {
        return wanted_.entries[index] != EntryState::unwanted &&
               !manifest_.entries[index].is_folder;
    }

    bool is_likely_there(const ManifestRoot& root) const {
        for (std::size_t number = 1; number <= likely_names_max; ++number) {
            const std::string name = numbered_name(root.name, number);
            if (is_given_up_ || !is_anything(folder_, name)) return false;
            if (has_all_sizes(root, name)) return true;
        }
        return false;
    }

    /// `name`: that of the root, or the same with a number.
    bool has_all_sizes(const ManifestRoot& root, const std::string& name) const {
        for (std::uint32_t index = root.first; index < root.first + root.count; ++index) {
            if (!is_wanted_file(index)) continue;
            const ManifestEntry& entry = manifest_.entries[index];
            std::string path = name;
            if (root.is_folder) path.append("/").append(below_first_component(entry.path));
            if (is_given_up_ || !is_file_of_size(folder_, path, entry.bytes)) return false;
        }
        return true;
    }

    void leave_out(const ManifestRoot& root, Need& need) const {
        for (std::uint32_t index = root.first; index < root.first + root.count; ++index) {
            if (!is_wanted_file(index)) continue;
            need.bytes -= manifest_.entries[index].bytes;
            --need.files;
        }
    }

    const ReceiveFolder& folder_;
    const Manifest& manifest_;
    const ReceiveState& wanted_;
    const std::atomic<bool>& is_given_up_;
};

}  // namespace

Result<void> check_room_for(const ReceiveFolder& folder, const Manifest& manifest,
                            const ReceiveState& wanted, const std::atomic<bool>& is_given_up) {
    auto all = folder.check_space("The offer", wanted.bytes_wanted, wanted.files_wanted);
    if (all) return {};
    const Need need = Comparison(folder, manifest, wanted, is_given_up).need();
    if (is_given_up) return Fault{FaultCode::cancelled, "The offer is over."};
    if (need.files == wanted.files_wanted) return all;
    return folder.check_space("What is new of the offer", need.bytes, need.files);
}

Result<void> check_target(const std::filesystem::path& folder, const Manifest& manifest,
                          const ReceiveState& wanted, const std::atomic<bool>& is_given_up) {
    const auto target = ReceiveFolder::open(folder);
    if (!target) return target.fault();
    return check_room_for(*target, manifest, wanted, is_given_up);
}

}  // namespace dropline
