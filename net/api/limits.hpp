// Every limit of the program in one place, each with its unit in its name.
// Thread: any. The numbers come from the project's security plan; a test stands at each limit
// and one above.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace dropline::limits {

using namespace std::chrono_literals;

// ---- Frames -------------------------------------------------------------------------------
/// Before a connection has been admitted: a parsed Protobuf message costs up to 40 times its
/// size in heap, so a stranger can make us hold 160 KiB at most.
inline constexpr std::uint32_t frame_bytes_max_before_auth = 4 * 1024;
/// Afterwards, for every kind that does not set a smaller cap.
inline constexpr std::uint32_t frame_bytes_max = 64 * 1024;
/// Messages inside messages: none of ours is deeper than three, and Protobuf's own limit is 100.
inline constexpr int protobuf_depth_max = 16;
/// Payload of one data frame on a bulk connection.
inline constexpr std::uint32_t data_payload_bytes_max = 256 * 1024;

// ---- People and text ----------------------------------------------------------------------
inline constexpr std::size_t name_graphemes_max = 64;
inline constexpr std::size_t name_bytes_max = 256;
inline constexpr std::size_t room_name_bytes_max = 256;
inline constexpr std::size_t chat_text_bytes_max = 8 * 1024;
inline constexpr std::size_t reason_bytes_max = 512;
/// When a message was sent, since 1970: up to the end of the year 9999, the last that RFC 3339 can
/// write. A clock that says more is wrong, and calendars break on much larger numbers.
inline constexpr std::int64_t sent_at_ms_max = 253'402'300'799'999;
inline constexpr std::size_t members_default_max = 256;
inline constexpr std::size_t members_max = 1000;
/// Of one address, or a quarter of a room where that is more, and never more than half of it: a
/// whole class behind one router, but nobody who fills an open room with keys of their own.
/// Loopback is exempt.
inline constexpr std::size_t members_per_address_max = 64;
/// What a newcomer gets of the log, and the most one `history` answer holds.
inline constexpr std::size_t history_messages_max = 200;
/// What a member that is started anew catches up with; when it has missed more, it begins with the
/// newest, and the rest is read on scrolling. The host answers a thousand a second.
inline constexpr std::size_t catch_up_messages_max = 10'000;

// ---- Rates --------------------------------------------------------------------------------
/// Chat messages of one member to the room, and as many again to each person in private: so many at
/// once, then so many a second. A member's own program paces itself by these, so an honest one
/// loses nothing. The plan says 10 and 2; a scripted room needs more, and 20 a second to 60 people
/// still costs the host next to nothing.
inline constexpr double chat_burst_messages = 100;
inline constexpr double chat_messages_per_second = 20;
/// This many refused messages within ten seconds end the session, or the private channel.
inline constexpr std::uint32_t chat_refused_per_10_s_max = 100;
/// What a person has not confirmed by then is said again; below the ten seconds for which they wait
/// for what they refused, so that the order stays.
inline constexpr auto private_answer_max = 5s;
/// When even that is not confirmed we ask ever more rarely, down to once in this time.
inline constexpr auto private_answer_patience_max = 60s;
/// Of how many people a host knows what they have used up of all this, connected or not; strangers
/// can make any number of keys.
inline constexpr std::size_t member_rates_remembered_max = 4096;
inline constexpr double history_requests_burst = 10;
inline constexpr double history_requests_per_second = 5;
/// A member's requests are answered one after the other; so many more wait for their turn, and what
/// is above is put off.
inline constexpr std::size_t history_requests_waiting_max = 10;
/// Answers of the log that are read at once, for all members together: each may be 1.6 MB of text,
/// and the disk reads one after the other anyway.
inline constexpr std::size_t history_reads_at_once_max = 8;
/// For so long a member waits for what it has asked of the host's log.
inline constexpr auto history_answer_max = 30s;
/// Changes of a person's name that the host passes on; others are dropped.
inline constexpr double renames_burst = 10;
inline constexpr double renames_per_second = 0.2;
/// A host that passes over a new name says nothing: after this long it has.
inline constexpr auto rename_answer_max = 5s;
inline constexpr double offers_per_minute = 6;
inline constexpr double offers_burst = 20;
inline constexpr std::size_t offers_pending_per_peer_max = 20;
/// Of all people together. Above it everybody may still have one waiting, so that a few cannot keep
/// the others out.
inline constexpr std::size_t offers_pending_max = 100;
/// New lists for one offer after its first, without getting any nearer to its end; a sender also
/// counts those that had to become offers of their own, and gives up when its files change more
/// often.
inline constexpr std::uint32_t offer_renewals_max = 5;
/// An accepted list whose files change may grow to twice its size and this much more before its
/// person is asked again: a yes to something small is none to something else, and nobody is to be
/// asked because a document has been saved once more.
inline constexpr std::uint64_t renewal_bytes_always = 64 * 1024 * 1024;
/// How many times over the pages of one list are handed out: a link may break amid a long one.
inline constexpr std::uint32_t offer_page_rounds_max = 8;
/// Requests for a connection to another member, per member.
inline constexpr double streams_per_second = 2;
inline constexpr double streams_burst = 30;

// ---- Rights -------------------------------------------------------------------------------
/// Bans a profile keeps, and guests it remembers; whoever needs more closes the room to strangers.
inline constexpr std::size_t bans_max = 1000;
inline constexpr std::size_t guests_max = 1000;
/// Of how many people a host knows since when they are there; strangers can make any number of
/// keys.
inline constexpr std::size_t arrivals_remembered_max = 4096;
/// People who have left, so that one can still speak of them.
inline constexpr std::size_t left_remembered_max = 1000;
/// People that are remembered; more, which only an attack or many years bring, stay "not met
/// before" and can still be verified.
inline constexpr std::size_t people_remembered_max = 10'000;
/// Ten years: longer is for good.
inline constexpr std::uint64_t ban_minutes_max = 10ULL * 366 * 24 * 60;
/// A ban that is over by the host's clock stays on its disk for so long: the clock may be wrong.
inline constexpr auto ban_remembered_for = std::chrono::hours(24);

// ---- Connections --------------------------------------------------------------------------
inline constexpr std::size_t unadmitted_connections_max = 64;
/// Per address; what one is of IPv6 says net/link/address_groups.hpp. Loopback is exempt: there
/// every local person shares one.
inline constexpr std::size_t unadmitted_connections_per_address_max = 4;
inline constexpr double connections_per_address_burst = 20;
inline constexpr double connections_per_address_per_second = 0.5;
inline constexpr std::size_t addresses_remembered_max = 1024;
inline constexpr auto tls_handshake_max = 5s;
inline constexpr auto admission_max = 20s;
inline constexpr auto accept_pause_without_descriptors = 200ms;
/// Bytes that nobody confirms for so long end the connection, whatever the kernel would wait for.
inline constexpr auto tcp_user_timeout = 30s;
/// On an idle connection the kernel asks, for the case that our own pings are not being sent.
inline constexpr auto tcp_keepalive_idle = 30s;
inline constexpr auto tcp_keepalive_interval = 10s;
inline constexpr int tcp_keepalive_probes = 3;
/// What was said just before leaving is waited for so long; what is left is kept, and sent next
/// time.
inline constexpr auto last_words_max = 1s;
/// A kick or refusal is written, then the other side gets this long to close first.
inline constexpr auto graceful_close_max = 2s;

// ---- Liveness -----------------------------------------------------------------------------
/// A pulled cable is shown within 10 s: ask after 3 s of silence, give up after 9.
inline constexpr auto ping_when_silent_for = 3s;
inline constexpr auto dead_when_silent_for = 9s;
/// Pings of one connection that are answered: so many at once, then so many a second. An honest
/// peer asks once in three seconds. Others are passed over: who was stopped for minutes finds a
/// hundred honest ones at once, and it wants only one answer.
inline constexpr double pings_burst = 20;
inline constexpr double pings_per_second = 5;
inline constexpr auto reconnect_delay_min = 500ms;
inline constexpr auto reconnect_delay_max = 15s;
inline constexpr double reconnect_jitter = 0.3;
inline constexpr auto dial_timeout = 5s;
/// A name server that does not answer is given up after this; the system itself waits for minutes.
inline constexpr auto resolve_max = 10s;
/// A host that closes a connection before the greeting may take one a little later: its limit lets
/// an address in again every two seconds. Tried again after 1, 2 and 4 s, and then given up, as it
/// may just as well be something else that listens there.
inline constexpr auto entry_retry_delay_min = 1s;
inline constexpr unsigned entry_retries_max = 3;

// ---- Send queues --------------------------------------------------------------------------
/// Above this a member gets no history pages; above the next he is dropped as too slow.
inline constexpr std::size_t send_queue_soft_bytes = 1024 * 1024;
inline constexpr std::size_t send_queue_hard_bytes = 4 * 1024 * 1024;
/// What a waiting frame costs beyond its bytes: its string with the counts of those who share it,
/// and its place in the queue. Without it the shortest frames would take 16 times what is counted.
inline constexpr std::size_t send_queue_frame_overhead_bytes = 96;
inline constexpr auto send_stalled_max = 30s;

// ---- Peers and relay ----------------------------------------------------------------------
inline constexpr std::size_t candidates_max = 8;
inline constexpr std::size_t address_text_bytes_max = 64;
inline constexpr std::uint16_t candidate_port_min = 1024;
/// Tickets that others have asked for and whose connections are being made; those above are passed
/// over. Everybody in a full room may want to reach the same person at once.
inline constexpr std::size_t unasked_streams_max = 1024;
/// Connections being made to addresses that others have named, for all tickets together; more wait
/// for their turn. Otherwise a member makes us dial a whole network, or run out of descriptors.
inline constexpr std::size_t direct_dials_max = 128;
/// Both directions are tried at once for this long before the host relays.
inline constexpr auto direct_attempt_max = 2s;
inline constexpr auto relay_token_life = 30s;
inline constexpr std::size_t relay_token_bytes = 32;
/// Of transfers' bytes, which their receivers ask for: the four that may run with each of two
/// people. The plan says 4, which one receiver alone would use up. These and the next are counted
/// for each address, on loopback for each key: keys cost nothing.
inline constexpr std::size_t relay_streams_asked_max = 8;
/// Asked for or not: whoever sends to more waits for a place. What one address asks of another
/// leaves that one as many of its own.
inline constexpr std::size_t relay_streams_at_an_end_max = 16;
inline constexpr std::size_t relay_streams_max = 32;
/// Of conversations, which idle and cost the host little: one with everybody in a room of
/// the usual size.
inline constexpr std::size_t relay_conversations_asked_max = 256;
inline constexpr std::size_t relay_conversations_at_an_end_max = 384;
inline constexpr std::size_t relay_conversations_max = 512;
/// Between the tries to get a place for the bytes of a transfer.
inline constexpr auto relay_full_retry_every = 1s;
inline constexpr std::size_t relay_window_bytes = 1024 * 1024;
inline constexpr std::size_t relay_conversation_window_bytes = 64 * 1024;
inline constexpr auto relay_idle_max = 60s;
/// A private channel that nothing uses is closed; a relayed one sooner, because the host has few
/// places, and at once, but for what is on its way, when somebody was refused one.
inline constexpr auto peer_channel_idle_max = 5min;
/// Private channels between the same two people: both may open one at once, and nobody needs more.
inline constexpr std::size_t peer_channels_max = 2;
inline constexpr auto relayed_channel_idle_max = 30s;
inline constexpr auto crowded_channel_idle_max = 2s;
/// Somebody who is there but could not be reached is tried again, after pauses that grow.
inline constexpr auto peer_retry_delay_min = 2s;
inline constexpr auto peer_retry_delay_max = 60s;

// ---- Files --------------------------------------------------------------------------------
inline constexpr std::size_t file_name_bytes_max = 255;
inline constexpr std::size_t path_depth_max = 32;
inline constexpr std::size_t path_bytes_max = 1024;
/// The security plan says 10,000; people do send folders of 100,000 files, and an entry costs us
/// about 150 bytes.
inline constexpr std::size_t offer_entries_max = 200'000;
inline constexpr std::size_t offer_manifest_bytes_max = 24 * 1024 * 1024;
/// Lists of offers that nobody has answered, of one person and of all together; counted as above,
/// which is two fifths of the memory they take. The first leaves room for the longest list there
/// is.
inline constexpr std::size_t unanswered_lists_bytes_per_peer_max = 32 * 1024 * 1024;
inline constexpr std::size_t unanswered_lists_bytes_max = 64 * 1024 * 1024;
/// A person's lists up to this size are taken also when the others' fill up all there is.
inline constexpr std::size_t unanswered_lists_bytes_always = 256 * 1024;
/// Of what has been accepted and is not over: who has so much under way here makes no other offer.
/// A rule, or a program that says yes to all, would agree to any number of them.
inline constexpr std::size_t accepted_per_peer_max = 1000;
inline constexpr std::size_t accepted_lists_bytes_per_peer_max = 64 * 1024 * 1024;
inline constexpr std::size_t accepted_lists_bytes_max = 256 * 1024 * 1024;
inline constexpr std::size_t offer_preview_entries = 8;
/// Of one answer to command::ListOffer.
inline constexpr std::size_t offer_entries_per_answer_max = 1000;
/// Largest size a file may announce; beyond it offsets would no longer fit a signed 64-bit off_t.
inline constexpr std::uint64_t file_bytes_max = (std::uint64_t{1} << 62);
/// Kept free on the receiver's disk: the smaller of this and `disk_reserve_percent`, so that a full
/// 20 MB disk and a 4 TB one are both of use. (The security plan takes the larger.)
inline constexpr std::uint64_t disk_reserve_bytes = 512ULL * 1024 * 1024;
inline constexpr std::uint64_t disk_reserve_percent = 5;
/// Also kept free where a disk can hold only so many files.
inline constexpr std::uint64_t disk_reserve_files = 10'000;
inline constexpr std::uint64_t free_space_check_every_bytes = 64ULL * 1024 * 1024;
inline constexpr std::size_t active_transfers_per_peer_max = 4;
/// Transfers that are listed, those that are over included; the oldest of those gives way.
inline constexpr std::size_t transfer_records_max = 1000;
inline constexpr auto transfer_progress_every = 100ms;
inline constexpr auto transfer_stalled_max = 15s;
/// How often the other side's word changes what becomes of one transfer: each may cost a look at
/// the disk, a connection and an event. Nobody who works with a list of transfers is that quick.
inline constexpr double transfer_wishes_burst = 20;
inline constexpr double transfer_wishes_per_second = 1;
/// Hashed, and compared after an interruption, in pieces of this size.
inline constexpr std::uint64_t chunk_bytes = 8ULL * 1024 * 1024;
/// After this long without a byte an interrupted transfer is offered for cleaning.
inline constexpr auto transfer_stale_after = std::chrono::hours(24 * 7);
/// So often a sender writes down that bytes of a transfer have moved.
inline constexpr auto sender_noted_every = 60s;
inline constexpr auto disk_full_check_every = 2s;
/// Digests of the chunks of one file that is partly there: 16 bytes for each 8 MiB, so that 512 GiB
/// of it can be built on; what lies behind travels again.
inline constexpr std::uint32_t have_payload_bytes_max = 1024 * 1024;
/// Of all files of one transfer together.
inline constexpr std::size_t have_digests_max = 4 * 1024 * 1024;
/// Both sides give a sign of life this often while they wait for a disk.
inline constexpr auto transfer_sign_of_life_every = 1s;
/// Under a rate limit bytes go out and are taken in pieces of this size, so that signs of life come
/// through: the slowest limit of use is a piece in `transfer_stalled_max`.
inline constexpr std::size_t rate_limited_piece_bytes = 4096;

// ---- TLS ----------------------------------------------------------------------------------
inline constexpr std::size_t certificate_chain_bytes_max = 8192;
inline constexpr std::uint32_t key_updates_per_minute_max = 32;

// ---- Ways in ------------------------------------------------------------------------------
/// What a host asks of whoever guesses at a password or a code: 0.4 s of work for each guess.
inline constexpr std::uint32_t scram_iterations = 600'000;
/// Of an invite's token: nobody guesses 128 random bits, so nobody has to be slowed down.
inline constexpr std::uint32_t scram_iterations_of_invite = 100'000;
/// What a member accepts from a host: fewer would help whoever guesses, more would stall it.
inline constexpr std::uint32_t scram_iterations_min = 100'000;
inline constexpr std::uint32_t scram_iterations_max = 2'000'000;
inline constexpr std::size_t scram_message_bytes_max = 1024;
inline constexpr std::size_t scram_user_bytes_max = 64;
inline constexpr std::size_t scram_salt_bytes_max = 64;
inline constexpr std::size_t scram_nonce_characters_max = 256;
inline constexpr std::size_t password_characters_min = 10;
inline constexpr std::size_t password_bytes_max = 1024;
inline constexpr std::size_t invite_bytes_max = 4 * 1024;
inline constexpr std::size_t invite_addresses_max = 8;
inline constexpr auto invite_life_default = std::chrono::hours(24);
inline constexpr auto invite_life_max = std::chrono::hours(24 * 30);
inline constexpr std::uint32_t invite_uses_max = 50;
/// Of one room, used up and revoked ones included; one of those gives way, else the oldest.
inline constexpr std::size_t invites_per_room_max = 100;
/// An invite that is over is listed for so long. It is kept until a newer one needs its place, to
/// say what has become of it, and because the clock may be wrong.
inline constexpr auto invite_listed_for = std::chrono::hours(24 * 30);
/// Who has proven a secret comes in by key alone from then on; more than these have to prove again.
inline constexpr std::size_t room_members_kept_max = 10'000;
inline constexpr auto code_life = std::chrono::minutes(10);
inline constexpr std::uint32_t code_wrong_tries_max = 3;
inline constexpr std::uint32_t wrong_proofs_per_connection_max = 3;
/// Of one address within the window; then nobody there may try for the time of the lock. On
/// loopback all local people share one address, so there it counts for each key, and the second
/// number for all of them together.
inline constexpr std::size_t wrong_proofs_per_address_max = 10;
inline constexpr std::size_t wrong_proofs_on_loopback_max = 100;
/// Of passwords alone, of a whole IPv6 network, where one machine can take any number of addresses:
/// a password can be guessed. Invites and codes still let people in.
inline constexpr std::size_t wrong_passwords_per_network_max = 100;
inline constexpr auto wrong_proofs_window = 10min;
inline constexpr auto wrong_proofs_lock = 10min;

// ---- Between the threads ------------------------------------------------------------------
/// Events waiting for the frame loop. When it is full the network thread stops reading from
/// peers until there is room, so nothing that must arrive is dropped.
inline constexpr std::size_t event_queue_capacity = 4096;

// ---- The desktop --------------------------------------------------------------------------
/// Files that the desktop's dialog may choose at once; somebody with more sends their folder.
inline constexpr std::size_t chosen_paths_max = 4096;
/// Of each of them: Linux's PATH_MAX without the NUL that it counts.
inline constexpr std::size_t chosen_path_bytes_max = 4095;
/// From asking the desktop's portal until it says that its dialog opens: it may first be started.
/// Afterwards a person takes the time they need.
inline constexpr auto portal_answer_max = 5s;

// ---- The log ------------------------------------------------------------------------------
/// Of each source (an address, a member); what is above is counted, and told in one line.
inline constexpr double log_lines_per_second = 10;
/// Strangers choose their addresses: all above these share what one source may say.
inline constexpr std::size_t log_sources_max = 256;
inline constexpr std::size_t log_file_bytes_max = 5 * 1024 * 1024;
inline constexpr std::size_t log_files_max = 5;  // the one being written included

static_assert(frame_bytes_max_before_auth <= frame_bytes_max);
static_assert(scram_message_bytes_max < frame_bytes_max_before_auth);
static_assert(scram_iterations_min <= scram_iterations_of_invite);
static_assert(scram_iterations <= scram_iterations_max);
static_assert(chat_text_bytes_max + 1024 <= frame_bytes_max);
static_assert(send_queue_soft_bytes < send_queue_hard_bytes);
static_assert(frame_bytes_max + send_queue_frame_overhead_bytes < send_queue_soft_bytes);
static_assert(history_messages_max * (chat_text_bytes_max + 1024) + send_queue_soft_bytes <
                  send_queue_hard_bytes,
              "a whole answer of the log drops nobody");
static_assert(ping_when_silent_for * 3 <= dead_when_silent_for);
static_assert(dead_when_silent_for < 10s, "the design promises ten seconds");
static_assert(relay_streams_asked_max * 2 <= relay_streams_at_an_end_max);
static_assert(relay_streams_at_an_end_max < relay_streams_max);
static_assert(members_default_max <= relay_conversations_asked_max);
static_assert(relay_conversations_asked_max < relay_conversations_at_an_end_max);
static_assert(relay_conversations_at_an_end_max < relay_conversations_max);
static_assert(members_per_address_max < members_default_max);
static_assert(members_max < arrivals_remembered_max);
static_assert(members_max < member_rates_remembered_max);
static_assert(members_max <= unasked_streams_max);
static_assert(ban_minutes_max * 60 < (std::uint64_t{1} << 32), "the wire counts in 32 bits");
static_assert(offer_manifest_bytes_max <= unanswered_lists_bytes_per_peer_max);
static_assert(unanswered_lists_bytes_per_peer_max < unanswered_lists_bytes_max);
static_assert(offers_pending_per_peer_max < offers_pending_max);
static_assert(wrong_proofs_per_address_max < wrong_passwords_per_network_max);
static_assert(unadmitted_connections_per_address_max < unadmitted_connections_max);

}  // namespace dropline::limits
