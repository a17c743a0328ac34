"""A host and two members talk through JSON lines: order, privacy, presence, rights."""

import signal
import unittest

from program import RoomTest, main


class Room(RoomTest):
    def test_hosting_and_joined_tell_everything_the_contract_lists(self):
        host = self.host("Hanna", "--room", "Büro")
        for field in ("room", "addresses", "port", "invite", "fingerprint", "at"):
            self.assertIn(field, host.hosting)
        self.assertEqual(host.hosting["room"], "Büro")
        self.assertRegex(host.hosting["at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        ann = self.join("Ann", host)
        self.assertEqual(ann.joined["room"], "Büro")
        self.assertEqual(ann.joined["self"]["name"], "Ann")
        self.assertEqual(ann.joined["host"]["name"], "Hanna")
        self.assertEqual(ann.joined["host"]["role"], "host")
        self.assertEqual(ann.joined["host"]["fingerprint"], host.hosting["fingerprint"])
        self.assertEqual([peer["name"] for peer in ann.joined["peers"]], ["Hanna"])
        arrived = host.take("peer_joined")["peer"]
        self.assertEqual(
            sorted(arrived),
            [
                *("address", "auto_accept", "fingerprint", "id", "imitates", "known"),
                *("muted", "name", "role", "verified"),
            ],
        )
        self.assertEqual((arrived["name"], arrived["role"]), ("Ann", "member"))

    def test_everybody_sees_every_message_once_and_in_one_order(self):
        programs = self.room_of_three()
        for number in range(20):
            for program in programs:
                program.send("say", text=f"{number} 你好 {program.arguments[-1]}", ref=str(number))
        logs = []
        for program in programs:
            log = [program.take("message") for _ in range(60)]
            program.answer_barrier()
            self.assertEqual(program.pending("message"), [])
            self.assertEqual([entry["seq"] for entry in log], sorted(e["seq"] for e in log))
            self.assertTrue(all(entry["to"] is None for entry in log))
            logs.append([(entry["seq"], entry["id"], entry["text"]) for entry in log])
        self.assertEqual(logs[0], logs[1])
        self.assertEqual(logs[0], logs[2])
        self.assertEqual(len({identifier for _, identifier, _ in logs[0]}), 60)
        for program in programs:
            sent = [program.take("sent", ref=str(number)) for number in range(20)]
            own = {entry[1]: entry[0] for entry in logs[0]}
            self.assertTrue(all(own[event["id"]] == event["seq"] for event in sent))

    def test_a_private_message_reaches_one_person_and_the_host_sees_nothing(self):
        host, ann, bob = self.room_of_three()
        ann.send("say", to="Bob", text="only for you", ref="p")
        heard = bob.take("message", text="only for you")
        self.assertEqual(heard["to"], bob.joined["self"]["id"])
        self.assertEqual(heard["from_name"], "Ann")
        delivered = ann.take("delivered", ref="p")
        self.assertEqual(delivered["id"], heard["id"])
        self.assertEqual(delivered["peer"], bob.joined["self"]["id"])
        bob.send("say", to=ann.joined["self"]["fingerprint"][:10], text="thank you")
        ann.take("message", text="thank you")
        ann.send("say", text="after")
        host.take("message", text="after")
        self.assertNotIn(b"only for you", host.raw)
        self.assertNotIn(b"thank you", host.raw)

    def test_a_late_joiner_gets_what_was_said_marked_as_earlier(self):
        host, ann, _ = self.room_of_three()
        ann.send("say", text="before")
        host.take("message", text="before")
        cem = self.join("Cem", host)
        self.assertTrue(cem.take("message", text="before")["earlier"])
        host.send("say", text="now")
        self.assertNotIn("earlier", cem.take("message", text="now"))

    def test_history_answers_with_the_last_messages(self):
        host, ann, bob = self.room_of_three()
        for number in range(5):
            ann.send("say", text=str(number))
        for number in range(5):
            bob.take("message", text=str(number))
            ann.take("message", text=str(number))
        for program in (host, ann, bob):
            program.send("history", conversation="everyone", before=None, limit=3, ref="h")
            answer = program.take("history", ref="h")
            self.assertEqual(answer["conversation"], "everyone")
            self.assertEqual([m["text"] for m in answer["messages"]], ["2", "3", "4"])

    def test_a_new_name_is_seen_by_everyone(self):
        host, ann, bob = self.room_of_three()
        ann.send("rename", name="Anna 安娜")
        for program in (host, bob):
            changed = program.take("peer_changed")
            self.assertEqual(changed["peer"]["name"], "Anna 安娜")
        ann.answer_barrier()
        bob.send("say", to="Anna 安娜", text="by the new name")
        ann.take("message", text="by the new name")

    def test_peers_lists_ourselves_first(self):
        host, ann, bob = self.room_of_three()
        bob.send("peers", ref="who")
        names = [peer["name"] for peer in bob.take("peers", ref="who")["peers"]]
        self.assertEqual(names[0], "Bob")
        self.assertEqual(sorted(names), ["Ann", "Bob", "Hanna"])

    def test_a_kicked_member_reads_why_and_ends_with_4_and_may_return(self):
        host, ann, bob = self.room_of_three()
        host.send("kick", peer="Ann", reason="lunch time")
        kicked = ann.take("kicked")
        self.assertEqual(kicked["reason"], "lunch time")
        self.assertEqual(kicked["by"], ann.joined["host"]["id"])
        self.assert_ends(ann, 4)
        for program in (host, bob):
            program.take("peer_left", within=5, where=lambda e: e["peer"]["name"] == "Ann")
        self.assertEqual(self.join("Ann", host).joined["self"]["name"], "Ann")

    def test_only_the_host_may_kick(self):
        _, ann, bob = self.room_of_three()
        ann.send("kick", peer="Bob", reason="x", ref="k")
        self.assertEqual(ann.take("error", ref="k")["code"], "not_allowed")
        bob.answer_barrier()

    def test_who_quits_is_gone_everywhere_within_a_second(self):
        host, ann, bob = self.room_of_three()
        ann.send("quit")
        for program in (host, bob):
            program.take("peer_left", within=1, where=lambda e: e["peer"]["name"] == "Ann")
        self.assert_ends(ann, 0)

    def test_a_signal_ends_it_cleanly(self):
        host, ann, bob = self.room_of_three()
        ann.signal(signal.SIGINT)
        host.take("peer_left", within=1)
        self.assert_ends(ann, 130)
        bob.signal(signal.SIGTERM)
        host.take("peer_left", within=1)
        self.assert_ends(bob, 130)

    def test_a_killed_host_is_seen_by_the_members_within_ten_seconds(self):
        host, ann, bob = self.room_of_three()
        host.signal(signal.SIGKILL)
        for program in (ann, bob):
            lost = program.take("disconnected", within=10)
            self.assertTrue(lost["reason"])
            self.assertIn("retry_in_ms", lost)
            self.assertIn("attempt", lost)

    def test_members_return_by_themselves_and_lose_nothing(self):
        host, ann, bob = self.room_of_three()
        port = host.address.rpartition(":")[2]
        ann.send("say", text="before the cut")
        for program in (host, bob):
            program.take("message", text="before the cut")
        host.signal(signal.SIGKILL)
        ann.take("disconnected")
        ann.send("say", text="typed meanwhile")
        again = self.start(
            "Hanna", "host", "--headless", "--json", "--port", port, "--bind", "127.0.0.1"
        )
        again.take("hosting")
        for program in (ann, bob):
            program.take("joined", within=30)
        self.assertEqual(bob.take("message", text="typed meanwhile")["from_name"], "Ann")
        again.take("message", text="typed meanwhile")
        ann.take("sent", within=10)
        bob.answer_barrier()
        self.assertEqual(bob.pending("message", text="before the cut"), [])

    def test_the_closing_host_sends_everybody_home(self):
        host, ann, _ = self.room_of_three()
        host.send("quit")
        self.assert_ends(host, 0)
        ann.take("disconnected", within=2)


if __name__ == "__main__":
    main()
