// Strangers who say anything at all to a real door: real TLS, the real admission, a room that asks
// for a password. Whatever they say, and in whatever order, nobody comes in, and whoever knows the
// password still does.
#include <catch2/catch_test_macros.hpp>

#include <random>
#include <span>
#include <string>
#include <vector>

#include "net/api/limits.hpp"
#include "net/wire/codec.hpp"
#include "tests/pair/room_steps.hpp"
#include "tests/pair/stranger.hpp"

namespace dropline::testing {
namespace {

constexpr std::uint32_t seed = 20261127;
constexpr int strangers = 120;
constexpr int words_max = 8;
constexpr const char* room_password = "correct horse battery";

struct Door {
    World world;
    Person anna{world, "Anna", host_address};
    Person bob{world, "Bob", "10.0.0.2"};
    std::mt19937 random{seed};

    Door() {
        command::Host wish{7788, "", "Physics 101"};
        wish.password = Secret(room_password);
        anna.submit(wish);
        anna.await<event::Hosting>();
    }

    std::size_t below(std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
    }

    /// What a member would say on the way in, in its order: a walk gets somewhere by it.
    wire::Message fitting(std::size_t said) {
        switch (said) {
            case 0: return wire::Hello{};
            case 1: return wire::ProofFirst{"p=tls-exporter,,n=r,r=stranger"};
            case 2: return wire::ProofFinal{"c=AAAA,r=stranger,p=" + std::string(43, 'A') + "="};
            default: return wire::JoinRequest{"Mallory", 0, {}};
        }
    }
    wire::Message anything() {
        const std::vector<wire::Message> all{wire::Hello{},
                                             wire::Hello{2, 9, "later"},
                                             wire::Welcome{},
                                             wire::ProofFirst{"n,,n=r,r=x"},
                                             wire::ProofFirst{"p=tls-exporter,,n=i:0,r=x"},
                                             wire::ProofFirst{"p=tls-exporter,,n=c,r=x"},
                                             wire::ProofChallenge{"r=x,s=AA==,i=1"},
                                             wire::ProofFinal{"p="},
                                             wire::ProofAccepted{"v=AAAA"},
                                             wire::ProofFailed{"no", 3},
                                             wire::JoinRequest{"Bob", 0, {}},
                                             wire::JoinRequest{"", 0, {}},
                                             wire::Say{random_id<MessageId>(), "hello"},
                                             wire::Ping{1},
                                             wire::Leave{},
                                             wire::HistoryRequest{1, 0, 0, 200},
                                             wire::StreamRequest{1, anna.id()},
                                             wire::Refused{wire::RefusalCode::other, "no", 0}};
        return all[below(all.size())];
    }
    std::string word(std::size_t said) {
        const std::size_t way = below(10);
        std::string bytes = *wire::encode(way < 7 ? fitting(said) : anything());
        if (way == 9) bytes[below(bytes.size())] = static_cast<char>(below(256));
        return bytes;
    }

    /// One stranger, until the door has closed or there is nothing more to say.
    void walk(Stranger& stranger) {
        FrameStream stream = stranger.connect(host_target);
        for (std::size_t said = 0; said < words_max; ++said) {
            const std::string bytes = word(said);
            const auto raw = std::as_bytes(std::span(bytes));
            if (!stranger.run(stream.stream().write(raw))) break;
            world.settle();
            ++words;
        }
        const auto heard = stranger.next_word_or_end(stream, wire::Phase::member_expects_welcome);
        world.advance(limits::graceful_close_max);
        answered += *heard ? 1 : 0;
        stream.stream().close();
        world.settle();
    }
    std::size_t words = 0;
    std::size_t answered = 0;
};

TEST_CASE_METHOD(Door, "T3 A18 strangers who say anything in any order never come in") {
    CAPTURE(seed);
    for (int number = 0; number < strangers; ++number) {
        // Each from an address of its own: not the limits are walked here, but the door.
        Stranger stranger(world, "10.1." + std::to_string(number) + ".1");
        walk(stranger);
    }
    CHECK(words > strangers);
    CHECK(answered > strangers / 2);
    CHECK(anna.all<event::PeerJoined>().empty());
    CHECK(anna.all<event::Message>().empty());
    command::Join wish{host_target};
    wish.secret = Secret(room_password);
    bob.submit(wish);
    bob.await<event::Joined>();
}

}  // namespace
}  // namespace dropline::testing
