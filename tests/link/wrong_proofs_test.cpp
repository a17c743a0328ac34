#include "net/link/wrong_proofs.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>

#include "net/api/limits.hpp"

namespace dropline {
namespace {

using asio::ip::make_address;

PeerId key_of(std::size_t number) {
    PeerId id;
    id.bytes[0] = static_cast<std::uint8_t>(number);
    id.bytes[1] = static_cast<std::uint8_t>(number >> 8U);
    id.bytes[2] = 1;
    return id;
}

struct DoorWithProofs {
    WrongProofs wrong;
    TimePoint now{std::chrono::hours(1000)};

    bool is_locked(const std::string& address, std::size_t key = 0) {
        return wrong.locked_for(make_address(address), key_of(key), now) > Duration{0};
    }
    void fail(const std::string& address, std::size_t times, std::size_t key = 0) {
        for (std::size_t i = 0; i < times; ++i) {
            wrong.note(make_address(address), key_of(key), now);
        }
    }
};

TEST_CASE_METHOD(DoorWithProofs, "C24 nine wrong tries leave an address free, the tenth locks it") {
    fail("192.0.2.1", limits::wrong_proofs_per_address_max - 1);
    CHECK_FALSE(is_locked("192.0.2.1"));
    fail("192.0.2.1", 1);
    CHECK(is_locked("192.0.2.1"));
    CHECK(is_locked("192.0.2.1", 7));
    CHECK_FALSE(is_locked("192.0.2.2"));
    CHECK(wrong.locked_for(make_address("192.0.2.1"), key_of(0), now) == limits::wrong_proofs_lock);
    now += limits::wrong_proofs_lock - std::chrono::milliseconds(1);
    CHECK(is_locked("192.0.2.1"));
    now += std::chrono::milliseconds(1);
    CHECK_FALSE(is_locked("192.0.2.1"));
}

TEST_CASE_METHOD(DoorWithProofs, "wrong tries that are ten minutes old do not count") {
    fail("192.0.2.1", limits::wrong_proofs_per_address_max - 1);
    now += limits::wrong_proofs_window;
    fail("192.0.2.1", limits::wrong_proofs_per_address_max - 1);
    CHECK_FALSE(is_locked("192.0.2.1"));
}

TEST_CASE_METHOD(DoorWithProofs, "all of an IPv6 /64 is one address") {
    for (std::size_t i = 0; i < limits::wrong_proofs_per_address_max; ++i) {
        fail("2001:db8::" + std::to_string(i + 1), 1);
    }
    CHECK(is_locked("2001:db8::ffff"));
    CHECK_FALSE(is_locked("2001:db8:0:1::1"));
}

TEST_CASE_METHOD(DoorWithProofs,
                 "on loopback one key's mistakes do not lock the others out, a flood does") {
    fail("127.0.0.1", limits::wrong_proofs_per_address_max, 1);
    CHECK(is_locked("127.0.0.1", 1));
    CHECK_FALSE(is_locked("127.0.0.1", 2));
    CHECK(is_locked("::1", 1));
    for (std::size_t key = 2; key < 11; ++key) {
        fail("127.0.0.1", limits::wrong_proofs_per_address_max, key);
    }
    CHECK(is_locked("127.0.0.1", 500));
}

TEST_CASE_METHOD(DoorWithProofs,
                 "C24 ninety-nine wrong tries on loopback leave it free, the hundredth locks it") {
    constexpr std::size_t of_each = limits::wrong_proofs_per_address_max - 1;
    std::size_t key = 1;
    std::size_t left = limits::wrong_proofs_on_loopback_max - 1;
    for (; left > 0; left -= std::min(left, of_each)) {
        fail("127.0.0.1", std::min(left, of_each), key++);
    }
    CHECK_FALSE(is_locked("127.0.0.1", key));
    fail("127.0.0.1", 1, key);
    CHECK(is_locked("127.0.0.1", key + 1));
}

TEST_CASE_METHOD(DoorWithProofs,
                 "E7 so many addresses that not all are remembered lock nobody else out") {
    fail("10.3.0.1", limits::wrong_proofs_per_address_max);
    for (std::size_t i = 0; i < 2 * limits::addresses_remembered_max; ++i) {
        fail("10.1." + std::to_string(i / 256) + "." + std::to_string(i % 256), 1);
    }
    CHECK_FALSE(is_locked("10.2.0.1"));
    CHECK_FALSE(is_locked("10.1.0.0"));
    CHECK(is_locked("10.3.0.1"));  // what is locked stays so
    now += limits::wrong_proofs_lock;
    CHECK_FALSE(is_locked("10.3.0.1"));
}

TEST_CASE_METHOD(DoorWithProofs,
                 "E7 a neighbour's mistakes lock out no other neighbour of the same /64") {
    fail("fd00::2", limits::wrong_proofs_per_address_max);
    fail("fe80::2", limits::wrong_proofs_per_address_max);
    CHECK(is_locked("fd00::2"));
    CHECK_FALSE(is_locked("fd00::3"));
    CHECK_FALSE(is_locked("fe80::3"));
}

TEST_CASE_METHOD(DoorWithProofs,
                 "C24 with ever new IPv6 addresses a hundred guesses at a password are made") {
    const auto guess = [this](std::size_t number) {
        const auto address = make_address("fd00::1:" + std::to_string(number));
        wrong.note_password(address, now);
    };
    const auto is_over = [this](const char* address) {
        return wrong.password_locked_for(make_address(address), now) > Duration{0};
    };
    for (std::size_t i = 1; i < limits::wrong_passwords_per_network_max; ++i) guess(i);
    CHECK_FALSE(is_over("fd00::9"));
    guess(limits::wrong_passwords_per_network_max);
    CHECK(is_over("fd00::9"));
    CHECK_FALSE(is_over("fd01::9"));
    CHECK_FALSE(is_locked("fd00::9"));  // an invite still lets in
    CHECK_FALSE(is_over("10.0.0.1"));
    now += limits::wrong_proofs_lock;
    CHECK_FALSE(is_over("fd00::9"));
}

TEST_CASE_METHOD(DoorWithProofs,
                 "C24 a crowd of addresses does not make a network's guesses forgotten") {
    const auto own_address = make_address("fd00::1");
    for (std::size_t i = 1; i < limits::wrong_passwords_per_network_max; ++i) {
        wrong.note_password(own_address, now);
    }
    for (std::size_t i = 0; i < 2 * limits::addresses_remembered_max; ++i) {
        std::string address = "fd00::2:";
        address += std::to_string(i);
        fail(address, limits::wrong_proofs_per_address_max);
    }
    CHECK(wrong.password_locked_for(own_address, now) == Duration{0});
    wrong.note_password(own_address, now);
    CHECK(wrong.password_locked_for(own_address, now) > Duration{0});
}

}  // namespace
}  // namespace dropline
