#include "net/transfer/manifest.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <malloc.h>

#include <algorithm>
#include <limits>
#include <string>

#include "net/api/limits.hpp"
#include "net/api/safe_text.hpp"
#include "net/wire/codec.hpp"
#include "net/wire/frame.hpp"
#include "tests/transfer/failure.hpp"
#include "tests/transfer/hostile_names.hpp"
#include "tests/transfer/reception.hpp"

using namespace dropline;
using namespace dropline::tests;

namespace {

const TransferId transfer = *TransferId::from_bytes(std::string(TransferId::size_bytes, 't'));

/// The message as the other side reads it.
template <typename Kind>
Kind over_the_wire(const Kind& message) {
    wire::FrameParser parser;
    const auto encoded = wire::encode(message);
    REQUIRE(encoded);
    parser.push(std::as_bytes(std::span(*encoded)));
    const auto frame = parser.next();
    REQUIRE(frame);
    REQUIRE(*frame);
    const auto decoded = wire::decode(**frame);
    REQUIRE(decoded);
    return std::get<Kind>(*decoded);
}

/// Every page through the wire, as the receiver asks for them.
Result<Manifest> handed_over(const Manifest& manifest) {
    const ManifestPages pages(manifest);
    const wire::Offer first = over_the_wire(pages.first(transfer, 7));
    ManifestReader reader(first);
    if (auto added = reader.add(first.entries); !added) return added.fault();
    while (reader.page_missing() != 0) {
        const auto page = over_the_wire(pages.page(transfer, 7, reader.page_missing()));
        const auto added = reader.add_page(page);
        if (!added) return added.fault();
        REQUIRE(*added);
    }
    return reader.finish();
}

/// What a receiver makes of a list that no honest sender made.
Result<Manifest> read_list(const std::vector<wire::OfferedEntry>& entries) {
    wire::Offer offer;
    offer.files = static_cast<std::uint32_t>(entries.size());
    for (const auto& entry : entries) offer.bytes += entry.bytes;
    ManifestReader reader(offer);
    if (auto added = reader.add(entries); !added) return added.fault();
    return reader.finish();
}

Result<Manifest> read_names(const std::vector<std::string>& names) {
    std::vector<wire::OfferedEntry> entries;
    for (const auto& name : names) {
        const bool is_folder = name.ends_with('/');
        entries.push_back(
            {.name = name.substr(0, name.size() - (is_folder ? 1 : 0)), .is_folder = is_folder});
    }
    return read_list(entries);
}

/// A folder of so many files.
Manifest many(std::uint32_t files) {
    std::vector<std::pair<std::string, std::uint64_t>> entries = {{"photos/", 0}};
    for (std::uint32_t i = 0; i < files; ++i) {
        entries.emplace_back("photos/" + std::to_string(i) + ".jpg", i);
    }
    return list_of(entries);
}

}  // namespace

TEST_CASE("A list arrives as it was sent") {
    Manifest sent = list_of({{"d/", 0}, {"d/a", 5}, {"d/b/", 0}, {"d/b/c.sh", 7}, {"单.txt", 1}});
    sent.entries[1].modified_at_s = -77;
    sent.entries[3].is_executable = true;
    sent.left_out = 3;
    sent.left_out_names = {"d/link", "d/socket"};
    const auto received = handed_over(sent);
    REQUIRE(received);
    REQUIRE(received->size() == 5);
    for (std::uint32_t index = 0; index < 5; ++index) {
        CAPTURE(index);
        CHECK(received->entries[index].path == sent.entries[index].path);
        CHECK(received->entries[index].bytes == sent.entries[index].bytes);
        CHECK(received->entries[index].modified_at_s == sent.entries[index].modified_at_s);
        CHECK(received->entries[index].is_folder == sent.entries[index].is_folder);
        CHECK(received->entries[index].is_executable == sent.entries[index].is_executable);
    }
    CHECK(received->bytes == 13);
    CHECK(received->folders == 2);
    CHECK(received->files() == 3);
    CHECK(received->left_out == 3);
    CHECK(received->left_out_names == sent.left_out_names);
    REQUIRE(received->roots.size() == 2);
    CHECK(received->roots[0].name == "d");
    CHECK(received->roots[0].count == 4);
    CHECK(received->roots[0].is_folder);
    CHECK(received->roots[1].first == 4);
    CHECK_FALSE(received->roots[1].is_folder);
    CHECK(received->title() == "d, 单.txt");
    CHECK(received->entries[3].is_risky);
}

TEST_CASE("A list of 100,000 files arrives in pages that each fit into a frame") {
    const Manifest sent = many(100'000);
    const ManifestPages pages(sent);
    CHECK(pages.count() > 10);
    CHECK(pages.count() <= wire::offer_pages_max);
    const auto received = handed_over(sent);
    REQUIRE(received);
    CHECK(received->size() == 100'001);
    CHECK(received->bytes == sent.bytes);
    CHECK(received->entries.back().path == "photos/99999.jpg");
    CHECK(received->roots.size() == 1);
}

TEST_CASE(
    "The longest paths, largest numbers and most names of what is left out fit into a frame") {
    Manifest sent;
    const std::string folder = std::string(200, 'd');
    for (int i = 0; i < 500; ++i) {
        std::string path = folder;
        while (path.size() + 201 < limits::path_bytes_max - 10) path += "/" + std::string(200, 'p');
        path += "/" + std::to_string(i);
        path += std::string(limits::path_bytes_max - path.size(), 'x');
        sent.entries.push_back({.path = path,
                                .bytes = i == 0 ? limits::file_bytes_max : 0,
                                .modified_at_s = std::numeric_limits<std::int64_t>::min(),
                                .is_executable = true});
    }
    REQUIRE(complete_manifest(sent));
    sent.left_out = limits::offer_entries_max;
    sent.left_out_names.assign(wire::left_out_names_max + 5, std::string(2000, 'l'));
    const auto received = handed_over(sent);
    REQUIRE(received);
    CHECK(received->size() == 500);
    CHECK(received->left_out_names.size() == wire::left_out_names_max);
}

TEST_CASE("B1: names of what is left out may be long in any script") {
    Manifest sent = list_of({{"文件夹/", 0}});
    const std::size_t ascii_in_front = GENERATE(0UL, 1UL, 2UL);
    std::string name(ascii_in_front, 'a');
    for (int i = 0; i < 90; ++i) name += "链";
    sent.left_out = 1;
    sent.left_out_names = {name};
    const ManifestPages pages(sent);
    wire::FrameParser parser;
    const auto encoded = wire::encode(pages.first(transfer, 0));
    REQUIRE(encoded);
    parser.push(std::as_bytes(std::span(*encoded)));
    const auto frame = parser.next();
    REQUIRE(frame);
    REQUIRE(*frame);
    CHECK(wire::decode(**frame));
}

TEST_CASE("A page is taken once, in its turn, and of the right version") {
    const Manifest sent = many(10'000);
    const ManifestPages pages(sent);
    REQUIRE(pages.count() > 3);
    const wire::Offer first = pages.first(transfer, 7);
    ManifestReader reader(first);
    REQUIRE(reader.add(first.entries));
    const auto is_taken = [&](std::uint32_t page, std::uint32_t version) {
        const auto added = reader.add_page(pages.page(transfer, version, page));
        REQUIRE(added);
        return *added;
    };
    CHECK(reader.page_missing() == 1);
    CHECK_FALSE(is_taken(2, 7));
    CHECK_FALSE(is_taken(1, 6));
    CHECK_FALSE(is_taken(1, 8));
    CHECK(is_taken(1, 7));
    CHECK_FALSE(is_taken(1, 7));
    CHECK(reader.page_missing() == 2);
    for (std::uint32_t page = 2; page < pages.count(); ++page) CHECK(is_taken(page, 7));
    CHECK(reader.page_missing() == 0);
    const auto added = reader.add_page({transfer, pages.count(), {}, 7});
    REQUIRE(added);
    CHECK_FALSE(*added);
    CHECK(reader.finish());
}

TEST_CASE("A list that ends before its last page is not what was announced") {
    const Manifest sent = many(10'000);
    const wire::Offer first = ManifestPages(sent).first(transfer, 0);
    ManifestReader reader(first);
    REQUIRE(reader.add(first.entries));
    CHECK(code_of(reader.finish()) == FaultCode::protocol_error);
}

TEST_CASE("Counts and sizes that do not match what was announced are refused") {
    wire::Offer offer;
    offer.files = 2;
    offer.bytes = 7;
    offer.entries = {{.name = "a", .bytes = 3}, {.name = "b", .bytes = 4}};
    const auto read = [](const wire::Offer& said) {
        ManifestReader reader(said);
        REQUIRE(reader.add(said.entries));
        return reader.finish();
    };
    CHECK(read(offer));
    SECTION("fewer") { offer.files = 3; }
    SECTION("more") { offer.files = 1; }
    SECTION("larger") { offer.bytes = 8; }
    SECTION("smaller") { offer.bytes = 6; }
    SECTION("a folder is counted as what it is: one of the list") {
        offer.entries.push_back({.name = "d", .is_folder = true});
    }
    CHECK(code_of(read(offer)) == FaultCode::protocol_error);
}

TEST_CASE("What is gone is neither a file nor a folder, and in no first list") {
    const Manifest list = without(
        list_of({{"d/", 0}, {"d/a", 5}, {"d/b/", 0}, {"d/b/c", 7}, {"e", 1}}), {"d/b", "d/b/c"});
    CHECK(list.files() == 2);
    CHECK(list.folders == 1);
    CHECK(list.gone == 2);
    CHECK(list.bytes == 6);
    const auto received = handed_over(list);
    REQUIRE(received);
    CHECK(received->files() == 2);
    CHECK(received->entries[3].is_gone);
    CHECK_FALSE(received->entries[4].is_gone);
    const auto first = read_list({{.name = "a"}, {.name = "b", .is_gone = true}});
    CHECK(code_of(first) == FaultCode::protocol_error);
}

TEST_CASE("A newer list of the same may lack what was on it, and brings nothing back") {
    const Manifest list = list_of({{"a", 5}, {"b", 7}});
    const Manifest newer = without(list, {"a"});
    CHECK(lists_nothing_new(list, list));
    CHECK(lists_nothing_new(list, newer));
    CHECK(lists_nothing_new(newer, newer));
    CHECK(lists_nothing_new(newer, without(newer, {"b"})));
    CHECK_FALSE(lists_nothing_new(newer, list));
    CHECK_FALSE(lists_nothing_new(list, list_of({{"a", 5}})));
    CHECK_FALSE(lists_nothing_new(list, list_of({{"b", 7}, {"a", 5}})));
    CHECK_FALSE(lists_nothing_new(list, list_of({{"a/", 0}, {"b", 7}})));
}

TEST_CASE("A24: sizes whose sum no disk can hold are refused, whatever the sum seems to be") {
    const std::uint64_t half = limits::file_bytes_max / 2 + 1;
    CHECK(code_of(read_list({{.name = "a", .bytes = half}, {.name = "b", .bytes = half}})) ==
          FaultCode::too_large);
    // Together they are zero again for whoever adds without looking.
    std::vector<wire::OfferedEntry> wraps;
    wraps.reserve(4);
    for (int i = 0; i < 4; ++i) {
        wraps.push_back({.name = std::to_string(i), .bytes = limits::file_bytes_max});
    }
    CHECK(code_of(read_list(wraps)) == FaultCode::too_large);
    CHECK(read_list({{.name = "a", .bytes = limits::file_bytes_max}}));
}

/// Names of files, one after the other, until a list takes no more: too large.
template <typename NameOf>
std::size_t bytes_taken(const NameOf& name_of) {
    ManifestReader reader(wire::Offer{});
    std::size_t bytes = 0;
    for (std::size_t number = 0; number < limits::offer_entries_max; ++number) {
        const std::vector<wire::OfferedEntry> one = {{.name = name_of(number)}};
        const auto added = reader.add(one);
        if (!added) {
            CHECK(added.fault().code == FaultCode::too_large);
            return bytes;
        }
        bytes += one.front().name.size();
    }
    FAIL("the list took everything");
    return bytes;
}

TEST_CASE("A25: a list that never ends costs no more than its limit") {
    wire::Offer offer;
    offer.files = limits::offer_entries_max;
    offer.pages = wire::offer_pages_max;
    ManifestReader reader(offer);
    const auto before = mallinfo2().uordblks;
    std::uint32_t entries = 0;
    while (true) {
        const std::vector<wire::OfferedEntry> one = {{.name = std::to_string(entries)}};
        if (!reader.add(one)) break;
        REQUIRE(++entries <= limits::offer_entries_max);
    }
    CHECK(entries == limits::offer_entries_max);
    CHECK(mallinfo2().uordblks - before < 64 * 1024 * 1024);
}

TEST_CASE("A25: long names end a list earlier") {
    const std::string rest(1000, 'n');
    const std::size_t bytes =
        bytes_taken([&](std::size_t number) { return std::to_string(number) + rest; });
    CHECK(bytes <= limits::offer_manifest_bytes_max);
    CHECK(bytes > limits::offer_manifest_bytes_max / 2);
}

TEST_CASE("A25: folders that only their files tell of end a list earlier, too") {
    std::string rest;
    while (rest.size() < 1000 - 64) rest += "/" + std::string(30, 'n');
    const auto before = mallinfo2().uordblks;
    const std::size_t bytes =
        bytes_taken([&](std::size_t number) { return std::to_string(number) + rest; });
    CHECK(bytes > limits::offer_manifest_bytes_max / 8);
    CHECK(bytes < limits::offer_manifest_bytes_max / 2);
    CHECK(mallinfo2().uordblks - before < 64 * 1024 * 1024);
}

TEST_CASE("A25: a folder for each file is nothing special") {
    DistinctNames names;
    for (int i = 0; i < 1000; ++i) REQUIRE(names.add("d" + std::to_string(i) + "/f", false));
    CHECK(names.unlisted_bytes() == 0);
    REQUIRE(names.add("x/y/f", false));
    CHECK(names.unlisted_bytes() > 0);
}

TEST_CASE("A1 A2 A3 A13 A19 A20 A22 A23: one hostile name refuses the list or is made safe") {
    const HostileName& name = GENERATE(from_range(hostile_names()));
    INFO(escape_for_display(name.sent));
    wire::Offer offer;
    offer.files = 2;
    offer.entries = {{.name = "harmless"}, {.name = name.sent}};
    ManifestReader reader(offer);
    const auto added = reader.add(offer.entries);
    REQUIRE(added.has_value() == name.safe.has_value());
    if (!added) {
        CHECK(added.fault().code == FaultCode::bad_name);
        return;
    }
    const bool was_changed = *name.safe != name.sent;
    CHECK(reader.sent_names().contains(1) == was_changed);
    if (was_changed) CHECK(reader.sent_names().at(1) == escape_for_display(name.sent));
    const auto list = reader.finish();
    REQUIRE(list);
    CHECK(list->entries[1].path == *name.safe);
    CHECK(list->entries[1].is_risky == name.is_risky);
}

TEST_CASE("A12: names that would be one on some disk are refused together") {
    const auto names = GENERATE(
        std::vector<std::string>{"a", "a"}, std::vector<std::string>{"A", "a"},
        std::vector<std::string>{"\u00e9", "e\u0301"}, std::vector<std::string>{"a?", "a*"},
        std::vector<std::string>{"a", "a/b"}, std::vector<std::string>{"d/a", "d/a/b"},
        std::vector<std::string>{"d/x", "d/X"}, std::vector<std::string>{"d/", "d"},
        std::vector<std::string>{"d/", "d/"}, std::vector<std::string>{"con", "_con"});
    CHECK_FALSE(read_names(names));
}

TEST_CASE("A12: two folders that some disk takes for one are not mixed, listed or not") {
    CHECK_FALSE(read_names({"r/A/x", "r/a/y"}));
    CHECK_FALSE(read_names({"r/", "r/A/", "r/A/x", "r/a/y"}));
}

TEST_CASE("What belongs to one folder has to lie together") {
    CHECK(code_of(read_names({"a/x", "b", "a/y"})) == FaultCode::protocol_error);
    CHECK(code_of(read_names({"a/", "b/", "a/y"})) == FaultCode::protocol_error);
    CHECK(read_names({"a/", "a/x", "a/y", "b"}));
}

TEST_CASE("A6: what is risky is shown first, wherever it hides in the list") {
    std::vector<std::string> names;
    names.reserve(200);
    for (int i = 0; i < 200; ++i) names.push_back("f" + std::to_string(i));
    names[137] = ".config/autostart/x.desktop";
    names[150] = "run.sh";
    const auto list = read_names(names);
    REQUIRE(list);
    const auto preview = offer_preview(*list, {});
    REQUIRE(preview.size() == limits::offer_preview_entries);
    CHECK(preview[0].name == ".config/autostart/x.desktop");
    CHECK(preview[0].is_risky);
    CHECK(preview[1].name == "run.sh");
    CHECK(preview[2].name == "f0");
}

TEST_CASE("A6: a hidden folder with nothing in it is shown first, too") {
    std::vector<std::string> names{"d/"};
    for (int i = 0; i < 200; ++i) names.push_back("d/f" + std::to_string(i));
    const bool is_at_top = GENERATE(true, false);
    names.push_back(is_at_top ? ".git/" : "d/.git/");
    const auto list = read_names(names);
    REQUIRE(list);
    const auto preview = offer_preview(*list, {});
    CHECK(preview[0].name == (is_at_top ? ".git" : "d/.git"));
    CHECK(preview[0].is_folder);
    CHECK(preview[1].name == (is_at_top ? "d" : "d/f0"));
}

TEST_CASE("A6: what comes with the right to be run is risky, whatever its name") {
    const auto list = read_list({{.name = "photo.jpg"},
                                 {.name = "invoice", .is_executable = true},
                                 // Of a folder it means nothing.
                                 {.name = "d", .is_folder = true, .is_executable = true}});
    REQUIRE(list);
    CHECK_FALSE(list->entries[0].is_risky);
    CHECK(list->entries[1].is_risky);
    CHECK_FALSE(list->entries[2].is_risky);
    CHECK(offer_preview(*list, {}).front().name == "invoice");
}

TEST_CASE("B3: what its sender called a file is shown beside its safe name") {
    wire::Offer offer;
    offer.files = 1;
    offer.entries = {{.name = "photo_\u202egnp.exe"}};
    ManifestReader reader(offer);
    REQUIRE(reader.add(offer.entries));
    const auto sent_names = reader.sent_names();
    const auto list = reader.finish();
    REQUIRE(list);
    const OfferedFile shown = offered_file(*list, 0, sent_names);
    CHECK(shown.name == "photo_gnp.exe");
    CHECK(shown.sent_name == "photo_\\u{202e}gnp.exe");
    CHECK(shown.is_risky);
}
