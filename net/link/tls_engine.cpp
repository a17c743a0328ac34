#include "net/link/tls_engine.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "net/api/limits.hpp"

namespace dropline {

namespace {

/// A growing byte queue: appended at the end, taken from the front.
class ByteQueue {
  public:
    void push(const char* data, std::size_t size) { bytes_.append(data, size); }
    std::span<const std::byte> view() const {
        return std::as_bytes(std::span(bytes_)).subspan(begin_);
    }
    void pop(std::size_t count) {
        begin_ += count;
        if (begin_ < bytes_.size()) return;
        bytes_.clear();
        begin_ = 0;
        // An idle connection keeps no buffer; a busy one keeps a useful one.
        constexpr std::size_t worth_keeping_bytes = 512 * 1024;
        if (bytes_.capacity() > worth_keeping_bytes) bytes_.shrink_to_fit();
    }
    std::string take() {
        std::string taken = std::exchange(bytes_, {});
        taken.erase(0, std::exchange(begin_, 0));
        return taken;
    }
    void release_memory_when_empty() {
        if (bytes_.empty()) bytes_.shrink_to_fit();
    }

  private:
    std::string bytes_;
    std::size_t begin_ = 0;
};

}  // namespace

struct TlsEngine::State {
    TlsPtr tls;
    PeerCheck check;
    ByteQueue input;
    ByteQueue output;
    CiphertextTransport* transport = nullptr;
    std::chrono::steady_clock::time_point key_updates_since{};
    std::uint32_t key_updates = 0;
    bool is_flooded = false;
};

namespace {

// ---- OpenSSL reads and writes our two queues through a BIO of our own ---------------------------

template <typename State>
State* state_of(BIO* bio) {
    return static_cast<State*>(BIO_get_data(bio));
}

template <typename State>
int bio_write(BIO* bio, const char* data, int size) {
    BIO_clear_retry_flags(bio);
    State& state = *state_of<State>(bio);
    const std::string_view bytes(data, static_cast<std::size_t>(size));
    if (state.transport == nullptr) {
        state.output.push(bytes.data(), bytes.size());
        return size;
    }
    const auto sent = state.transport->send(std::as_bytes(std::span(bytes)));
    if (sent == std::size_t{0}) BIO_set_retry_write(bio);
    return sent.value_or(0) == 0 ? -1 : static_cast<int>(*sent);
}

/// The end of the connection looks to OpenSSL like any other error: only its own closing counts.
template <typename State>
int receive_from_transport(BIO* bio, char* data, int size) {
    CiphertextTransport* const transport = state_of<State>(bio)->transport;
    const auto room = std::as_writable_bytes(std::span(data, static_cast<std::size_t>(size)));
    const auto received =
        transport == nullptr ? std::optional<std::size_t>(0) : transport->receive(room);
    if (received == std::size_t{0}) BIO_set_retry_read(bio);
    return received.value_or(0) == 0 ? -1 : static_cast<int>(*received);
}

template <typename State>
int bio_read(BIO* bio, char* data, int size) {
    BIO_clear_retry_flags(bio);
    auto& input = state_of<State>(bio)->input;
    const auto available = input.view();
    if (available.empty()) return receive_from_transport<State>(bio, data, size);
    const std::size_t count = std::min(available.size(), static_cast<std::size_t>(size));
    std::memcpy(data, available.data(), count);
    input.pop(count);
    return static_cast<int>(count);
}

long bio_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

template <typename State>
const BIO_METHOD* bio_method() {
    static const BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "dropline");
        BIO_meth_set_write(made, bio_write<State>);
        BIO_meth_set_read(made, bio_read<State>);
        BIO_meth_set_ctrl(made, bio_control);
        return made;
    }();
    return method;
}

/// OpenSSL takes any number of KeyUpdate messages; each costs the receiver work (E8).
template <typename State>
void count_key_updates(int is_written, int, int content_type, const void* data, std::size_t size,
                       SSL*, void* argument) {
    if (is_written != 0 || content_type != SSL3_RT_HANDSHAKE || size == 0) return;
    if (*static_cast<const unsigned char*>(data) != SSL3_MT_KEY_UPDATE) return;
    auto* state = static_cast<State*>(argument);
    const auto now = std::chrono::steady_clock::now();
    if (now - state->key_updates_since > std::chrono::minutes(1)) {
        state->key_updates_since = now;
        state->key_updates = 0;
    }
    ++state->key_updates;
    if (state->key_updates > limits::key_updates_per_minute_max) state->is_flooded = true;
}

}  // namespace

TlsEngine::TlsEngine(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsEngine::~TlsEngine() = default;
TlsEngine::TlsEngine(TlsEngine&&) noexcept = default;
TlsEngine& TlsEngine::operator=(TlsEngine&&) noexcept = default;

std::unique_ptr<TlsEngine::State> TlsEngine::make_state(SSL_CTX* context,
                                                        std::optional<PeerId> expected) {
    auto state = std::make_unique<State>();
    state->check.expected = expected;
    state->tls.reset(SSL_new(context));
    BIO* bio = BIO_new(bio_method<State>());
    if (!state->tls || bio == nullptr) throw std::bad_alloc();
    BIO_set_data(bio, state.get());
    BIO_set_init(bio, 1);
    SSL_set_bio(state->tls.get(), bio, bio);
    attach_peer_check(state->tls.get(), &state->check);
    SSL_set_msg_callback(state->tls.get(), count_key_updates<State>);
    SSL_set_msg_callback_arg(state->tls.get(), state.get());
    return state;
}

TlsEngine TlsEngine::client(const TlsContext& context, Channel channel,
                            std::optional<PeerId> expected) {
    auto state = make_state(context.client(), expected);
    const std::string_view name = alpn_name(channel);
    std::string list(1, static_cast<char>(name.size()));
    list += name;
    SSL_set_alpn_protos(state->tls.get(), reinterpret_cast<const unsigned char*>(list.data()),
                        static_cast<unsigned int>(list.size()));
    SSL_set_connect_state(state->tls.get());
    return TlsEngine(std::move(state));
}

TlsEngine TlsEngine::server(const TlsContext& context, std::optional<PeerId> expected) {
    auto state = make_state(context.server(), expected);
    SSL_set_accept_state(state->tls.get());
    return TlsEngine(std::move(state));
}

Fault TlsEngine::failure(const char* doing) const {
    const unsigned long code = ERR_peek_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    std::string sentence = std::string("The encrypted connection failed while ") + doing;
    if (reason != nullptr) sentence += std::string(" (") + reason + ")";
    ERR_clear_error();
    // Bytes damaged on the way look the same as a stranger: what refuses us for good says so
    // itself.
    return Fault{FaultCode::disconnected, sentence + "."};
}

Result<TlsEngine::Progress> TlsEngine::handshake() {
    ERR_clear_error();
    const int result = SSL_do_handshake(state_->tls.get());
    if (result == 1) {
        const unsigned char* name = nullptr;
        unsigned int length = 0;
        SSL_get0_alpn_selected(state_->tls.get(), &name, &length);
        if (length == 0 || !state_->check.seen) return failure("agreeing on what it is for");
        return Progress::done;
    }
    if (SSL_get_error(state_->tls.get(), result) == SSL_ERROR_WANT_READ) {
        return Progress::needs_input;
    }
    if (state_->check.is_mismatch()) {
        ERR_clear_error();
        const auto change =
            std::make_shared<const KeyChange>(KeyChange{{},
                                                        {},
                                                        fingerprint_text(*state_->check.expected),
                                                        fingerprint_text(*state_->check.seen)});
        return Fault{FaultCode::key_changed,
                     "The other side has the key " + change->shown_fingerprint + ", but " +
                         change->known_fingerprint + " was expected.",
                     false, change};
    }
    return failure("greeting");
}

Result<void> TlsEngine::write(std::span<const std::byte> plain) {
    ERR_clear_error();
    while (!plain.empty()) {
        std::size_t written = 0;
        if (SSL_write_ex(state_->tls.get(), plain.data(), plain.size(), &written) != 1) {
            return failure("sending");
        }
        plain = plain.subspan(written);
    }
    return {};
}

void TlsEngine::attach(CiphertextTransport& transport) {
    state_->transport = &transport;
    SSL* const tls = state_->tls.get();
    SSL_clear_mode(tls, SSL_MODE_RELEASE_BUFFERS);
    // One system call for many records, straight to where they are decrypted. When OpenSSL has a
    // smaller buffer already and something in it, it stays with that one.
    constexpr std::size_t read_buffer_bytes = 64 * 1024;
    SSL_set_read_ahead(tls, 1);
    SSL_set_default_read_buffer_len(tls, read_buffer_bytes);
    (void)SSL_free_buffers(tls);
}

Result<std::size_t> TlsEngine::write_record(std::span<const std::byte> plain) {
    ERR_clear_error();
    std::size_t written = 0;
    const int status = SSL_write_ex(state_->tls.get(), plain.data(), plain.size(), &written);
    if (status == 1) return written;
    if (SSL_get_error(state_->tls.get(), status) == SSL_ERROR_WANT_WRITE) return std::size_t{0};
    return failure("sending");
}

Result<TlsEngine::Read> TlsEngine::read(std::span<std::byte> into) {
    Read all;
    while (all.bytes < into.size()) {
        auto record = read_record(into.subspan(all.bytes));
        // What came before the end counts; the next call meets the end again.
        if (!record && all.bytes > 0) break;
        if (!record) return record;
        if (record->bytes == 0) {
            all.is_end = record->is_end && all.bytes == 0;
            break;
        }
        all.bytes += record->bytes;
    }
    return all;
}

Result<TlsEngine::Read> TlsEngine::read_record(std::span<std::byte> into) {
    ERR_clear_error();
    std::size_t count = 0;
    const int status = SSL_read_ex(state_->tls.get(), into.data(), into.size(), &count);
    if (state_->is_flooded) {
        return Fault{FaultCode::protocol_error,
                     "The other side changed its session keys far too often."};
    }
    if (status == 1) return Read{count, false};
    const int error = SSL_get_error(state_->tls.get(), status);
    if (error == SSL_ERROR_WANT_READ) return Read{};
    if (error == SSL_ERROR_ZERO_RETURN) return Read{0, true};
    return failure("receiving");
}

void TlsEngine::release_idle_memory() {
    state_->input.release_memory_when_empty();
    state_->output.release_memory_when_empty();
}

void TlsEngine::push_input(std::span<const std::byte> ciphertext) {
    state_->input.push(reinterpret_cast<const char*>(ciphertext.data()), ciphertext.size());
}

std::span<const std::byte> TlsEngine::output() const { return state_->output.view(); }

std::string TlsEngine::take_output() { return state_->output.take(); }

void TlsEngine::close() {
    ERR_clear_error();
    SSL_shutdown(state_->tls.get());
    ERR_clear_error();
}

std::string TlsEngine::take_unread_input() {
    const auto rest = state_->input.view();
    std::string bytes(reinterpret_cast<const char*>(rest.data()), rest.size());
    state_->input.pop(rest.size());
    return bytes;
}

const PeerId& TlsEngine::peer() const { return *state_->check.seen; }
std::optional<PeerId> TlsEngine::seen_peer() const { return state_->check.seen; }

Result<std::string> TlsEngine::channel_binding() const {
    constexpr std::string_view label = "EXPORTER-Channel-Binding";
    constexpr std::size_t binding_bytes = 32;
    std::string binding(binding_bytes, '\0');
    const int is_made = SSL_export_keying_material(
        state_->tls.get(), reinterpret_cast<unsigned char*>(binding.data()), binding.size(),
        label.data(), label.size(), nullptr, 0, 0);
    if (is_made == 1) return binding;
    ERR_clear_error();
    return Fault{FaultCode::internal, "OpenSSL gave nothing to bind a proof to."};
}

Channel TlsEngine::channel() const {
    const unsigned char* name = nullptr;
    unsigned int length = 0;
    SSL_get0_alpn_selected(state_->tls.get(), &name, &length);
    const std::string_view chosen(reinterpret_cast<const char*>(name), length);
    if (chosen == alpn_name(Channel::peer)) return Channel::peer;
    if (chosen == alpn_name(Channel::relay)) return Channel::relay;
    return Channel::room;
}

}  // namespace dropline
