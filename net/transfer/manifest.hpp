// The list of what an offer hands over: cut into pages for the wire, judged entry by entry on
// arrival. Thread: any; values and pure functions. After acceptance this list is the only source of
// names: data frames carry an index into it, never a name.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "net/api/fault.hpp"
#include "net/api/limits.hpp"
#include "net/api/values.hpp"
#include "net/transfer/distinct_names.hpp"
#include "net/wire/messages.hpp"

namespace dropline {

/// A file or folder. Its position in the whole list, from 0, is its index.
struct ManifestEntry {
    std::string path;  // with '/' between components; received: as make_safe_path left it
    std::uint64_t bytes = 0;
    std::int64_t modified_at_s = 0;  // since 1970, UTC
    bool is_folder = false;
    bool is_executable = false;
    bool is_risky = false;  // received: hidden, runnable or read by a system
    bool is_gone = false;   // its sender has it no more; in the list for the indices, without bytes
};

/// What has a place of its own in the receiver's folder: a file, or a folder with all below it.
struct ManifestRoot {
    std::string name;
    std::uint32_t first = 0;  // its entries, which lie together
    std::uint32_t count = 0;
    bool is_folder = false;
};

struct Manifest {
    std::vector<ManifestEntry> entries;
    std::vector<ManifestRoot> roots;
    std::uint64_t bytes = 0;    // of all files
    std::uint32_t folders = 0;  // entries that are folders
    std::uint32_t gone = 0;     // entries that are neither: `is_gone`
    std::uint32_t left_out = 0;
    std::vector<std::string> left_out_names;  // the first few, escaped for display
    std::uint32_t version = 0;   // of the list of one offer; both sides must mean the same one
    std::size_t kept_bytes = 0;  // of its names, as the limits count; received: with all they hold

    std::uint32_t size() const { return static_cast<std::uint32_t>(entries.size()); }
    std::uint32_t files() const { return size() - folders - gone; }
    /// The names at the top: "A", "A, B" or "A, B +3". The same in every language.
    std::string title() const;
};

/// Of two lists of one offer: the same entries of the same kinds in the same order, whatever the
/// files hold. They may have gone since; what had gone `before` has not come back.
bool lists_nothing_new(const Manifest& before, const Manifest& now);
/// Of two such lists: whether `now` lets something be run that `before` did not.
bool lets_more_be_run(const Manifest& before, const Manifest& now);
/// How much larger than so many agreed bytes a list may become whose files change meanwhile.
constexpr std::uint64_t renewal_growth_max(std::uint64_t agreed_bytes) {
    return agreed_bytes + limits::renewal_bytes_always;
}

std::string_view first_component(std::string_view path);
/// What is left behind the first component and its slash; empty when there is only one.
std::string_view below_first_component(std::string_view path);

/// Fills `roots`, `bytes`, `folders` and `gone` from the entries. protocol_error when the entries
/// of one root do not lie together; too_large for an impossible sum.
Result<void> complete_manifest(Manifest& manifest);

/// Why nobody is asked about a list with something in it that is gone.
Fault nothing_there();

/// Cut so that each page stays below the frame limit.
class ManifestPages {
  public:
    explicit ManifestPages(const Manifest& manifest);

    std::uint32_t count() const { return static_cast<std::uint32_t>(begins_.size()); }
    wire::Offer first(const TransferId& id, std::uint32_t version) const;
    /// `page` from 1 to count() - 1.
    wire::OfferPage page(const TransferId& id, std::uint32_t version, std::uint32_t page) const;

  private:
    std::vector<wire::OfferedEntry> entries_of(std::uint32_t page) const;

    const Manifest* manifest_;
    std::vector<std::uint32_t> begins_;  // index of the first entry of each page
};

/// Takes in a received list page by page; every name is judged before anything of it is kept (A1).
class ManifestReader {
  public:
    explicit ManifestReader(const wire::Offer& offer);

    /// Faults: bad_name (which, and why), too_large, protocol_error.
    /// Two names that would be one on some disk are bad_name.
    Result<void> add(std::span<const wire::OfferedEntry> entries);
    /// The next page to ask for; 0 when all are here.
    std::uint32_t page_missing() const { return next_page_ < pages_ ? next_page_ : 0; }
    std::uint32_t version() const { return version_; }
    /// What is kept of it so far: names and 40 bytes an entry, as the limits count it.
    std::size_t kept_bytes() const { return kept_bytes_ + remark_bytes_ + names_.unlisted_bytes(); }
    /// A page that is not the one asked for changes nothing and gives false.
    Result<bool> add_page(const wire::OfferPage& page);

    /// Once no page is missing: count and sizes as announced. Faults as `add`.
    Result<Manifest> finish();

    /// What the sender had called entries whose safe path differs, escaped for display.
    const std::map<std::uint32_t, std::string>& sent_names() const { return sent_names_; }

  private:
    Manifest manifest_;
    std::map<std::uint32_t, std::string> sent_names_;
    std::uint32_t files_announced_;
    std::uint64_t bytes_announced_;
    std::uint32_t pages_;
    std::uint32_t version_;
    std::uint32_t next_page_ = 1;
    DistinctNames names_;
    std::size_t kept_bytes_ = 0;
    std::size_t remark_bytes_ = 0;  // of names as they were sent, and of what was left out
};

/// For the user: entry `index` of a list and what its sender called it.
OfferedFile offered_file(const Manifest& manifest, std::uint32_t index,
                         const std::map<std::uint32_t, std::string>& sent_names);

/// What the user sees first: risky ones, then in order, at most `limits::offer_preview_entries`.
std::vector<OfferedFile> offer_preview(const Manifest& manifest,
                                       const std::map<std::uint32_t, std::string>& sent_names);

}  // namespace dropline
