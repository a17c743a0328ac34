// Hand-overs in every state, for the tests of the window and for looking at it.
// Thread: any. Values only; the same in every run.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "net/api/command.hpp"
#include "tests/ui/made_up.hpp"

namespace dropline::made_up {

/// One of each way in which a transfer with `here` can stand still or wait.
inline std::vector<Transfer> lasting_transfers(const Peer& here, const Peer& away, WallTime now) {
    std::vector<Transfer> all;
    const auto add = [&](Direction direction, TransferState state, std::string name) -> Transfer& {
        const auto number = 2000 + static_cast<std::uint32_t>(all.size());
        all.push_back(transfer(number, here, direction, state));
        all.back().name = std::move(name);
        all.back().peer_name = here.name;
        return all.back();
    };
    Transfer& stale = add(Direction::in, TransferState::interrupted, "old backups");
    stale.peer = away.id;
    stale.peer_name = away.name;
    stale.is_stale = true;
    stale.quiet_since = now - std::chrono::days(12);
    Transfer& cut = add(Direction::in, TransferState::interrupted, "footage-2026-11");
    cut.peer = away.id;
    cut.peer_name = away.name;
    cut.files_total = 1240;
    cut.bytes_sent_again = 8'388'608;
    cut.quiet_since = now - std::chrono::minutes(3);
    cut.fault = Fault{FaultCode::disconnected,
                      "The connection to " + away.name + " ended: no sign of life for 9 seconds."};
    add(Direction::out, TransferState::paused, "lobby-render.exr").paused_by = PausedBy::us;
    add(Direction::out, TransferState::paused, "samples.zip").paused_by = PausedBy::peer;
    Transfer& full = add(Direction::in, TransferState::paused, "大厅模型-2026-11-23.blend");
    full.paused_by = PausedBy::disk;
    full.fault = Fault{FaultCode::disk_full,
                       "No room in /home/mara/Downloads: 1.4 GB are still to come and 210 MB are "
                       "free. Make room, or choose another folder."};
    Transfer& folder = add(Direction::in, TransferState::active, "drawings");
    folder.files_total = 20'000;
    folder.files_done = 6'120;
    folder.files_skipped = 12;
    folder.left_out = 2;
    folder.bottleneck = Bottleneck::receiver_disk;
    add(Direction::out, TransferState::active, "plans-final.pdf").bottleneck = Bottleneck::network;
    for (std::uint32_t place = 1; place <= 3; ++place) {
        add(Direction::out, TransferState::waiting, "part-" + std::to_string(place) + ".mov")
            .queue_place = place;
    }
    return all;
}

/// One wish to send, to everyone of `people`, each in another state.
inline std::vector<Transfer> batch_to(const std::vector<Peer>& people, std::uint32_t number) {
    constexpr std::array states{TransferState::done,    TransferState::active,
                                TransferState::failed,  TransferState::declined,
                                TransferState::offered, TransferState::interrupted,
                                TransferState::waiting, TransferState::done};
    std::vector<Transfer> all;
    for (std::uint32_t i = 0; i < people.size(); ++i) {
        const TransferState state = states[i % states.size()];
        Transfer one = transfer(number + i, people[i], Direction::out, state);
        one.batch = id<TransferId>(number);
        one.name = "timetable";
        one.files_total = 14;
        one.peer_name = people[i].name;
        if (state == TransferState::done) one.bytes_done = one.bytes_total;
        if (state == TransferState::waiting) one.queue_place = 2;
        if (state == TransferState::failed) {
            one.fault = Fault{FaultCode::file_error, "The disk of the other side failed."};
        }
        all.push_back(one);
    }
    return all;
}

/// A tree of about `files` files: folders of a hundred, every thousandth file hidden.
inline std::vector<OfferedFile> many_entries(std::uint32_t files) {
    std::vector<OfferedFile> entries{{"photos", {}, 0, false, true}};
    for (std::uint32_t i = 0; i < files; ++i) {
        const std::string folder = "photos/album " + std::to_string(i / 100);
        if (i % 100 == 0) entries.push_back({folder, {}, 0, false, true});
        const bool is_hidden = i % 1000 == 999;
        const std::string name = (is_hidden ? "/.picture-" : "/picture-") + std::to_string(i);
        entries.push_back({folder + name + ".jpg", {}, 2'000'000 + i, is_hidden, false});
    }
    return entries;
}

inline event::Offer offer_of(const std::vector<OfferedFile>& entries, const Peer& from,
                             std::uint32_t number) {
    event::Offer offer;
    offer.transfer = id<TransferId>(number);
    offer.from = from;
    offer.name = "photos";
    for (const OfferedFile& entry : entries) {
        ++(entry.is_folder ? offer.folders : offer.files);
        offer.bytes += entry.bytes;
    }
    for (const OfferedFile& entry : entries) {
        if (entry.is_risky && offer.preview.size() < 2) offer.preview.push_back(entry);
    }
    for (const OfferedFile& entry : entries) {
        if (!entry.is_risky && offer.preview.size() < 4) offer.preview.push_back(entry);
    }
    offer.free_bytes = 512'000'000'000;
    offer.default_folder = "~/Downloads";
    offer.existing = 3;
    offer.left_out = 2;
    offer.left_out_preview = {"photos/latest", "photos/album 3/socket"};
    return offer;
}

/// The answer to one command::ListOffer.
inline event::OfferEntries page_of(const std::vector<OfferedFile>& entries,
                                   const command::ListOffer& wish) {
    event::OfferEntries page;
    page.transfer = wish.transfer;
    page.first = wish.first;
    page.total = static_cast<std::uint32_t>(entries.size());
    for (std::size_t i = wish.first; i < entries.size() && page.entries.size() < wish.count; ++i) {
        page.entries.push_back(entries[i]);
    }
    return page;
}

}  // namespace dropline::made_up
