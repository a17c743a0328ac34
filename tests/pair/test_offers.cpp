// What an offer may become between the question and the answer, and who is told.
#include <catch2/catch_test_macros.hpp>

#include <string>

#include "net/api/limits.hpp"
#include "tests/pair/forged_offer.hpp"
#include "tests/pair/transfer_steps.hpp"

namespace dropline::testing {
namespace {

/// What Anna is told when she answers so.
std::string code_of_answer(Person& anna, const command::Accept& answer) {
    anna.submit(answer, "answer");
    return fault_code_text(anna.await<event::Error>().fault.code);
}

struct OfferToAnna : HostAndMember {
    TransferId id = random_id<TransferId>();

    event::Offer offer_list(std::vector<std::string> names, std::uint32_t version) {
        anna.hear(bob.id(), forged_offer(id, std::move(names), version));
        return anna.await<event::Offer>();
    }
    /// As soon as Anna's disk has been looked at, but nothing more.
    void renew(std::vector<std::string> names, std::uint32_t version) {
        anna.hear(bob.id(), forged_offer(id, std::move(names), version));
    }
    bool is_taken() {
        return latest(anna, id).state != TransferState::offered || entries_in(anna.downloads()) > 0;
    }
};

TEST_CASE_METHOD(OfferToAnna, "A6 an unanswered offer with another list is a new question") {
    CHECK(offer_list({"photo.jpg"}, 0).version == 0);
    const auto renewed = offer_list({".bashrc", "run.desktop"}, 1);
    CHECK(renewed.version == 1);
    CHECK(renewed.transfer == id);
    CHECK(renewed.preview.front().name == ".bashrc");
    CHECK(latest(anna, id).state == TransferState::offered);
}

TEST_CASE_METHOD(OfferToAnna, "A6 a yes to a list that has been replaced takes nothing") {
    offer_list({"photo.jpg"}, 0);
    offer_list({".bashrc"}, 1);
    CHECK(code_of_answer(anna, {id, {}, {}, {}, 0}) == "offer_changed");
    CHECK(code_of_answer(anna, {id, {}, {}, {}, 2}) == "offer_changed");
    // It says no version, so it may have been under way when the new list was told. Every time.
    CHECK(code_of_answer(anna, {id, {}, {}, {}}) == "offer_changed");
    CHECK(code_of_answer(anna, {id, {}, {}, {}}) == "offer_changed");
    CHECK_FALSE(is_taken());
    anna.submit(command::Accept{id, {}, {}, {}, 1});
    await_transfer(
        world, anna, id,
        [](const Transfer& transfer) { return transfer.state != TransferState::offered; }, "taken");
}

TEST_CASE_METHOD(OfferToAnna, "A6 a yes counts for nothing while another list is on its way") {
    offer_list({"photo.jpg"}, 0);
    SECTION("which has not been looked at yet") { renew({".bashrc"}, 1); }
    SECTION("of which pages are missing") {
        wire::Offer first = forged_offer(id, {".bashrc"}, 1);
        first.files = 2;
        first.pages = 2;
        anna.hear(bob.id(), first);
    }
    CHECK(code_of_answer(anna, {id, {}, {}, {}, 0}) == "offer_changed");
    CHECK(code_of_answer(anna, {id, {}, {}, {}, 1}) == "offer_changed");
    CHECK(code_of_answer(anna, {id, {}, {}, {}}) == "offer_changed");
    CHECK_FALSE(is_taken());
}

TEST_CASE_METHOD(OfferToAnna, "A6 a list that comes while the folder of a yes is looked at") {
    offer_list({"photo.jpg"}, 0);
    // Both in one turn of the loop: the yes is taken, and its thread has not ended.
    anna.submit(command::Accept{id, {}, {}, {}, 0});
    renew({".bashrc"}, 1);
    CHECK(fault_code_text(anna.await<event::Error>().fault.code) == "offer_changed");
    CHECK(anna.await<event::Offer>().version == 1);
    CHECK_FALSE(is_taken());
}

TEST_CASE_METHOD(OfferToAnna, "a list that is replaced before it was told is never told") {
    renew({"photo.jpg"}, 0);
    renew({"other.jpg"}, 1);
    CHECK(anna.await<event::Offer>().version == 1);
    world.settle();
    CHECK(anna.all<event::Offer>().size() == 1);
    // It was the first that Anna was told, so a yes without a version can mean no other.
    anna.submit(command::Accept{id, {}, {}, {}});
    await_transfer(
        world, anna, id,
        [](const Transfer& transfer) { return transfer.state != TransferState::offered; }, "taken");
}

TEST_CASE_METHOD(OfferToAnna, "pages of a list say which version they are of") {
    offer_list({"photo.jpg"}, 0);
    offer_list({"a", "b"}, 7);
    anna.submit(command::ListOffer{id, 0, 10});
    const auto page = anna.await<event::OfferEntries>();
    CHECK(page.version == 7);
    CHECK(page.entries.size() == 2);
}

TEST_CASE_METHOD(OfferToAnna,
                 "an offer whose sender leaves amid a renewal is over for its receiver") {
    offer_list({"photo.jpg"}, 0);
    wire::Offer first = forged_offer(id, {"a"}, 1);
    first.files = 2;
    first.pages = 2;
    anna.hear(bob.id(), first);
    bob.submit(command::Leave{});
    CHECK(await_state(world, anna, id, TransferState::failed).fault);
}

}  // namespace
}  // namespace dropline::testing
