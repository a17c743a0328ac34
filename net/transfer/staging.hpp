// Where a transfer lies until it is whole: "NAME.part" for a file at the top, a hidden folder for a
// folder, both in the receive folder itself, so that the final name is one rename away. Where the
// disk cannot note with a file who made it, a hidden name that holds the transfer's id does.
// Thread: bulk; blocks on the disk. Everything is opened relative to folders held open, through no
// link; it writes to nothing, and removes nothing, that this transfer did not make.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "net/api/fault.hpp"
#include "net/platform/beneath.hpp"
#include "net/platform/file_descriptor.hpp"
#include "net/transfer/receive_folder.hpp"
#include "net/transfer/receive_state.hpp"

namespace dropline {

class Staging {
  public:
    /// How what we make is told from what others make.
    enum class Marks {
        as_disk_can,  // by an attribute of it, where the disk keeps such
        none          // as if it kept none, for tests
    };

    /// All but the id must outlive it. `finished_mode`: rights of a file that is whole, as
    /// mode_of_finished_file() says.
    Staging(const TransferId& id, const ReceiveFolder& folder, const Manifest& manifest,
            ReceiveState& state, mode_t finished_mode, Marks marks = Marks::as_disk_can);

    /// Chooses free names for the roots that have none yet. file_error.
    Result<void> choose_names();

    /// Opens entry `index` (a file of `root`) for writing at its end, with its first `bytes_kept`
    /// bytes left as they are and the rest gone. Makes it, and the folders above it, when it is not
    /// there. file_error, disk_full.
    Result<FileDescriptor> open_for_writing(std::uint32_t root, std::uint32_t index,
                                            std::uint64_t bytes_kept);
    /// True when something that we made for this root is there, under the name that is known or
    /// under that which it was made with. A passing file_error when it cannot be looked at now:
    /// what is stored is too much to be given up for that.
    Result<bool> find_staged(std::uint32_t root);
    /// True when something in the folder says by itself, without its inode, that this transfer made
    /// it: only the folder that was used before holds such a thing.
    bool is_anything_there() const;
    enum class StoredFile {
        as_finished,
        touched,  // of its size, but not of the time that it had then
        lost      // somebody has removed it or cut it off
    };
    /// What has become of a file since `finish_file`. It is not read.
    StoredFile look_at_stored(std::uint32_t root, std::uint32_t index);
    /// What is stored of it; closed when there is nothing of ours. Fault as of find_staged.
    Result<FileDescriptor> open_stored(std::uint32_t root, std::uint32_t index);
    /// The same entry below a candidate, a file or folder that was there before; closed when it
    /// cannot be opened. A passing file_error where there is no descriptor for it now.
    Result<FileDescriptor> open_in_candidate(std::uint32_t root, std::uint32_t index) const;

    /// Time and rights of a file whose content is whole, as far as the disk keeps such.
    void finish_file(int fd, std::uint32_t index);

    /// Gives these roots, all of whose wanted files are stored, their final names: content on the
    /// disk, then the names, then the folder that holds them. What has the name already stays; the
    /// new one gets a number. Fills RootState::saved_as. file_error, disk_full; cancelled, before
    /// the first name is given, when `is_given_up`; roots that were renamed before the fault are
    /// over. What could not be written to the disk is forgotten and has to be fetched anew; a
    /// passing fault came before that.
    Result<void> publish(std::span<const std::uint32_t> roots,
                         const std::atomic<bool>& is_given_up);

    /// Removes what is staged, if it is still ours; roots that are over stay. False when a later
    /// try may remove more.
    bool remove();
    /// The same of one root. Fault as of find_staged.
    Result<void> remove_root(std::uint32_t root);
    /// Removes of a folder that is staged, and still ours, what the list calls gone: nothing of it
    /// may get a final name. Folders that others have put something into stay. file_error.
    Result<void> remove_gone(std::uint32_t root);

  private:
    Result<void> make_root_folder(std::uint32_t root);
    Result<int> parent_of(std::uint32_t root, std::uint32_t index);
    Result<void> make_folders(int root_fd, const std::string& relative);
    Result<FileDescriptor> create_root_file(std::uint32_t root);
    Result<void> create_root_folder(std::uint32_t root);
    Result<void> finish_folders(std::uint32_t root);
    Result<void> sync(std::span<const std::uint32_t> roots);
    Result<void> rename_root(std::uint32_t root);
    Result<void> remove_entry(int root_fd, const ManifestEntry& entry) const;
    /// ENOENT also where what has its name is none of ours; else what kept it from being opened,
    /// which may be over in a moment.
    OpenedFile open_root(std::uint32_t root, int flags) const;
    /// ENOENT also where the root is none of ours.
    OpenedFile open_entry(std::uint32_t root, std::uint32_t index);
    bool is_ours(std::uint32_t root, int fd) const;
    bool is_made_by_us(std::uint32_t root, const std::string& name, int fd) const;
    std::string mark_of(std::uint32_t root) const;
    bool mark(std::uint32_t root, int fd) const;
    void own(std::uint32_t root, int fd);
    std::string birth_name(std::uint32_t root) const;
    void take_over_new(std::uint32_t root, int fd);
    std::string next_free_name(const ManifestRoot& root) const;
    Fault not_saved(const std::string& path, int error_number) const;
    Fault not_synced(const std::string& path, int error_number) const;
    Fault out_of_reach(const std::string& path, int error_number) const;

    const std::string id_;
    const ReceiveFolder& folder_;
    const Manifest& manifest_;
    ReceiveState& state_;
    const mode_t finished_mode_;
    const Marks marks_;
    // Of the file opened last: files of one folder come together.
    std::optional<std::uint32_t> open_root_;
    FileDescriptor root_fd_;
    std::string parent_;
    FileDescriptor parent_fd_;
};

/// The name that is tried as number 1, 2, ... for what is staged of a root.
std::string staged_name(const ManifestRoot& root, std::size_t number);

/// Removes the folder `name` of `folder_fd` and everything in it, following no link and leaving its
/// own disk never. What cannot be removed stays: an errno, 0 when all has gone.
/// Thread: any.
int remove_tree(int folder_fd, const std::string& name);

}  // namespace dropline
