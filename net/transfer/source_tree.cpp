#include "net/transfer/source_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <unordered_set>
#include <utility>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/platform/file_fault.hpp"
#include "net/transfer/safe_name.hpp"

namespace dropline {

namespace {

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};
using OpenFolder = std::unique_ptr<DIR, CloseFolder>;

Fault too_many() {
    return {FaultCode::too_large, "At most " + std::to_string(limits::offer_entries_max) +
                                      " files can be sent at once. Send parts of it, or pack it "
                                      "into one file."};
}

/// Sorted, so that the same folder always gives the same list. Empty when it cannot be read.
std::optional<std::vector<std::string>> names_in(int folder_fd) {
    const int fd = ::openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return std::nullopt;
    const OpenFolder folder(::fdopendir(fd));
    if (folder == nullptr) {
        ::close(fd);
        return std::nullopt;
    }
    std::vector<std::string> names;
    while (true) {
        errno = 0;
        const dirent* entry = ::readdir(folder.get());
        if (entry == nullptr && errno != 0) return std::nullopt;  // a failing disk
        if (entry == nullptr) break;
        std::string name = entry->d_name;
        if (name != "." && name != "..") names.push_back(std::move(name));
    }
    std::ranges::sort(names);
    return names;
}

/// Walks what was chosen and writes it down.
class Inspection {
  public:
    explicit Inspection(const std::atomic<bool>& is_given_up) : is_given_up_(is_given_up) {}

    Result<void> add_chosen(const std::filesystem::path& chosen);
    Result<SourceTree> finish();

  private:
    Result<void> add_folder(const std::string& offered, const std::string& own, int folder_fd);
    Result<void> add_below(const std::string& offered, const std::string& own, int folder_fd,
                           const std::string& name, std::unordered_set<std::string>& taken);
    Result<void> add_entry(std::string offered, const std::string& own, const struct stat& status);
    /// The name itself, or a numbered one that is free; nothing when no receiver takes it.
    static std::optional<std::string> offered_name(const std::string& name,
                                                   std::unordered_set<std::string>& taken);
    void leave_out(const std::string& offered);

    const std::atomic<bool>& is_given_up_;
    SourceTree tree_;
    std::unordered_set<std::string> root_names_;
    std::size_t manifest_bytes_ = 0;
};

Result<void> Inspection::add_chosen(const std::filesystem::path& chosen) {
    const std::filesystem::path path = absolute_source(chosen);
    const std::string shown = escape_for_display(chosen.string());
    const FileDescriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!opened.is_open()) return file_fault("Cannot read", shown, errno);
    struct stat status {};
    if (::fstat(opened.number(), &status) != 0) return file_fault("Cannot read", shown, errno);
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
        return Fault{FaultCode::file_error,
                     shown + " is neither a file nor a folder and cannot be sent."};
    }
    std::string name = path.filename().string();
    if (name.empty()) name = "files";  // somebody sends "/"
    if (auto safe = make_safe_component(name); !safe) return safe.fault();
    const auto offered = offered_name(name, root_names_);
    if (!offered) return Fault{FaultCode::bad_name, shown + " cannot be sent under any name."};
    tree_.chosen.push_back(path);
    if (auto added = add_entry(*offered, {}, status); !added) return added;
    if (!S_ISDIR(status.st_mode)) return {};
    return add_folder(*offered, {}, opened.number());
}

Result<void> Inspection::add_folder(const std::string& offered, const std::string& own,
                                    int folder_fd) {
    const auto names = names_in(folder_fd);
    if (!names) {
        leave_out(offered + "/");
        return {};
    }
    std::unordered_set<std::string> taken;
    for (const std::string& name : *names) {
        if (is_given_up_) return Fault{FaultCode::cancelled, "Looking at the files was stopped."};
        if (auto added = add_below(offered, own, folder_fd, name, taken); !added) {
            return added;
        }
    }
    return {};
}

Result<void> Inspection::add_below(const std::string& offered, const std::string& own,
                                   int folder_fd, const std::string& name,
                                   std::unordered_set<std::string>& taken) {
    struct stat status {};
    const bool is_there = ::fstatat(folder_fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    const bool is_sendable = is_there && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) &&
                             ::faccessat(folder_fd, name.c_str(), R_OK, AT_EACCESS) == 0;
    const auto free_name = is_sendable ? offered_name(name, taken) : std::nullopt;
    const std::string offered_path = offered + "/" + free_name.value_or(name);
    // As the receiver will judge it: a path may grow when it is made safe.
    if (!free_name || !make_safe_path(offered_path)) {
        leave_out(offered_path);
        return {};
    }
    const std::string own_path = own.empty() ? name : own + "/" + name;
    if (auto added = add_entry(offered_path, own_path, status); !added) return added;
    if (!S_ISDIR(status.st_mode)) return {};
    const FileDescriptor below(
        ::openat(folder_fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!below.is_open()) {
        leave_out(offered_path + "/");
        return {};
    }
    return add_folder(offered_path, own_path, below.number());
}

Result<void> Inspection::add_entry(std::string offered, const std::string& own,
                                   const struct stat& status) {
    constexpr std::size_t overhead_bytes = 40;
    manifest_bytes_ += offered.size() + overhead_bytes;
    Manifest& manifest = tree_.manifest;
    if (manifest.entries.size() >= limits::offer_entries_max ||
        manifest_bytes_ > limits::offer_manifest_bytes_max) {
        return too_many();
    }
    const bool is_folder = S_ISDIR(status.st_mode);
    const SourceStamp stamp = stamp_of(status);
    if (!is_folder && stamp.bytes > limits::file_bytes_max) {
        return Fault{FaultCode::too_large, escape_for_display(offered) + " is too large."};
    }
    if (below_first_component(offered) != own) tree_.own_names.emplace(manifest.size(), own);
    ManifestEntry entry;
    entry.path = std::move(offered);
    entry.bytes = is_folder ? 0 : stamp.bytes;
    entry.modified_at_s = stamp.modified_at_s;
    entry.is_folder = is_folder;
    entry.is_executable = !is_folder && (status.st_mode & S_IXUSR) != 0;
    manifest.entries.push_back(std::move(entry));
    tree_.stamps.push_back(stamp);
    return {};
}

std::optional<std::string> Inspection::offered_name(const std::string& name,
                                                    std::unordered_set<std::string>& taken) {
    const auto safe = make_safe_component(name);
    if (!safe) return std::nullopt;
    if (taken.insert(name_key(safe->relative)).second) return name;
    constexpr std::size_t numbers_max = 9999;
    for (std::size_t number = 2; number <= numbers_max; ++number) {
        std::string numbered = numbered_name(safe->relative, number);
        if (taken.insert(name_key(numbered)).second) return numbered;
    }
    return std::nullopt;
}

void Inspection::leave_out(const std::string& offered) {
    ++tree_.manifest.left_out;
    if (tree_.manifest.left_out_names.size() < wire::left_out_names_max) {
        tree_.manifest.left_out_names.push_back(escape_for_display(offered));
    }
}

Result<SourceTree> Inspection::finish() {
    if (auto completed = complete_manifest(tree_.manifest); !completed) return completed.fault();
    return std::move(tree_);
}

}  // namespace

std::filesystem::path SourceTree::path_of(std::uint32_t root, std::uint32_t index) const {
    const auto own = own_names.find(index);
    const std::string_view below = own == own_names.end()
                                       ? below_first_component(manifest.entries[index].path)
                                       : std::string_view(own->second);
    return below.empty() ? chosen[root] : chosen[root] / below;
}

SourceFile SourceTree::file(std::uint32_t root, std::uint32_t index) const {
    return {path_of(root, index), manifest.entries[index].path, stamps[index]};
}

std::filesystem::path absolute_source(const std::filesystem::path& chosen) {
    std::error_code ignored;
    std::filesystem::path path = std::filesystem::absolute(chosen, ignored).lexically_normal();
    return path.has_filename() ? path : path.parent_path();
}

Result<SourceTree> inspect_sources(const std::vector<std::filesystem::path>& chosen,
                                   const std::atomic<bool>& is_given_up) {
    if (chosen.empty()) return Fault{FaultCode::bad_request, "No file was chosen."};
    Inspection inspection(is_given_up);
    for (const auto& path : chosen) {
        if (auto added = inspection.add_chosen(path); !added) return added.fault();
    }
    return inspection.finish();
}

}  // namespace dropline
