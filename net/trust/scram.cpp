#include "net/trust/scram.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "net/api/limits.hpp"

namespace dropline {

namespace {

constexpr std::size_t digest_bytes = 32;
/// Only with the binding to this connection, and never in somebody else's name.
constexpr std::string_view gs2_header = "p=tls-exporter,,";

Fault broken(const char* what) {
    return Fault{FaultCode::protocol_error,
                 std::string("The other side proves its secret in a broken way: ") + what + "."};
}

const unsigned char* raw(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
    std::string digest(digest_bytes, '\0');
    std::size_t length = 0;
    const bool is_made =
        EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(), raw(data),
                  data.size(), reinterpret_cast<unsigned char*>(digest.data()), digest.size(),
                  &length) != nullptr;
    // Only a broken installation gets here, and then no proof must ever hold.
    if (!is_made || length != digest_bytes) throw std::runtime_error("HMAC-SHA-256 failed");
    return digest;
}

std::string sha256(std::string_view data) {
    std::string digest(digest_bytes, '\0');
    if (EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()),
                   nullptr, EVP_sha256(), nullptr) != 1) {
        throw std::runtime_error("SHA-256 failed");
    }
    return digest;
}

std::string exclusive_or(std::string_view a, std::string_view b) {
    std::string result(digest_bytes, '\0');
    for (std::size_t i = 0; i < digest_bytes; ++i) result[i] = static_cast<char>(a[i] ^ b[i]);
    return result;
}

bool is_same(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) {
        throw std::runtime_error("the system's random generator failed");
    }
    return bytes;
}

// ---- Base64 (RFC 4648, with padding) ------------------------------------------------------------

std::string to_base64(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), raw(bytes),
                                       static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

/// The one spelling only: what OpenSSL forgives (blanks, loose bits) would make two of one text.
std::optional<std::string> from_base64(std::string_view text) {
    if (text.empty() || text.size() % 4 != 0) return std::nullopt;
    std::string bytes(text.size() / 4 * 3, '\0');
    const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), raw(text),
                                       static_cast<int>(text.size()));
    if (length < 0) return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
    bytes.resize(static_cast<std::size_t>(length) - padding);
    if (to_base64(bytes) != text) return std::nullopt;
    return bytes;
}

// ---- The fields of a message --------------------------------------------------------------------

/// Takes fields off the front of "a=x,b=y" in the order the RFC gives them.
class FieldReader {
  public:
    explicit FieldReader(std::string_view text) : rest_(text) {}

    std::optional<std::string_view> take(char name) {
        const bool is_there = rest_.size() >= 2 && rest_[0] == name && rest_[1] == '=';
        if (!is_there) return std::nullopt;
        const std::size_t comma = rest_.find(',');
        const bool is_last = comma == std::string_view::npos;
        const std::string_view field = rest_.substr(2, is_last ? comma : comma - 2);
        rest_ = is_last ? std::string_view{} : rest_.substr(comma + 1);
        // A comma promises another field.
        has_dangling_comma_ = !is_last && rest_.empty();
        return field;
    }
    bool is_at_end() const { return rest_.empty() && !has_dangling_comma_; }

  private:
    std::string_view rest_;
    bool has_dangling_comma_ = false;
};

bool is_nonce(std::string_view text) {
    return !text.empty() && text.size() <= limits::scram_nonce_characters_max &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_user(std::string_view text) {
    return !text.empty() && text.size() <= limits::scram_user_bytes_max &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return c > 0x20 && c < 0x7f && c != '='; });
}

std::optional<std::uint32_t> iterations_of(std::string_view text) {
    std::uint32_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const bool is_whole = error == std::errc{} && end == text.data() + text.size();
    if (!is_whole || text.starts_with('0')) return std::nullopt;
    return count;
}

struct Challenge {
    std::string nonce;
    std::string salt;
    std::uint32_t iterations = 0;
};

Result<Challenge> read_challenge(std::string_view text) {
    FieldReader fields(text);
    const auto nonce = fields.take('r');
    const auto salt_text = fields.take('s');
    const auto count_text = fields.take('i');
    if (!nonce || !salt_text || !count_text || !fields.is_at_end() || !is_nonce(*nonce)) {
        return broken("a malformed challenge");
    }
    const auto salt = from_base64(*salt_text);
    if (!salt || salt->empty() || salt->size() > limits::scram_salt_bytes_max)
        return broken("a malformed salt");
    const auto iterations = iterations_of(*count_text);
    // Few would make our proof easy to guess from; many would keep us busy (C23).
    if (!iterations || *iterations < limits::scram_iterations_min ||
        *iterations > limits::scram_iterations_max) {
        return broken("a number of iterations that is not acceptable");
    }
    return Challenge{std::string(*nonce), *salt, *iterations};
}

std::string first_bare_of(const std::string& user, const std::string& nonce) {
    return "n=" + user + ",r=" + nonce;
}

std::string binding_field(const std::string& binding) {
    return to_base64(std::string(gs2_header) + binding);
}

}  // namespace

// ---- The mathematics ----------------------------------------------------------------------------

std::optional<ScramKeys> derive_scram_keys(const Secret& secret, std::string_view salt,
                                           std::uint32_t iterations) {
    std::array<unsigned char, digest_bytes> salted{};
    const std::string_view text = secret.view();
    const int is_derived = PKCS5_PBKDF2_HMAC(
        text.data(), static_cast<int>(text.size()), raw(salt), static_cast<int>(salt.size()),
        static_cast<int>(iterations), EVP_sha256(), digest_bytes, salted.data());
    if (is_derived != 1) return std::nullopt;
    const std::string_view salted_text(reinterpret_cast<const char*>(salted.data()), salted.size());
    std::string client_key = hmac_sha256(salted_text, "Client Key");
    ScramKeys keys{Secret{}, sha256(client_key), hmac_sha256(salted_text, "Server Key")};
    keys.client_key = Secret::take(client_key);
    OPENSSL_cleanse(salted.data(), salted.size());
    return keys;
}

std::optional<ScramVerifier> make_scram_verifier(const Secret& secret, std::string salt,
                                                 std::uint32_t iterations) {
    auto keys = derive_scram_keys(secret, salt, iterations);
    if (!keys) return std::nullopt;
    return ScramVerifier{std::move(salt), std::move(keys->stored_key), std::move(keys->server_key),
                         iterations};
}

std::string scram_client_proof(const ScramKeys& keys, std::string_view auth_message) {
    return exclusive_or(keys.client_key.view(), hmac_sha256(keys.stored_key, auth_message));
}

std::string scram_server_signature(std::string_view server_key, std::string_view auth_message) {
    return hmac_sha256(server_key, auth_message);
}

std::string make_scram_salt() { return random_bytes(16); }

std::string make_scram_nonce() { return to_base64(random_bytes(24)); }

// ---- Who proves ---------------------------------------------------------------------------------

ScramClient::ScramClient(std::string user, Secret secret, std::string binding, std::string nonce)
    : user_(std::move(user)),
      secret_(std::move(secret)),
      binding_(std::move(binding)),
      nonce_(std::move(nonce)) {}

std::string ScramClient::first() const {
    return std::string(gs2_header) + first_bare_of(user_, nonce_);
}

Result<std::string> ScramClient::answer(std::string_view challenge) {
    const auto read = read_challenge(challenge);
    if (!read) return read.fault();
    if (!read->nonce.starts_with(nonce_) || read->nonce.size() == nonce_.size()) {
        return broken("a nonce that is not built on ours");
    }
    const auto keys = derive_scram_keys(secret_, read->salt, read->iterations);
    if (!keys) return Fault{FaultCode::internal, "OpenSSL could not work out the proof."};
    const std::string without_proof = "c=" + binding_field(binding_) + ",r=" + read->nonce;
    const std::string auth_message =
        first_bare_of(user_, nonce_) + "," + std::string(challenge) + "," + without_proof;
    server_signature_ = scram_server_signature(keys->server_key, auth_message);
    return without_proof + ",p=" + to_base64(scram_client_proof(*keys, auth_message));
}

bool ScramClient::accepts(std::string_view verdict) const {
    FieldReader fields(verdict);
    const auto text = fields.take('v');
    const auto signature =
        text && fields.is_at_end() ? from_base64(*text) : std::optional<std::string>{};
    return signature && !server_signature_.empty() && is_same(*signature, server_signature_);
}

// ---- Who judges ---------------------------------------------------------------------------------

ScramServer::ScramServer(std::string binding, std::string nonce)
    : binding_(std::move(binding)), nonce_(std::move(nonce)) {}

Result<std::string> ScramServer::begin(std::string_view first) {
    if (!first.starts_with(gs2_header)) return broken("it is not bound to this connection");
    first.remove_prefix(gs2_header.size());
    FieldReader fields(first);
    const auto user = fields.take('n');
    const auto nonce = fields.take('r');
    if (!user || !nonce || !fields.is_at_end() || !is_user(*user) || !is_nonce(*nonce)) {
        return broken("a malformed beginning");
    }
    first_bare_ = std::string(first);
    nonce_ = std::string(*nonce) + nonce_;
    return std::string(*user);
}

std::string ScramServer::challenge(ScramVerifier verifier) {
    verifier_ = std::move(verifier);
    challenge_ = "r=" + nonce_ + ",s=" + to_base64(verifier_.salt) +
                 ",i=" + std::to_string(verifier_.iterations);
    return challenge_;
}

Result<std::optional<std::string>> ScramServer::judge(std::string_view final_message) {
    FieldReader fields(final_message);
    const auto binding = fields.take('c');
    const auto nonce = fields.take('r');
    const auto proof_text = fields.take('p');
    if (!binding || !nonce || !proof_text || !fields.is_at_end()) {
        return broken("a malformed end");
    }
    const auto proof = from_base64(*proof_text);
    if (!proof || proof->size() != digest_bytes) return broken("a malformed proof");
    if (*nonce != nonce_) return broken("a nonce that is not ours");
    // A proof made for another connection was passed on by somebody in between.
    if (!is_same(*binding, binding_field(binding_))) return std::optional<std::string>{};
    const std::string without_proof = std::string(final_message.substr(
        0, final_message.size() - proof_text->size() - std::string_view(",p=").size()));
    const std::string auth_message = first_bare_ + "," + challenge_ + "," + without_proof;
    std::string client_key = exclusive_or(*proof, hmac_sha256(verifier_.stored_key, auth_message));
    const bool is_right = is_same(sha256(client_key), verifier_.stored_key);
    wipe(client_key);
    if (!is_right) return std::optional<std::string>{};
    return std::optional<std::string>(
        "v=" + to_base64(scram_server_signature(verifier_.server_key, auth_message)));
}

}  // namespace dropline
