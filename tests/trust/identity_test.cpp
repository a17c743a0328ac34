// The file of a profile's key: whatever happens to it, nobody becomes somebody else silently.
#include "net/trust/identity.hpp"

#include <catch2/catch_test_macros.hpp>
#include <openssl/pem.h>

#include <filesystem>
#include <string>

#include "net/platform/private_file.hpp"
#include "net/trust/openssl_ptr.hpp"
#include "tests/store/scratch_folder.hpp"

namespace dropline {
namespace {

using test::content_of;
using test::mode_of;
using test::ScratchFolder;

/// A key that was made in `scratch`, and its owner.
struct Made {
    explicit Made(const ScratchFolder& scratch) : file(scratch / "identity.pem") {
        const auto identity = Identity::load_or_create(file);
        REQUIRE(identity);
        id = identity->id();
        content = content_of(file);
    }

    /// What a start makes of the file when it holds this instead. The file must stay as it is.
    Result<Identity> with(const std::string& damaged) const {
        std::filesystem::remove(file);
        REQUIRE(create_private_file(file, damaged));
        auto identity = Identity::load_or_create(file);
        CHECK(content_of(file) == damaged);
        return identity;
    }

    std::filesystem::path file;
    PeerId id;
    std::string content;
};

void check_refused(const Result<Identity>& identity, const Made& made) {
    REQUIRE_FALSE(identity);
    CHECK(identity.fault().code == FaultCode::profile_damaged);
    const std::string& sentence = identity.fault().sentence;
    CHECK(sentence.find(made.file.string()) != std::string::npos);
    CHECK(sentence.find("Put a copy of it back") != std::string::npos);
    // Nothing of the key: its lines are the longest words there.
    CHECK(sentence.find(made.content.substr(made.content.find('\n', 90) + 1, 32)) ==
          std::string::npos);
}

TEST_CASE("A person is the same at every start, and the key is its owner's alone") {
    const ScratchFolder scratch;
    const Made made(scratch);
    CHECK(mode_of(made.file) == 0600);
    const auto again = Identity::load_or_create(made.file);
    REQUIRE(again);
    CHECK(again->id() == made.id);
    CHECK(content_of(made.file) == made.content);
}

TEST_CASE("T32 D13 a key cut off at any byte is refused, kept, and replaced by nobody") {
    const ScratchFolder scratch;
    const Made made(scratch);
    // What is missing at the end may be the last newline, which says nothing.
    for (std::size_t size = 0; size + 1 < made.content.size(); ++size) {
        CAPTURE(size);
        check_refused(made.with(made.content.substr(0, size)), made);
    }
}

TEST_CASE("T32 D13 a key with any one bit flipped is the same person's or refused") {
    const ScratchFolder scratch;
    const Made made(scratch);
    std::size_t refused = 0;
    for (std::size_t bit = 0; bit < made.content.size() * 8; ++bit) {
        CAPTURE(bit);
        std::string flipped = made.content;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        const auto identity = made.with(flipped);
        if (identity) {
            REQUIRE(identity->id() == made.id);
        } else {
            ++refused;
        }
    }
    CHECK(refused > made.content.size());
}

TEST_CASE("T32 a key of another kind, of another person or of no size is refused") {
    const ScratchFolder scratch;
    const Made made(scratch);
    const std::string id_line = made.content.substr(0, made.content.find('\n') + 1);
    const std::string key = made.content.substr(id_line.size());
    check_refused(made.with(""), made);
    check_refused(made.with(id_line), made);
    check_refused(made.with("dropline identity of somebody else\n" + key), made);
    check_refused(made.with(made.content + std::string(5000, '\n')), made);
    const KeyPtr other(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
    const BioPtr pem(BIO_new(BIO_s_mem()));
    REQUIRE(PEM_write_bio_PKCS8PrivateKey(pem.get(), other.get(), nullptr, nullptr, 0, nullptr,
                                          nullptr) == 1);
    char* data = nullptr;
    const long length = BIO_get_mem_data(pem.get(), &data);
    check_refused(made.with(std::string(data, static_cast<std::size_t>(length))), made);
}

TEST_CASE("A key of the first versions, with nothing in front of it, is still the same person's") {
    const ScratchFolder scratch;
    const Made made(scratch);
    const auto identity = made.with(made.content.substr(made.content.find('\n') + 1));
    REQUIRE(identity);
    CHECK(identity->id() == made.id);
}

TEST_CASE("T32 a folder in the key's place is refused and left alone") {
    const ScratchFolder scratch;
    std::filesystem::create_directory(scratch / "identity.pem");
    const auto identity = Identity::load_or_create(scratch / "identity.pem");
    REQUIRE_FALSE(identity);
    CHECK(identity.fault().code == FaultCode::profile_unsafe);
    CHECK(std::filesystem::is_directory(scratch / "identity.pem"));
}

}  // namespace
}  // namespace dropline
