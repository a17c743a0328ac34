#include "ui/model/offer_choice.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

#include "tests/ui/made_up_transfers.hpp"

using namespace dropline;
using ui::OfferChoice;
using ui::Ticked;

namespace {

using Entries = std::vector<OfferedFile>;
using Chosen = std::vector<std::string>;

OfferedFile file(std::string name, std::uint64_t bytes = 1, bool is_risky = false) {
    return {std::move(name), {}, bytes, is_risky, false};
}

OfferedFile folder(std::string name) { return {std::move(name), {}, 0, false, true}; }

/// Not in the order of the tree, as a disk may list it.
Entries holiday() {
    return {file("holiday/b/2.jpg", 20), folder("holiday"),
            file("holiday/a.txt", 5),    folder("holiday/b"),
            file("notes.txt", 7),        file("holiday/b/1.jpg", 10),
            folder("holiday/empty"),     file("holiday/b/.hidden", 3, true)};
}

std::uint32_t entry_of(const Entries& entries, const std::string& name) {
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
        if (entries[i].name == name) return i;
    }
    FAIL("no entry of the name " << name);
    return 0;
}

Chosen names_shown(const OfferChoice& choice, const Entries& entries) {
    Chosen names;
    for (const OfferChoice::Row& row : choice.rows()) {
        names.push_back(std::string(row.depth, ' ') +
                        entries[row.entry].name.substr(row.name_from));
    }
    return names;
}

}  // namespace

TEST_CASE("A6 B2 risky entries stand first by their whole path, the others as a tree") {
    const Entries entries = holiday();
    CHECK(names_shown(OfferChoice(entries), entries) == Chosen{"holiday/b/.hidden", "holiday",
                                                               " a.txt", " b", "  1.jpg", "  2.jpg",
                                                               " empty", "notes.txt"});
}

TEST_CASE("a folder's files stay together beside a name that begins like the folder") {
    const Entries entries{folder("a"), file("a.txt"), file("a/z"), file("a-b"), folder("a b")};
    CHECK(names_shown(OfferChoice(entries), entries) == Chosen{"a", " z", "a b", "a-b", "a.txt"});
}

TEST_CASE("numbers in names are sorted as numbers, and equal ones keep their folders whole") {
    const Entries entries{file("10.jpg"),  file("9.jpg"),
                          folder("a01"),   folder("a1"),
                          file("a1/x"),    file("a01/y"),
                          file("010.jpg"), file("a2"),
                          file("a"),       file("99999999999999999999.jpg")};
    CHECK(names_shown(OfferChoice(entries), entries) == Chosen{"9.jpg", "10.jpg", "010.jpg",
                                                               "99999999999999999999.jpg", "a",
                                                               "a1", " x", "a01", " y", "a2"});
}

TEST_CASE("a path whose folder is no entry is shown as a whole") {
    const Entries entries{file("x/y/z.txt")};
    CHECK(names_shown(OfferChoice(entries), entries) == Chosen{"x/y/z.txt"});
}

TEST_CASE("everything is taken at first, and nothing is left out") {
    const Entries entries = holiday();
    const OfferChoice choice(entries);
    CHECK(choice.files_taken() == 5);
    CHECK(choice.bytes_taken() == 45);
    CHECK(choice.left_out(entries).empty());
    CHECK(choice.ticked(entry_of(entries, "holiday")) == Ticked::all);
}

TEST_CASE("a folder is left and taken with all below it, the hidden ones too") {
    const Entries entries = holiday();
    OfferChoice choice(entries);
    choice.toggle(entry_of(entries, "holiday/b"));
    CHECK(choice.ticked(entry_of(entries, "holiday/b/.hidden")) == Ticked::none);
    CHECK(choice.ticked(entry_of(entries, "holiday")) == Ticked::some);
    CHECK(choice.left_out(entries) == Chosen{"holiday/b"});
    CHECK(choice.files_taken() == 2);
    CHECK(choice.bytes_taken() == 12);
    choice.toggle(entry_of(entries, "holiday"));
    CHECK(choice.ticked(entry_of(entries, "holiday")) == Ticked::all);
    choice.toggle(entry_of(entries, "holiday"));
    CHECK(choice.left_out(entries) == Chosen{"holiday"});
    CHECK(choice.files_taken() == 1);
}

TEST_CASE("a folder whose files were all left one by one is left as a whole") {
    const Entries entries = holiday();
    OfferChoice choice(entries);
    choice.toggle(entry_of(entries, "holiday/b/1.jpg"));
    CHECK(choice.left_out(entries) == Chosen{"holiday/b/1.jpg"});
    choice.toggle(entry_of(entries, "holiday/b/2.jpg"));
    choice.toggle(entry_of(entries, "holiday/b/.hidden"));
    CHECK(choice.ticked(entry_of(entries, "holiday/b")) == Ticked::none);
    CHECK(choice.left_out(entries) == Chosen{"holiday/b"});
}

TEST_CASE("an empty folder can be taken or left like a file") {
    const Entries entries = holiday();
    OfferChoice choice(entries);
    choice.toggle(entry_of(entries, "holiday/empty"));
    CHECK(choice.left_out(entries) == Chosen{"holiday/empty"});
    CHECK(choice.files_taken() == 5);
    choice.tick_all(false);
    CHECK(choice.takes_nothing());
    choice.toggle(entry_of(entries, "holiday/empty"));
    CHECK_FALSE(choice.takes_nothing());
    CHECK(choice.files_taken() == 0);
}

TEST_CASE("all and none are one step each") {
    const Entries entries = holiday();
    OfferChoice choice(entries);
    choice.tick_all(false);
    CHECK(choice.takes_nothing());
    CHECK(choice.left_out(entries) == Chosen{"holiday", "notes.txt"});
    choice.tick_all(true);
    CHECK(choice.left_out(entries).empty());
}

TEST_CASE("an empty list takes nothing") {
    CHECK(OfferChoice().takes_nothing());
    CHECK(OfferChoice(Entries{}).takes_nothing());
    CHECK(OfferChoice(Entries{}).left_out({}).empty());
}

TEST_CASE("of a hundred thousand files one can be left out, or one taken") {
    const Entries entries = made_up::many_entries(100'000);
    OfferChoice choice(entries);
    CHECK(choice.rows().size() == entries.size());
    choice.toggle(entry_of(entries, "photos/album 7/picture-777.jpg"));
    CHECK(choice.files_taken() == 99'999);
    CHECK(choice.left_out(entries) == Chosen{"photos/album 7/picture-777.jpg"});
    choice.tick_all(false);
    choice.toggle(entry_of(entries, "photos/album 7/picture-777.jpg"));
    CHECK(choice.files_taken() == 1);
    // 999 other folders, and 99 other files of this one.
    CHECK(choice.left_out(entries).size() == 999 + 99);
}
