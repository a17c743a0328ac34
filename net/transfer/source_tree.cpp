#include "net/transfer/source_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <optional>
#include <set>
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

Fault too_many_names() {
    return {FaultCode::too_large, "At most " + std::to_string(limits::offer_entries_max) +
                                      " files can be sent at once. Send parts of it, or pack it "
                                      "into one file."};
}

/// Sorted, so that the same folder always gives the same list. `shown`: its path. file_error.
Result<std::vector<std::string>> names_in(int folder_fd, const std::string& shown) {
    const auto not_read = [&shown] { return file_fault("Cannot read", shown, errno); };
    const int fd = ::openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return not_read();
    const OpenFolder folder(::fdopendir(fd));
    if (folder == nullptr) {
        const Fault fault = not_read();
        ::close(fd);
        return fault;
    }
    std::vector<std::string> names;
    while (true) {
        errno = 0;
        const dirent* entry = ::readdir(folder.get());
        if (entry == nullptr && errno != 0) return not_read();  // a failing disk
        if (entry == nullptr) break;
        std::string name = entry->d_name;
        if (name != "." && name != "..") names.push_back(std::move(name));
    }
    std::ranges::sort(names);
    return names;
}

std::string root_name(const std::filesystem::path& chosen) {
    std::string name = chosen.filename().string();
    return name.empty() ? "files" : name;  // somebody sends "/"
}

/// Also a link that leads nowhere.
bool is_anything(const std::filesystem::path& chosen) {
    struct stat status {};
    return ::lstat(chosen.c_str(), &status) == 0;
}

bool is_gone(const std::filesystem::path& chosen) {
    struct stat status {};
    return ::stat(chosen.c_str(), &status) != 0 && errno == ENOENT;
}

/// Walks what was chosen and writes it down.
class Inspection {
  public:
    explicit Inspection(const std::atomic<bool>& is_given_up) : is_given_up_(is_given_up) {}

    Result<void> add_chosen(const std::filesystem::path& chosen);
    /// What is there and cannot be sent, as a socket or what may not be read, is left out; what is
    /// not there is a mistake. Fault: as add_chosen, and of the first of them when that was all.
    Result<void> add_what_can_be_sent(const std::vector<std::filesystem::path>& chosen);
    void leave_out_chosen(const std::filesystem::path& path) { leave_out(root_name(path)); }
    /// Of something that has gone: nothing else gets the name that it was offered under.
    void keep_name_of(const std::filesystem::path& chosen);
    bool is_empty() const { return tree_.chosen.empty(); }
    Result<SourceTree> finish();

  private:
    /// Something that was chosen and can be sent.
    struct Chosen {
        std::filesystem::path path;
        FileDescriptor file;
        struct stat status;
        std::string offered;
    };
    Result<Chosen> open_chosen(const std::filesystem::path& chosen);
    Result<void> add(const Chosen& chosen);
    Result<void> add_folder(const std::string& offered, const std::string& own, int folder_fd);
    Result<void> add_below(const std::string& offered, const std::string& own, int folder_fd,
                           const std::string& name, std::set<std::string>& taken);
    Result<void> add_entry(std::string offered, const std::string& own, const struct stat& status);
    /// The name itself, or a numbered one that is free; nothing when no receiver takes it.
    static std::optional<std::string> offered_name(const std::string& name,
                                                   std::set<std::string>& taken);
    void leave_out(const std::string& offered);

    const std::atomic<bool>& is_given_up_;
    SourceTree tree_;
    std::set<std::string> root_names_;
    std::size_t manifest_bytes_ = 0;
};

Result<Inspection::Chosen> Inspection::open_chosen(const std::filesystem::path& chosen) {
    Chosen opened{absolute_source(chosen), {}, {}, {}};
    const std::string shown = escape_for_display(chosen.string());
    opened.file =
        FileDescriptor(::open(opened.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!opened.file.is_open()) return file_fault("Cannot read", shown, errno);
    if (::fstat(opened.file.number(), &opened.status) != 0) {
        return file_fault("Cannot read", shown, errno);
    }
    if (!S_ISREG(opened.status.st_mode) && !S_ISDIR(opened.status.st_mode)) {
        return Fault{FaultCode::file_error,
                     shown + " is neither a file nor a folder and cannot be sent."};
    }
    const std::string name = root_name(opened.path);
    if (auto safe = make_safe_component(name); !safe) return safe.fault();
    auto offered = offered_name(name, root_names_);
    if (!offered) return Fault{FaultCode::bad_name, shown + " cannot be sent under any name."};
    opened.offered = std::move(*offered);
    return opened;
}

Result<void> Inspection::add(const Chosen& chosen) {
    tree_.chosen.push_back(chosen.path);
    if (auto added = add_entry(chosen.offered, {}, chosen.status); !added) return added;
    if (!S_ISDIR(chosen.status.st_mode)) return {};
    return add_folder(chosen.offered, {}, chosen.file.number());
}

Result<void> Inspection::add_chosen(const std::filesystem::path& chosen) {
    const auto opened = open_chosen(chosen);
    return opened ? add(*opened) : opened.fault();
}

Result<void> Inspection::add_what_can_be_sent(const std::vector<std::filesystem::path>& chosen) {
    std::optional<Fault> first;
    for (const auto& path : chosen) {
        const auto opened = open_chosen(path);
        if (opened) {
            if (auto added = add(*opened); !added) return added;
            continue;
        }
        if (opened.fault().is_passing || !is_anything(path)) return opened.fault();
        if (!first) first = opened.fault();
        leave_out_chosen(absolute_source(path));
    }
    return is_empty() && first ? Result<void>(*first) : Result<void>();
}

void Inspection::keep_name_of(const std::filesystem::path& chosen) {
    (void)offered_name(root_name(chosen), root_names_);
}

Result<void> Inspection::add_folder(const std::string& offered, const std::string& own,
                                    int folder_fd) {
    const auto names = names_in(folder_fd, offered);
    if (is_passing(names)) return names.fault();
    if (!names) {
        leave_out(offered + "/");
        return {};
    }
    std::set<std::string> taken;
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
                                   std::set<std::string>& taken) {
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
        const Fault fault = file_fault("Cannot read", offered_path, errno);
        if (fault.is_passing) return fault;
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
        return too_many_names();
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
                                                    std::set<std::string>& taken) {
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
    if (tree_.manifest.left_out < limits::offer_entries_max) ++tree_.manifest.left_out;
    if (tree_.manifest.left_out_names.size() < wire::left_out_names_max) {
        tree_.manifest.left_out_names.push_back(escape_for_display(offered));
    }
}

Result<SourceTree> Inspection::finish() {
    if (auto completed = complete_manifest(tree_.manifest); !completed) return completed.fault();
    return std::move(tree_);
}

/// Puts what there is now into the places of an agreed list.
class NextVersion {
  public:
    NextVersion(const SourceTree& agreed, const SourceTree& now);

    /// Nothing when there is something that was not on that list, or no file is left of it.
    std::optional<SourceTree> make();

  private:
    void put(std::uint32_t index);
    void put_current(std::uint32_t index, std::uint32_t place);
    void put_gone(std::uint32_t index);

    const SourceTree& agreed_;
    const SourceTree& now_;
    std::map<std::string_view, std::uint32_t> places_;  // of paths in `now_`
    std::uint32_t found_ = 0;                           // entries of `now_` that were on the list
    SourceTree next_;
};

NextVersion::NextVersion(const SourceTree& agreed, const SourceTree& now)
    : agreed_(agreed), now_(now) {
    for (std::uint32_t place = 0; place < now_.manifest.size(); ++place) {
        places_.emplace(now_.manifest.entries[place].path, place);
    }
}

std::optional<SourceTree> NextVersion::make() {
    next_.chosen = agreed_.chosen;
    next_.wished = agreed_.wished;
    next_.unsendable = agreed_.unsendable;
    next_.manifest.version = agreed_.manifest.version + 1;
    next_.manifest.left_out = agreed_.manifest.left_out;
    next_.manifest.left_out_names = agreed_.manifest.left_out_names;
    for (std::uint32_t index = 0; index < agreed_.manifest.size(); ++index) put(index);
    if (found_ < now_.manifest.size() || !complete_manifest(next_.manifest)) return std::nullopt;
    const bool has_no_file = next_.manifest.files() == 0 && agreed_.manifest.files() > 0;
    if (has_no_file) return std::nullopt;
    return std::move(next_);
}

void NextVersion::put(std::uint32_t index) {
    const ManifestEntry& entry = agreed_.manifest.entries[index];
    const auto place = places_.find(entry.path);
    const bool is_there =
        place != places_.end() && now_.manifest.entries[place->second].is_folder == entry.is_folder;
    if (is_there) ++found_;
    // What had gone before stays so: its receiver has taken away what it had of it.
    is_there && !entry.is_gone ? put_current(index, place->second) : put_gone(index);
}

void NextVersion::put_current(std::uint32_t index, std::uint32_t place) {
    next_.manifest.entries.push_back(now_.manifest.entries[place]);
    next_.stamps.push_back(now_.stamps[place]);
    const auto own = now_.own_names.find(place);
    if (own != now_.own_names.end()) next_.own_names.emplace(index, own->second);
}

void NextVersion::put_gone(std::uint32_t index) {
    Manifest& list = next_.manifest;
    ManifestEntry entry = agreed_.manifest.entries[index];
    const bool is_news = !entry.is_gone;
    entry.is_gone = true;
    entry.bytes = 0;
    if (is_news && list.left_out < limits::offer_entries_max) ++list.left_out;
    if (is_news && list.left_out_names.size() < wire::left_out_names_max) {
        list.left_out_names.push_back(escape_for_display(entry.path));
    }
    list.entries.push_back(std::move(entry));
    next_.stamps.emplace_back();
}

/// Whether the yes to one list covers the next version of it, too.
bool is_agreed_to(const Manifest& before, const Manifest& next, std::uint64_t bytes_max) {
    return !lets_more_be_run(before, next) && next.bytes <= bytes_max;
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

Result<SourceTree> inspect_again(const SourceTree& agreed, std::uint64_t bytes_max,
                                 const std::atomic<bool>& is_given_up) {
    Inspection inspection(is_given_up);
    for (const auto& path : agreed.chosen) {
        if (is_gone(path)) {
            inspection.keep_name_of(path);
        } else if (auto added = inspection.add_chosen(path); !added) {
            return added.fault();
        }
    }
    if (inspection.is_empty())
        return inspect_sources(agreed.chosen, agreed.unsendable, is_given_up);
    auto next_chosen = agreed.chosen.begin();  // what was left out lies between these
    for (const auto& path : agreed.wished) {
        if (next_chosen != agreed.chosen.end() && *next_chosen == path) {
            ++next_chosen;
        } else {
            inspection.leave_out_chosen(path);
        }
    }
    auto now = inspection.finish();
    if (!now) return now;
    now->wished = agreed.wished;
    now->unsendable = agreed.unsendable;
    auto next = NextVersion(agreed, *now).make();
    if (!next || !is_agreed_to(agreed.manifest, next->manifest, bytes_max)) return now;
    return std::move(*next);
}

Result<SourceTree> inspect_sources(const std::vector<std::filesystem::path>& chosen,
                                   Unsendable unsendable, const std::atomic<bool>& is_given_up) {
    if (chosen.empty()) return Fault{FaultCode::bad_request, "No file was chosen."};
    Inspection inspection(is_given_up);
    if (unsendable == Unsendable::left_out) {
        if (auto added = inspection.add_what_can_be_sent(chosen); !added) return added.fault();
    } else {
        for (const auto& path : chosen) {
            if (auto added = inspection.add_chosen(path); !added) return added.fault();
        }
    }
    auto tree = inspection.finish();
    if (!tree) return tree;
    tree->unsendable = unsendable;
    for (const auto& path : chosen) tree->wished.push_back(absolute_source(path));
    return tree;
}

}  // namespace dropline
