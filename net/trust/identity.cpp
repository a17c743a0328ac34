#include "net/trust/identity.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "net/platform/private_file.hpp"
#include "net/trust/hkdf.hpp"

namespace dropline {

namespace {

constexpr std::size_t key_file_bytes_max = 4096;

Fault openssl_fault(const std::string& what) {
    ERR_clear_error();
    return Fault{FaultCode::internal, "OpenSSL could not " + what + "."};
}

KeyPtr parse_key(const std::string& pem) {
    const BioPtr bytes(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    // No passphrase callback may ever ask on a terminal: an encrypted key is a damaged one here.
    const auto refuse = [](char*, int, int, void*) -> int { return -1; };
    KeyPtr key(PEM_read_bio_PrivateKey(bytes.get(), nullptr, refuse, nullptr));
    ERR_clear_error();
    if (key && EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) key.reset();
    return key;
}

/// In front of the key stands whose it is: PKCS#8 has no checksum, and with one bit flipped an
/// Ed25519 key is another good one, of somebody nobody knows. PEM allows text there.
std::string id_line(const PeerId& id) { return "dropline identity " + to_hex(id) + "\n"; }

/// True for the id's own line, and for none: keys of the first versions, and of other programs.
bool is_line_of(const PeerId& id, std::string_view pem) {
    const std::string_view before_key = pem.substr(0, pem.find("-----BEGIN"));
    return before_key.empty() || before_key == id_line(id);
}

Fault damaged_key(const std::filesystem::path& key_file) {
    return {FaultCode::profile_damaged,
            "The identity in " + key_file.string() +
                " is damaged. Put a copy of it back. To start as somebody new instead, choose "
                "another profile with --profile; people who know you will be warned."};
}

std::string key_to_pem(EVP_PKEY* key) {
    const BioPtr bytes(BIO_new(BIO_s_secmem()));
    PEM_write_bio_PKCS8PrivateKey(bytes.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    const long length = BIO_get_mem_data(bytes.get(), &data);
    return length > 0 ? std::string(data, static_cast<std::size_t>(length)) : std::string();
}

/// The fields say nothing about a person, and the dates never matter: clocks differ (F5).
CertificatePtr self_sign(EVP_PKEY* key) {
    CertificatePtr certificate(X509_new());
    X509* x509 = certificate.get();
    const bool is_made =
        x509 != nullptr && X509_set_version(x509, X509_VERSION_3) == 1 &&
        ASN1_INTEGER_set(X509_get_serialNumber(x509), 1) == 1 &&
        ASN1_TIME_set_string_X509(X509_getm_notBefore(x509), "19700101000000Z") == 1 &&
        ASN1_TIME_set_string_X509(X509_getm_notAfter(x509), "99991231235959Z") == 1 &&
        X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>("dropline"), -1, -1,
                                   0) == 1 &&
        X509_set_issuer_name(x509, X509_get_subject_name(x509)) == 1 &&
        X509_set_pubkey(x509, key) == 1 && X509_sign(x509, key, nullptr) > 0;
    if (!is_made) certificate.reset();
    return certificate;
}

}  // namespace

std::optional<PeerId> peer_id_of(X509* certificate) {
    if (certificate == nullptr) return std::nullopt;
    EVP_PKEY* key = X509_get0_pubkey(certificate);
    if (key == nullptr || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) return std::nullopt;
    // Written anew: a certificate can spell the same key in several ways, and a key is one person.
    unsigned char* der = nullptr;
    const int length = i2d_PUBKEY(key, &der);
    if (length <= 0) return std::nullopt;
    PeerId id;
    unsigned int id_length = 0;
    const int is_hashed = EVP_Digest(der, static_cast<std::size_t>(length), id.bytes.data(),
                                     &id_length, EVP_sha256(), nullptr);
    OPENSSL_free(der);
    if (is_hashed != 1 || id_length != id.bytes.size()) return std::nullopt;
    return id;
}

Identity::Identity(KeyPtr key, CertificatePtr certificate, PeerId id)
    : key_(std::move(key)), certificate_(std::move(certificate)), id_(id) {}

std::string Identity::derived_secret(std::string_view purpose) const {
    constexpr std::size_t secret_bytes = 32;
    std::array<unsigned char, 32> raw{};
    std::size_t length = raw.size();
    if (EVP_PKEY_get_raw_private_key(key_.get(), raw.data(), &length) != 1) {
        throw std::runtime_error("the private key cannot be read");
    }
    std::string secret =
        hkdf_sha256({reinterpret_cast<const char*>(raw.data()), length}, purpose, secret_bytes);
    OPENSSL_cleanse(raw.data(), raw.size());
    return secret;
}

Result<Identity> Identity::from_key(KeyPtr key) {
    CertificatePtr certificate = self_sign(key.get());
    if (!certificate) return openssl_fault("make a certificate");
    const auto id = peer_id_of(certificate.get());
    if (!id) return openssl_fault("hash the public key");
    return Identity(std::move(key), std::move(certificate), *id);
}

Result<Identity> Identity::create() {
    KeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    if (!key) return openssl_fault("make a key");
    return from_key(std::move(key));
}

Result<Identity> Identity::load(const std::filesystem::path& key_file) {
    auto pem = read_private_file(key_file, key_file_bytes_max);
    if (!pem && pem.fault().code == FaultCode::too_large) return damaged_key(key_file);
    if (!pem) return pem.fault();
    KeyPtr key = parse_key(*pem);
    auto identity = key ? from_key(std::move(key)) : damaged_key(key_file);
    const bool is_whole = identity && is_line_of(identity->id(), *pem);
    OPENSSL_cleanse(pem->data(), pem->size());
    if (identity && !is_whole) return damaged_key(key_file);
    return identity;
}

Result<Identity> Identity::load_or_create(const std::filesystem::path& key_file) {
    const auto exists = file_exists(key_file);
    if (!exists) return exists.fault();
    if (*exists) return load(key_file);
    auto identity = create();
    if (!identity) return identity;
    std::string pem = id_line(identity->id()) + key_to_pem(identity->key());
    const auto stored = create_private_file(key_file, pem);
    OPENSSL_cleanse(pem.data(), pem.size());
    if (!stored) return stored.fault();
    return identity;
}

}  // namespace dropline
