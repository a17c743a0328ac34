// An error that keeps its story: what was tried, on what, why it failed, what the user may do.
// Thread: any. Expected failures are values; this is the value.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace dropline {

/// Stable codes: programs that read JSON Lines match on `fault_code_text`.
enum class FaultCode {
    bad_request,       // the command itself makes no sense (unknown field value, empty text)
    not_available,     // a part of the contract that is not built yet
    not_in_room,       // needs a room, and there is none
    not_allowed,       // the rights of this member do not cover it
    unknown_peer,      // no member matches
    ambiguous_peer,    // several members match
    unknown_transfer,  // no transfer has that id, or it is over
    cannot_resolve,    // the host name has no address
    cannot_connect,    // no address answered
    port_taken,        // somebody else listens there
    cannot_listen,     // any other failure to open the port
    refused,           // the other side said no, with a reason
    key_changed,       // the pinned key differs: hard stop
    secret_needed,     // the room asks for an invite, a code or a password
    secret_wrong,      // what was given does not hold
    secret_expired,    // an invite or code that was right once
    looks_alike,       // the name looks like a verified person's, and the key is another
    wrong_version,     // the two programs do not share a protocol version
    protocol_error,    // the other side broke the protocol
    timed_out,         // nothing came in time
    disconnected,      // the connection ended
    too_slow,          // the other side did not read fast enough
    slow_down,         // a rate limit; try again
    too_large,         // over a limit in size or count
    bad_name,          // a file or person's name that cannot be made safe
    file_error,        // a system call on a file failed
    disk_full,         // no room for the file
    source_changed,    // the file changed while it was read
    damaged,           // hashes differ
    declined,          // the receiver said no
    cancelled,         // either side stopped it
    profile_in_use,    // another process has this profile
    profile_unsafe,    // key or folder readable by others
    profile_damaged,   // key or database cannot be read
    banned,            // the host lets this key into none of his rooms
    internal,          // our own mistake
    offer_changed      // the list of an offer is another one than the yes was meant for
};

/// Lower-case words joined by '_', as in the enumerator.
std::string fault_code_text(FaultCode code);

/// What a person needs to judge a key that has changed. Fingerprints in full.
struct KeyChange {
    std::string address;  // where the other key answered, as the user wrote it
    std::string name;     // of whom is known there, at the last meeting
    std::string known_fingerprint;
    std::string shown_fingerprint;
};

struct Fault {
    FaultCode code = FaultCode::internal;
    /// One sentence for a person: what failed, on what, why, and what to do.
    std::string sentence;
    /// The other side found it and has told us: there is no need to tell it.
    bool is_from_other_side = false;
    std::shared_ptr<const KeyChange> key_change = {};  // with key_changed of a host
    /// Says nothing of what it is about, only of this moment: trying again later may do.
    bool is_passing = false;

    /// Of a key change only which one it is.
    friend bool operator==(const Fault&, const Fault&) = default;
};

/// A value or a fault. Small on purpose: no exceptions travel between our layers.
template <typename T>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Fault fault) : state_(std::in_place_index<1>, std::move(fault)) {}

    bool has_value() const { return state_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    T& value() & { return std::get<0>(state_); }
    const T& value() const& { return std::get<0>(state_); }
    T&& value() && { return std::get<0>(std::move(state_)); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }

    const Fault& fault() const { return std::get<1>(state_); }

  private:
    std::variant<T, Fault> state_;
};

/// Success without a value, or a fault.
template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Fault fault) : fault_(std::move(fault)) {}

    bool has_value() const { return !fault_; }
    explicit operator bool() const { return has_value(); }
    const Fault& fault() const { return *fault_; }

  private:
    std::optional<Fault> fault_;
};

/// Of a Result of whatever: it failed, and trying again later may do.
bool is_passing(const auto& result) { return !result && result.fault().is_passing; }

}  // namespace dropline
