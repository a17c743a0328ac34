#include "tests/transfer/reception.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <memory>
#include <thread>

#include "net/transfer/journal.hpp"
#include "net/transfer/source_reader.hpp"
#include "tests/transfer/scripted_channel.hpp"

namespace dropline::tests {

namespace {

const std::atomic<bool> never{false};

ReceiveFolder open_target(const std::filesystem::path& into, ReceiveFolder::SpaceProbe probe) {
    auto opened = probe ? ReceiveFolder::open(into, std::move(probe)) : ReceiveFolder::open(into);
    REQUIRE(opened);
    return std::move(*opened);
}

PeerId somebody() { return *PeerId::from_bytes(std::string(PeerId::size_bytes, 'p')); }

}  // namespace

SourceTree sources_of(const std::vector<std::filesystem::path>& chosen) {
    auto sources = inspect_sources(chosen, Unsendable::refused, never);
    REQUIRE(sources);
    return std::move(*sources);
}

Stream stream_of(const SourceTree& sources, const TransferPlan& plan) {
    Stream stream;
    stream.result = SourceReader(sources, plan, [&](std::span<const std::byte> block) {
                        stream.bytes += text_of(block);
                        return Result<void>();
                    }).run();
    return stream;
}

std::vector<std::size_t> frame_ends(const std::string& stream) {
    std::vector<std::size_t> ends;
    const auto bytes = bytes_of(stream);
    for (std::size_t at = 0; at < stream.size();) {
        const auto header =
            decode_data_header(bytes.subspan(at, data_header_bytes).first<data_header_bytes>());
        REQUIRE(header);
        at += data_header_bytes + header->payload_bytes;
        ends.push_back(at);
    }
    return ends;
}

Manifest list_of(const std::vector<std::pair<std::string, std::uint64_t>>& entries) {
    Manifest manifest;
    for (const auto& [path, bytes] : entries) {
        const bool is_folder = path.ends_with('/');
        manifest.entries.push_back({.path = is_folder ? path.substr(0, path.size() - 1) : path,
                                    .bytes = bytes,
                                    .is_folder = is_folder});
    }
    REQUIRE(complete_manifest(manifest));
    return manifest;
}

Manifest without(Manifest manifest, const std::vector<std::string>& gone) {
    ++manifest.version;
    for (ManifestEntry& entry : manifest.entries) {
        if (std::ranges::find(gone, entry.path) == gone.end()) continue;
        entry.is_gone = true;
        entry.bytes = 0;
    }
    REQUIRE(complete_manifest(manifest));
    return manifest;
}

Manifest as_received(const Manifest& offered) {
    const ManifestPages pages(offered);
    const wire::Offer first = pages.first({}, offered.version);
    ManifestReader reader(first);
    REQUIRE(reader.add(first.entries));
    while (reader.page_missing() != 0) {
        const auto added = reader.add_page(pages.page({}, offered.version, reader.page_missing()));
        REQUIRE(added);
        REQUIRE(*added);
    }
    auto manifest = reader.finish();
    REQUIRE(manifest);
    return std::move(*manifest);
}

Result<void> prepare(ReceiveSession& session, const std::atomic<bool>& is_given_up) {
    Result<void> prepared;
    std::thread([&] { prepared = session.prepare(is_given_up); }).join();
    return prepared;
}

Result<void> receive(ReceiveSession& session, BulkChannel& channel, RateGate& gate,
                     const std::atomic<bool>& is_interrupted, ReceiveObserver& observer) {
    Result<void> received;
    std::thread([&] {
        received = session.receive(channel, gate, is_interrupted, observer);
    }).join();
    return received;
}

void remove_staged(ReceiveSession& session) {
    std::thread([&] { session.remove_staged(); }).join();
}

Reception::Reception(std::filesystem::path into_folder, Manifest accepted,
                     ReceiveFolder::SpaceProbe probe)
    : id(random_id<TransferId>()),
      into(std::move(into_folder)),
      manifest(std::move(accepted)),
      state(ReceiveState::all_of(manifest)),
      target_(open_target(into, std::move(probe))) {}

Result<void> Reception::prepare() {
    staging_ = std::make_unique<Staging>(id, target_, manifest, state, finished_mode, marks);
    auto prepared = prepare_receive(target_, manifest, *staging_, state, never);
    if (!prepared) return prepared.fault();
    plan = std::move(*prepared);
    return {};
}

Result<void> Reception::take(std::string_view stream, std::size_t portion_bytes) {
    ReceiveSink sink(target_, manifest, plan, *staging_, state, is_interrupted,
                     {[] {}, [] {}, [](Bottleneck) {}});
    if (auto begun = sink.begin(); !begun) return begun;
    Result<void> taken;
    while (!stream.empty() && taken) {
        const std::size_t count = std::min(portion_bytes, stream.size());
        taken = sink.take(std::as_bytes(std::span(stream.substr(0, count))));
        stream.remove_prefix(count);
    }
    has_all_ = sink.has_all();
    return taken;
}

Result<void> Reception::receive_all_from(const SourceTree& sources) {
    if (auto prepared = prepare(); !prepared) return prepared;
    const Stream stream = stream_of(sources, plan);
    if (!stream.result) return stream.result;
    return take(stream.bytes);
}

bool Reception::renew(const Manifest& newer) {
    ReceiveSession session(id, into, std::make_shared<const Manifest>(manifest), state);
    const bool is_renewed =
        session.renew(std::make_shared<const Manifest>(newer), limits::file_bytes_max);
    staging_.reset();
    manifest = session.manifest();
    state = session.state();
    return is_renewed;
}

void Reception::restart(bool is_identity_kept) {
    TransferRecord record;
    record.shown.id = id;
    record.manifest = std::make_shared<const Manifest>(manifest);
    record.session = std::make_shared<ReceiveSession>(id, into, record.manifest, state);
    record.state_blob = encode_state(*record.session);
    const KeptTransfer kept{.id = id,
                            .peer = somebody(),
                            .created_at = {},
                            .touched_at = {},
                            .manifest = encode_agreed(record),
                            .progress = encode_progress(record, false)};
    const RecordPtr again = decode_kept(kept);
    REQUIRE(again);
    staging_.reset();
    manifest = again->session->manifest();
    state = again->session->state();
    plan = {};
    if (is_identity_kept) return;
    for (RootState& root : state.roots) root.identity.reset();
}

void Reception::remove_staged() {
    Staging(id, target_, manifest, state, finished_mode, marks).remove();
}

}  // namespace dropline::tests
