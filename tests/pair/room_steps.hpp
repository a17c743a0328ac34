// The steps that nearly every story about a room begins with.
// Thread: the test's own.
#pragma once

#include <string>
#include <vector>

#include "tests/pair/test_room.hpp"

namespace dropline::testing {

inline constexpr const char* host_address = "10.0.0.1";
inline constexpr const char* host_target = "10.0.0.1:7788";

inline void host(Person& person) {
    person.submit(command::Host{7788, "", "Physics 101"});
    person.await<event::Hosting>();
}

inline void join(Person& person) {
    person.submit(command::Join{host_target});
    person.await<event::Joined>();
}

inline auto says(const std::string& text) {
    return [text](const event::Message& event) { return event.message.text == text; };
}

/// The texts of all messages that have come, in their order.
inline std::vector<std::string> heard_by(Person& person) {
    std::vector<std::string> texts;
    for (const auto& event : person.all<event::Message>()) texts.push_back(event.message.text);
    return texts;
}

/// As behind firewalls: everybody reaches the host's port and nothing else.
inline void allow_only_the_host(World& world) {
    world.network.may_connect = [](const asio::ip::address&, const Endpoint& to) {
        return to.port() == 7788;
    };
}

/// Anna hosts; Bob is in her room.
struct HostAndMember {
    World world;
    Person anna{world, "Anna", host_address};
    Person bob{world, "Bob", "10.0.0.2"};

    HostAndMember() {
        host(anna);
        join(bob);
        anna.await<event::PeerJoined>();
    }
};

/// Chen is there too, and Bob has seen Chen come.
struct HostAndTwoMembers : HostAndMember {
    Person chen{world, "小陈", "10.0.0.3"};

    HostAndTwoMembers() {
        join(chen);
        anna.await<event::PeerJoined>();
        bob.await<event::PeerJoined>();
    }
};

}  // namespace dropline::testing
