// What a profile's database holds of unfinished transfers. Nobody sends it, but disks fail and
// hands slip (D13): the blobs may be anything.
#include "net/transfer/journal.hpp"

#include <memory>
#include <string>

#include "tests/fuzz/targets.hpp"

namespace dropline::fuzz {

namespace {

/// In front of the input: direction, and the length of the first blob in two bytes.
KeptTransfer kept_from(std::string_view input) {
    Choices choices(input);
    KeptTransfer kept;
    kept.is_outgoing = choices.byte() % 2 == 1;
    const std::size_t high = choices.byte();
    const std::size_t manifest_bytes = high * 256 + choices.byte();
    const std::string_view blobs = choices.rest();
    kept.manifest = blobs.substr(0, manifest_bytes);
    kept.progress = blobs.substr(kept.manifest.size());
    kept.id = *TransferId::from_bytes(std::string(TransferId::size_bytes, 't'));
    return kept;
}

/// Written down again as transfer_book.cpp does: of what is over, no more than how it ended.
KeptTransfer kept_again(const KeptTransfer& before, TransferRecord& record) {
    KeptTransfer kept = before;
    if (record.session) record.state_blob = encode_state(*record.session);
    if (!record.shown.is_over()) kept.manifest = encode_agreed(record);
    kept.progress = encode_progress(record, record.shown.state == TransferState::done);
    return kept;
}

void check_received(const TransferRecord& record) {
    const ReceiveState& state = record.session->state();
    const Manifest& manifest = record.session->manifest();
    require(state.entries.size() == manifest.entries.size(), "every entry has a state");
    require(state.roots.size() == manifest.roots.size(), "every root has a state");
    require(state.files_wanted <= manifest.files(), "no more is wanted than was offered");
    require(state.bytes_wanted <= manifest.bytes, "no more bytes are wanted than were offered");
    require(!state.has_looked_at_disk, "what is on the disk is looked at again");
}

void check(std::string_view input) {
    const KeptTransfer kept = kept_from(input);
    const RecordPtr record = decode_kept(kept);
    if (!record) return;
    require(record->is_remembered == record->shown.is_over(), "what is over is only remembered");
    if (!record->is_remembered) {
        require(kept.is_outgoing == (record->sources != nullptr), "who sends has sources");
        require(kept.is_outgoing == (record->session == nullptr), "who receives has a session");
        if (record->session) check_received(*record);
        if (record->sources) {
            require(record->sources->stamps.size() == record->sources->manifest.size(),
                    "every entry has its stamp");
        }
    }
    const KeptTransfer once = kept_again(kept, *record);
    const RecordPtr again = decode_kept(once);
    require(again != nullptr, "what was read is read again");
    require(again->shown.state == record->shown.state, "what is over stays over as it was");
    const KeptTransfer twice = kept_again(once, *again);
    require(once.manifest == twice.manifest, "what was agreed stays as it is");
    require(once.progress == twice.progress, "progress stays as it is");
}

Manifest sample_list() {
    Manifest list;
    list.entries = {{"a", 5, 1, false, true, false},
                    {"d", 0, 2, true, false, false},
                    {"d/x", 7, -3, false, false, true},
                    {"z", 1, 4, false, false, false}};
    list.left_out = 2;
    list.left_out_names = {"d/link"};
    require(complete_manifest(list).has_value(), "the sample list is one");
    return list;
}

TransferRecord sample_record(Direction direction) {
    TransferRecord record;
    record.shown.peer_name = "小陈";
    record.shown.direction = direction;
    record.shown.bytes_done = 6;
    record.version = 2;
    return record;
}

TransferRecord received_record() {
    TransferRecord record = sample_record(Direction::in);
    const auto list = std::make_shared<const Manifest>(sample_list());
    record.manifest = list;
    ReceiveState state = ReceiveState::all_of(*list);
    state.leave_out(*list, 3);
    state.mark_stored(*list, 0);
    state.roots[0].is_over = true;
    state.roots[0].saved_as = "a (2)";
    state.roots[1].staged_as = ".d.part";
    state.roots[1].identity = FileIdentity{11, 12};
    state.roots[2].is_over = true;
    state.roots[2].saved_as = "z";
    const TransferId id = *TransferId::from_bytes(std::string(TransferId::size_bytes, 't'));
    record.session = std::make_shared<ReceiveSession>(id, "/home/anna", list, std::move(state));
    record.session->expect_folder(FileIdentity{21, 22});
    return record;
}

TransferRecord sent_record() {
    TransferRecord record = sample_record(Direction::out);
    auto sources = std::make_shared<SourceTree>();
    sources->manifest = sample_list();
    sources->chosen = {"/home/anna/a", "/home/anna/d", "/home/anna/z"};
    sources->stamps = {{5, 1, 2, 3, 4}, {}, {7, 5, 6, 7, 8}, {1, 9, 10, 11, 12}};
    sources->own_names = {{2, "X\xff"}};
    record.chosen = sources->chosen;
    record.sources = sources;
    return record;
}

std::string input_of(TransferRecord& record) {
    const KeptTransfer kept = kept_again({}, record);
    const char direction = record.is_incoming() ? '\0' : '\1';
    const std::string lengths = {direction, static_cast<char>(kept.manifest.size() / 256),
                                 static_cast<char>(kept.manifest.size() % 256)};
    return lengths + kept.manifest + kept.progress;
}

std::vector<std::string> seeds() {
    std::vector<std::string> seeds;
    using enum TransferState;
    for (const TransferState state : {interrupted, done, cancelled}) {
        TransferRecord received = received_record();
        received.shown.state = state;
        seeds.push_back(input_of(received));
        TransferRecord sent = sent_record();
        sent.shown.state = state;
        seeds.push_back(input_of(sent));
    }
    return seeds;
}

}  // namespace

Target journal() { return {"journal", 4096, check, seeds}; }

}  // namespace dropline::fuzz
