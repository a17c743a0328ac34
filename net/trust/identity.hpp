// Who this profile is: one Ed25519 key pair, and the id everybody knows it by.
// Thread: any after construction (constant). It does not decide whom to trust.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "net/api/fault.hpp"
#include "net/api/ids.hpp"
#include "net/trust/openssl_ptr.hpp"

namespace dropline {

class Identity {
  public:
    /// The key in `key_file` (PKCS#8 PEM with the id in front of it, mode 0600), made on the first
    /// start. A key that is there but unreadable, readable by others or damaged is a fault: a new
    /// identity is never made silently (T32). That one is missing, though this is not the first
    /// start, is for Profile::check_has_key to say.
    /// Faults: profile_unsafe, profile_damaged, file_error.
    static Result<Identity> load_or_create(const std::filesystem::path& key_file);

    /// A fresh key that lives in memory only.
    static Result<Identity> create();

    const PeerId& id() const { return id_; }
    EVP_PKEY* key() const { return key_.get(); }
    /// 32 bytes that only this profile can make, always the same for one `purpose`.
    std::string derived_secret(std::string_view purpose) const;
    /// Self-signed; made anew at every start, since only the key counts.
    X509* certificate() const { return certificate_.get(); }

  private:
    Identity(KeyPtr key, CertificatePtr certificate, PeerId id);
    static Result<Identity> from_key(KeyPtr key);
    static Result<Identity> load(const std::filesystem::path& key_file);

    KeyPtr key_;
    CertificatePtr certificate_;
    PeerId id_;
};

/// SHA-256 of the SubjectPublicKeyInfo (DER) of an Ed25519 certificate; nothing for any other
/// kind of key. Thread: any.
std::optional<PeerId> peer_id_of(X509* certificate);

}  // namespace dropline
