// Identifiers that cannot be mixed up: each kind of id is its own type around raw bytes.
// Thread: any. Values only; knows neither text fields of the wire nor sockets.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace dropline {

/// A fixed-size id. `Tag` only keeps the kinds apart; the bytes carry the meaning.
template <typename Tag, std::size_t Size>
struct BasicId {
    static constexpr std::size_t size_bytes = Size;
    std::array<std::uint8_t, Size> bytes{};

    friend auto operator<=>(const BasicId&, const BasicId&) = default;

    bool is_zero() const { return *this == BasicId{}; }

    /// Empty when `raw` does not hold exactly `Size` bytes.
    static std::optional<BasicId> from_bytes(std::string_view raw) {
        if (raw.size() != Size) return std::nullopt;
        BasicId id;
        std::memcpy(id.bytes.data(), raw.data(), Size);
        return id;
    }

    std::string_view as_bytes() const {
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
};

/// SHA-256 of the member's Ed25519 SubjectPublicKeyInfo (security: never shortened for trust).
using PeerId = BasicId<struct PeerIdTag, 32>;
/// Made by the author of a message, random; sending it again changes nothing.
using MessageId = BasicId<struct MessageIdTag, 16>;
/// Made by the sender of an offer, random.
using TransferId = BasicId<struct TransferIdTag, 16>;
/// One attempt of two members to reach each other, made by the host, random, used once.
using StreamId = BasicId<struct StreamIdTag, 16>;
/// Names one room log; sequence numbers of different logs are never compared.
using LogId = BasicId<struct LogIdTag, 16>;

/// Fresh random id from the system's cryptographic generator.
template <typename Id>
Id random_id();

/// Lower-case hexadecimal, two digits a byte.
std::string to_hex(std::string_view bytes);
/// Empty when `text` is not an even number of hexadecimal digits.
std::optional<std::string> from_hex(std::string_view text);

template <typename Tag, std::size_t Size>
std::string to_hex(const BasicId<Tag, Size>& id) {
    return to_hex(id.as_bytes());
}

/// The id a program sees in JSON: 52 base32 characters (RFC 4648, no padding) of the 32 bytes.
std::string to_text(const PeerId& id);
/// `to_text` with a check character after every 13 characters, in groups of 7 joined by '-'
/// (the form of Syncthing's device ids): what people read to each other.
std::string fingerprint_text(const PeerId& id);
/// One word per byte, 32 words, from a fixed list of 256: the same fingerprint for the ear.
std::string fingerprint_words(const PeerId& id);
/// First seven characters of `to_text`: tells two equal names apart on screen, proves nothing.
std::string key_tag(const PeerId& id);
/// Back from `to_text` or `fingerprint_text`, in any case and with or without '-'; empty for
/// anything shorter, longer or with a wrong check character.
std::optional<PeerId> peer_id_from_text(std::string_view text);
/// True when `prefix`, in any case and with or without '-', begins `to_text(id)` or
/// `fingerprint_text(id)`. At least four characters are needed to match anything.
bool matches_fingerprint_prefix(const PeerId& id, std::string_view prefix);

}  // namespace dropline

template <typename Tag, std::size_t Size>
struct std::hash<dropline::BasicId<Tag, Size>> {
    std::size_t operator()(const dropline::BasicId<Tag, Size>& id) const noexcept {
        // Ids are random or hashes already: their first bytes are as good as any hash of them.
        std::size_t value = 0;
        std::memcpy(&value, id.bytes.data(), sizeof value);
        return value;
    }
};
