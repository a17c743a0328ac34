#include "tests/wire/sample_messages.hpp"

#include "net/api/limits.hpp"

namespace dropline::wire {

Member member(const std::string& name) {
    return {id_of<PeerId>('p'), name, "192.168.1.2:7788", true, true, true};
}

std::vector<Message> one_of_each() {
    const auto message = id_of<MessageId>('m');
    const auto peer = id_of<PeerId>('p');
    const auto transfer = id_of<TransferId>('t');
    const auto stream = id_of<StreamId>('s');
    const RoomMessage said{7, message, peer, "Grüße", "你好 👋", 1'700'000'000'000};
    return {Hello{1, 3, "program"},
            Welcome{1, "Physics 101", WayIn::open},
            ProofFirst{"p=tls-exporter,,n=r,r=abc"},
            ProofChallenge{"r=abcdef,s=c2FsdA==,i=600000"},
            ProofFinal{"c=cA==,r=abcdef,p=cHJvb2Y="},
            ProofAccepted{"v=c2lnbmF0dXJl"},
            ProofFailed{"This is wrong.", 2},
            JoinRequest{"小明", 65535, {"10.0.0.1:4000", "[fd00::1]:4000"}},
            JoinAccepted{"room", id_of<LogId>('l'), 99, member("me"), member("host")},
            Refused{RefusalCode::room_full, "full", 30},
            Roster{{member("a"), member("b")}, true},
            Say{message, "text"},
            said,
            Sent{message, 1, 1'700'000'000'000},
            SayRefused{message, "slow down", 50},
            PeerJoined{member("x")},
            PeerLeft{peer, "left", true},
            PeerChanged{member("y")},
            Rename{"new"},
            HistoryRequest{1, 0, 5, 200},
            HistoryPage{1, {said, said}, true, 200},
            Kicked{"be nice", true, 3600},
            Leave{},
            RoomClosed{"bye"},
            StreamRequest{3, peer},
            StreamTicket{3, stream, peer, true, {"10.0.0.1:4000"}, std::string(32, 'k')},
            StreamRefused{3, peer, "gone"},
            Ping{1},
            Pong{2},
            PeerHello{stream},
            PeerWelcome{},
            PeerUse{Purpose::transfer, transfer},
            PrivateMessage{message, "psst", 5},
            PrivateStored{message},
            Offer{transfer,
                  2,
                  12,
                  1,
                  {{"d", 0, 5, true, false}, {"d/a.sh", 12, -1, false, true}},
                  3,
                  7,
                  {"d/link", "d/管道"}},
            OfferPage{transfer, 1, {{"b.txt", 1, 0, false, false}}, 3},
            OfferPageRequest{transfer, 1},
            OfferAnswer{transfer, true, "", 1, 12},
            TransferCancel{transfer, "changed my mind"},
            TransferPause{transfer, true, "no room for 5 GB", true, 5'000'000'000},
            TransferResume{transfer},
            TransferDone{transfer},
            TransferOrder{transfer, true, id_of<TransferId>('u')},
            RelayOpen{std::string(32, 'k')},
            RelayReady{},
            RoomRules{FileRule::only_to_host, limits::file_bytes_max}};
}

}  // namespace dropline::wire
