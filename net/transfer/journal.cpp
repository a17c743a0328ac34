#include "net/transfer/journal.hpp"

#include <charconv>
#include <utility>

#include "net/transfer/journal.pb.h"
#include "net/transfer/safe_name.hpp"
#include "net/transfer/staging.hpp"

namespace dropline {

namespace {

void put_entry(kept::Entry& to, const ManifestEntry& from) {
    to.set_path(from.path);
    to.set_bytes(from.bytes);
    to.set_modified_at_s(from.modified_at_s);
    to.set_is_folder(from.is_folder);
    to.set_is_executable(from.is_executable);
    to.set_is_risky(from.is_risky);
    to.set_is_gone(from.is_gone);
}

void put_source(kept::Entry& to, const SourceTree& sources, std::uint32_t index) {
    const SourceStamp& stamp = sources.stamps[index];
    to.set_inode(stamp.inode);
    to.set_device(stamp.device);
    to.set_stamp_s(stamp.modified_at_s);
    to.set_stamp_ns(stamp.modified_at_ns);
    to.set_stamp_bytes(stamp.bytes);
    if (const auto own = sources.own_names.find(index); own != sources.own_names.end()) {
        to.set_has_own_name(true);
        to.set_own_name(own->second);
    }
}

Manifest manifest_from(const kept::Agreed& from) {
    Manifest to;
    to.entries.reserve(static_cast<std::size_t>(from.entries_size()));
    for (const auto& entry : from.entries()) {
        to.entries.push_back({entry.path(), entry.bytes(), entry.modified_at_s(), entry.is_folder(),
                              entry.is_executable(), entry.is_risky(), entry.is_gone()});
    }
    to.left_out = from.left_out();
    for (const auto& name : from.left_out_names()) to.left_out_names.push_back(name);
    return to;
}

std::shared_ptr<const SourceTree> sources_from(const kept::Agreed& from, Manifest manifest) {
    auto to = std::make_shared<SourceTree>();
    to->manifest = std::move(manifest);
    for (const auto& path : from.chosen()) to->chosen.emplace_back(path);
    if (to->chosen.size() != to->manifest.roots.size()) return nullptr;
    to->wished.assign(from.wished().begin(), from.wished().end());
    if (to->wished.empty()) to->wished = to->chosen;
    if (from.leaves_out()) to->unsendable = Unsendable::left_out;
    for (int index = 0; index < from.entries_size(); ++index) {
        const auto& entry = from.entries(index);
        to->stamps.push_back({entry.stamp_bytes(), entry.stamp_s(), entry.stamp_ns(),
                              static_cast<ino_t>(entry.inode()),
                              static_cast<dev_t>(entry.device())});
        if (entry.has_own_name()) {
            to->own_names.emplace(static_cast<std::uint32_t>(index), entry.own_name());
        }
    }
    return to;
}

void mark_root_saved(ReceiveState& state, const Manifest& manifest, std::uint32_t root,
                     std::string name) {
    if (root >= manifest.roots.size()) return;
    const ManifestRoot& range = manifest.roots[root];
    state.roots[root].is_over = true;
    state.roots[root].saved_as = std::move(name);
    for (std::uint32_t index = range.first; index < range.first + range.count; ++index) {
        if (state.entries[index] == EntryState::missing) state.mark_stored(manifest, index);
    }
}

/// 2 and more when `saved_as` is the name with this number, as staging.hpp gives it; 0: it is not.
std::uint32_t number_in(const std::string& saved_as, const std::string& name) {
    constexpr std::string_view before = " (";
    for (auto at = saved_as.find(before); at != saved_as.npos; at = saved_as.find(before, at + 1)) {
        std::uint32_t number = 0;
        const char* const end = saved_as.data() + saved_as.size();
        std::from_chars(saved_as.data() + at + before.size(), end, number);
        if (number > 1 && numbered_name(name, number) == saved_as) return number;
    }
    return 0;
}

/// A list that is taken twice has a number at every name: no name of a long one may be written out.
void put_saved(kept::State& to, std::uint32_t root, const std::string& name,
               const std::string& saved_as) {
    if (saved_as == name) {
        const int size = to.saved_ranges_size();
        if (size > 0 && to.saved_ranges(size - 2) + to.saved_ranges(size - 1) == root) {
            to.set_saved_ranges(size - 1, to.saved_ranges(size - 1) + 1);
        } else {
            to.add_saved_ranges(root);
            to.add_saved_ranges(1);
        }
    } else if (const std::uint32_t number = number_in(saved_as, name); number > 0) {
        const int size = to.saved_numbered_size();
        const bool is_next = size > 0 && to.saved_numbered(size - 1) == number &&
                             to.saved_numbered(size - 3) + to.saved_numbered(size - 2) == root;
        if (is_next) {
            to.set_saved_numbered(size - 2, to.saved_numbered(size - 2) + 1);
        } else {
            for (const std::uint32_t one : {root, 1U, number}) to.add_saved_numbered(one);
        }
    } else {
        kept::Saved& saved = *to.add_saved_elsewhere();
        saved.set_root(root);
        saved.set_name(saved_as);
    }
}

void mark_range_saved(ReceiveState& state, const Manifest& manifest, std::uint32_t first,
                      std::uint32_t count, std::uint32_t number) {
    for (std::uint32_t root = first; root - first < count; ++root) {
        if (root >= manifest.roots.size()) break;
        mark_root_saved(state, manifest, root, numbered_name(manifest.roots[root].name, number));
    }
}

ReceiveState state_from(const kept::Agreed& agreed, const kept::State& from,
                        const Manifest& manifest) {
    ReceiveState state = ReceiveState::all_of(manifest);
    for (int index = 0; index < agreed.entries_size(); ++index) {
        if (agreed.entries(index).is_unwanted()) {
            state.leave_out(manifest, static_cast<std::uint32_t>(index));
        }
    }
    for (int pair = 0; pair + 1 < from.saved_ranges_size(); pair += 2) {
        mark_range_saved(state, manifest, from.saved_ranges(pair), from.saved_ranges(pair + 1), 1);
    }
    for (int three = 0; three + 2 < from.saved_numbered_size(); three += 3) {
        mark_range_saved(state, manifest, from.saved_numbered(three),
                         from.saved_numbered(three + 1), from.saved_numbered(three + 2));
    }
    for (const auto& saved : from.saved_elsewhere()) {
        mark_root_saved(state, manifest, saved.root(), saved.name());
    }
    for (std::size_t root = 0; root < state.roots.size(); ++root) {
        state.roots[root].staged_as = staged_name(manifest.roots[root], 1);
        state.roots[root].is_from_journal = true;
    }
    for (const auto& staged : from.staged()) {
        if (staged.root() >= state.roots.size()) continue;
        RootState& root = state.roots[staged.root()];
        root.staged_as = staged.name();
        if (staged.inode() != 0) {
            root.identity = FileIdentity{static_cast<dev_t>(staged.device()),
                                         static_cast<ino_t>(staged.inode()), staged.born_at_ns()};
        }
    }
    state.bytes_stored = from.bytes_stored();
    state.bytes_sent_again = from.bytes_sent_again();
    return state;
}

void show_kept(Transfer& shown, const KeptTransfer& kept, const kept::Agreed& agreed,
               const kept::Progress& progress) {
    shown.id = kept.id;
    shown.peer = kept.peer;
    shown.peer_name = agreed.peer_name();
    if (const auto batch = TransferId::from_bytes(agreed.batch())) shown.batch = *batch;
    shown.direction = kept.is_outgoing ? Direction::out : Direction::in;
    shown.bytes_done = progress.bytes_done();
    shown.files_done = progress.files_done();
    const bool is_cancelled = kept.is_outgoing && progress.is_cancelled();
    shown.state = progress.is_done() ? TransferState::done
                  : is_cancelled     ? TransferState::cancelled
                                     : TransferState::interrupted;
}

/// An older version wrote down no more than the list.
void take_renewed_bytes_max(TransferRecord& to, const kept::Agreed& from) {
    const std::uint64_t bytes = to.shown.bytes_total;
    to.renewed_bytes_max =
        from.has_renewed_bytes_max() ? from.renewed_bytes_max() : bytes + renewal_growth_max(bytes);
}

}  // namespace

std::string encode_agreed(const TransferRecord& record) {
    kept::Agreed agreed;
    const Manifest& manifest = record.sources ? record.sources->manifest : *record.manifest;
    for (std::uint32_t index = 0; index < manifest.size(); ++index) {
        kept::Entry& entry = *agreed.add_entries();
        put_entry(entry, manifest.entries[index]);
        if (record.sources) put_source(entry, *record.sources, index);
        if (record.session) {
            entry.set_is_unwanted(record.session->state().entries[index] == EntryState::unwanted);
        }
    }
    agreed.set_left_out(manifest.left_out);
    for (const auto& name : manifest.left_out_names) agreed.add_left_out_names(name);
    if (record.sources) {
        for (const auto& path : record.sources->chosen) agreed.add_chosen(path.string());
        agreed.set_leaves_out(record.unsendable == Unsendable::left_out);
        const bool is_all_sent = record.chosen == record.sources->chosen;
        if (!is_all_sent) {
            for (const auto& path : record.chosen) agreed.add_wished(path.string());
        }
    }
    if (record.session) agreed.set_into(record.session->into().string());
    agreed.set_peer_name(record.shown.peer_name);
    agreed.set_batch(std::string(record.shown.batch.as_bytes()));
    agreed.set_version(record.version);
    agreed.set_agreed_under(std::string(record.agreed_under.as_bytes()));
    agreed.set_rule_bytes_max(record.rule_bytes_max);
    agreed.set_renewed_bytes_max(record.renewed_bytes_max);
    if (record.sources) {
        agreed.set_files_wanted(record.shown.files_total);
        agreed.set_bytes_wanted(record.shown.bytes_total);
        agreed.set_is_unanswered(!record.is_accepted);
    }
    return agreed.SerializeAsString();
}

std::string encode_state(const ReceiveSession& session) {
    kept::State to;
    const ReceiveState& state = session.state();
    const auto& roots = session.manifest().roots;
    for (std::uint32_t root = 0; root < state.roots.size(); ++root) {
        const RootState& from = state.roots[root];
        if (from.is_over) {
            put_saved(to, root, roots[root].name, from.saved_as);
        } else if (from.identity ||
                   (!from.staged_as.empty() && from.staged_as != staged_name(roots[root], 1))) {
            kept::Staged& staged = *to.add_staged();
            staged.set_root(root);
            staged.set_name(from.staged_as);
            if (from.identity) {
                staged.set_device(from.identity->device);
                staged.set_inode(from.identity->inode);
                staged.set_born_at_ns(from.identity->born_at_ns);
            }
        }
    }
    to.set_bytes_stored(state.bytes_stored);
    to.set_bytes_sent_again(state.bytes_sent_again);
    to.set_files_stored(state.files_stored);
    if (const auto& folder = session.folder_identity()) {
        to.set_has_folder(true);
        to.set_folder_device(folder->device);
        to.set_folder_inode(folder->inode);
        to.set_folder_born_at_ns(folder->born_at_ns);
    }
    return to.SerializeAsString();
}

std::string encode_progress(const TransferRecord& record, bool is_done) {
    kept::Progress progress;
    progress.set_is_paused_by_us(record.is_paused_by_us);
    progress.set_is_done(is_done);
    progress.set_is_cancelled(record.shown.state == TransferState::cancelled || record.ending);
    progress.set_bytes_done(is_done ? record.shown.bytes_total : record.shown.bytes_done);
    progress.set_files_done(is_done ? record.shown.files_total : record.shown.files_done);
    if (!is_done) progress.set_state(record.state_blob);
    return progress.SerializeAsString();
}

RecordPtr decode_kept(const KeptTransfer& kept) {
    kept::Agreed agreed;
    kept::Progress progress;
    if (!agreed.ParseFromString(kept.manifest) || !progress.ParseFromString(kept.progress)) {
        return nullptr;
    }
    auto record = std::make_shared<TransferRecord>();
    show_kept(record->shown, kept, agreed, progress);
    record->quiet_since = kept.touched_at;
    record->is_kept = true;
    record->is_accepted = !agreed.is_unanswered();
    record->is_said = agreed.is_unanswered();
    record->is_paused_by_us = progress.is_paused_by_us();
    record->version = agreed.version();
    record->agreed_under = PeerId::from_bytes(agreed.agreed_under()).value_or(PeerId{});
    record->rule_bytes_max = agreed.rule_bytes_max();
    record->is_remembered = record->shown.is_over();
    if (record->is_remembered) return record;
    record->is_left_behind = progress.is_cancelled();
    Manifest manifest = manifest_from(agreed);
    manifest.version = agreed.version();
    if (manifest.entries.empty() || !complete_manifest(manifest)) return nullptr;
    record->shown.name = manifest.title();
    record->shown.left_out = manifest.left_out;
    if (kept.is_outgoing) {
        const bool is_known = agreed.has_files_wanted() && agreed.has_bytes_wanted();
        record->shown.files_total = is_known ? agreed.files_wanted() : manifest.files();
        record->shown.bytes_total = is_known ? agreed.bytes_wanted() : manifest.bytes;
        record->sources = sources_from(agreed, std::move(manifest));
        if (!record->sources) return nullptr;
        take_renewed_bytes_max(*record, agreed);
        record->chosen = record->sources->wished;
        record->unsendable = record->sources->unsendable;
        return record;
    }
    kept::State state;
    if (!state.ParseFromString(progress.state())) return nullptr;
    record->state_blob = progress.state();
    auto shared = std::make_shared<const Manifest>(std::move(manifest));
    ReceiveState received = state_from(agreed, state, *shared);
    record->shown.files_total = received.files_wanted;
    record->shown.bytes_total = received.bytes_wanted;
    take_renewed_bytes_max(*record, agreed);
    record->manifest = shared;
    record->is_announced = true;
    record->session =
        std::make_shared<ReceiveSession>(kept.id, agreed.into(), shared, std::move(received));
    if (state.has_folder()) {
        record->session->expect_folder(FileIdentity{static_cast<dev_t>(state.folder_device()),
                                                    static_cast<ino_t>(state.folder_inode()),
                                                    state.folder_born_at_ns()});
    }
    return record;
}

}  // namespace dropline
