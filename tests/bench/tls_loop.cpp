// The ceiling of a file transfer: the least a process must do to move one file over TLS 1.3 (or
// over nothing, with --plain), one thread a side. Nothing is hashed, named, resumed or told
// meanwhile.
//
//     tls_loop receive DESTINATION --certificate FILE --key FILE [--block BYTES] [--sync]
//     tls_loop send FILE PORT [--suite NAME] [--block BYTES]
//
// Both take --plain. The receiver prints its port, and in the end the bytes and the seconds from
// the finished handshake to the last write (with --sync: to the end of fsync).
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

struct Options {
    std::vector<std::string> words;
    std::string certificate;
    std::string key;
    std::string suite = "TLS_AES_256_GCM_SHA384";
    std::size_t block_bytes = 256 * 1024;
    bool is_plain = false;
    bool syncs = false;
};

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

[[noreturn]] void fail_tls(const std::string& what) {
    char reason[256] = "";
    ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
    throw std::runtime_error(what + ": " + reason);
}

class Descriptor {
  public:
    Descriptor(int number, const std::string& what) : number_(number) {
        if (number_ < 0) fail(what);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { ::close(number_); }

    int number() const { return number_; }

  private:
    int number_;
};

/// What carries the bytes: a socket, with TLS on it or not. One thread uses it.
class Carrier {
  public:
    virtual ~Carrier() = default;
    /// Returns the number of bytes read, 0 at the end of the stream.
    virtual std::size_t read(char* into, std::size_t bytes) = 0;
    virtual void write(const char* from, std::size_t bytes) = 0;
    virtual void end_writing() = 0;
};

class PlainCarrier final : public Carrier {
  public:
    explicit PlainCarrier(int socket) : socket_(socket) {}

    std::size_t read(char* into, std::size_t bytes) override {
        const ssize_t got = ::recv(socket_, into, bytes, 0);
        if (got < 0) fail("recv");
        return static_cast<std::size_t>(got);
    }
    void write(const char* from, std::size_t bytes) override {
        while (bytes > 0) {
            const ssize_t sent = ::send(socket_, from, bytes, MSG_NOSIGNAL);
            if (sent < 0) fail("send");
            from += sent;
            bytes -= static_cast<std::size_t>(sent);
        }
    }
    void end_writing() override { ::shutdown(socket_, SHUT_WR); }

  private:
    int socket_;
};

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

class TlsCarrier final : public Carrier {
  public:
    TlsCarrier(int socket, Context context, bool is_server)
        : context_(std::move(context)), session_(SSL_new(context_.get()), &SSL_free) {
        if (!session_ || SSL_set_fd(session_.get(), socket) != 1) fail_tls("SSL_set_fd");
        const int done = is_server ? SSL_accept(session_.get()) : SSL_connect(session_.get());
        if (done != 1) fail_tls("handshake");
    }

    std::size_t read(char* into, std::size_t bytes) override {
        std::size_t got = 0;
        if (SSL_read_ex(session_.get(), into, bytes, &got) == 1) return got;
        if (SSL_get_error(session_.get(), 0) != SSL_ERROR_ZERO_RETURN) fail_tls("SSL_read");
        return 0;
    }
    void write(const char* from, std::size_t bytes) override {
        std::size_t sent = 0;
        if (SSL_write_ex(session_.get(), from, bytes, &sent) != 1) fail_tls("SSL_write");
    }
    void end_writing() override { SSL_shutdown(session_.get()); }

  private:
    Context context_;
    std::unique_ptr<SSL, decltype(&SSL_free)> session_;
};

std::unique_ptr<Carrier> make_carrier(int socket, const Options& options, bool is_server) {
    if (options.is_plain) return std::make_unique<PlainCarrier>(socket);
    Context context(SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method()),
                    &SSL_CTX_free);
    if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) != 1) {
        fail_tls("SSL_CTX_new");
    }
    if (is_server) {
        // Nobody reads tickets here; unread bytes would turn the closing into a reset.
        SSL_CTX_set_num_tickets(context.get(), 0);
        if (SSL_CTX_use_certificate_file(context.get(), options.certificate.c_str(),
                                         SSL_FILETYPE_PEM) != 1 ||
            SSL_CTX_use_PrivateKey_file(context.get(), options.key.c_str(), SSL_FILETYPE_PEM) !=
                1) {
            fail_tls("certificate and key");
        }
    } else if (SSL_CTX_set_ciphersuites(context.get(), options.suite.c_str()) != 1) {
        fail_tls("cipher suite");
    }
    return std::make_unique<TlsCarrier>(socket, std::move(context), is_server);
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

std::uint16_t listen_on_any_port(int socket) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket, generic, size) != 0 || ::listen(socket, 1) != 0) fail("listen");
    if (::getsockname(socket, generic, &size) != 0) fail("getsockname");
    return ntohs(address.sin_port);
}

void write_all(int file, const char* from, std::size_t bytes) {
    while (bytes > 0) {
        const ssize_t written = ::write(file, from, bytes);
        if (written < 0) fail("write");
        from += written;
        bytes -= static_cast<std::size_t>(written);
    }
}

/// Writes in whole blocks: a TLS record is 16 KiB, too little for a system call of its own.
std::uint64_t receive_all(Carrier& carrier, int file, std::size_t block_bytes) {
    std::vector<char> block(block_bytes);
    std::uint64_t total = 0;
    for (bool is_over = false; !is_over;) {
        std::size_t filled = 0;
        while (filled < block.size()) {
            const std::size_t got = carrier.read(block.data() + filled, block.size() - filled);
            if (got == 0) {
                is_over = true;
                break;
            }
            filled += got;
        }
        write_all(file, block.data(), filled);
        total += filled;
    }
    return total;
}

void receive(const Options& options) {
    const Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    std::printf("%u\n", static_cast<unsigned>(listen_on_any_port(listener.number())));
    std::fflush(stdout);

    const Descriptor file(
        ::open(options.words[1].c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600),
        options.words[1]);
    const Descriptor socket(::accept(listener.number(), nullptr, nullptr), "accept");
    const auto carrier = make_carrier(socket.number(), options, true);

    const auto started = std::chrono::steady_clock::now();
    const std::uint64_t total = receive_all(*carrier, file.number(), options.block_bytes);
    if (options.syncs && ::fsync(file.number()) != 0) fail("fsync");
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    std::printf("%llu %.6f\n", static_cast<unsigned long long>(total), took.count());
    carrier->end_writing();
}

void send(const Options& options) {
    const Descriptor file(::open(options.words[1].c_str(), O_RDONLY | O_CLOEXEC), options.words[1]);
    const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    const auto port = static_cast<std::uint16_t>(std::stoul(options.words[2]));
    const sockaddr_in address = loopback(port);
    if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
        0) {
        fail("connect");
    }
    const auto carrier = make_carrier(socket.number(), options, false);

    std::vector<char> block(options.block_bytes);
    while (true) {
        const ssize_t got = ::read(file.number(), block.data(), block.size());
        if (got < 0) fail("read");
        if (got == 0) break;
        carrier->write(block.data(), static_cast<std::size_t>(got));
    }
    carrier->end_writing();
    carrier->read(block.data(), block.size());  // the other's end: it has stored everything
}

Options parse(int count, char** arguments) {
    Options options;
    for (int at = 1; at < count; ++at) {
        const std::string_view word = arguments[at];
        const auto value = [&] {
            if (at + 1 == count) throw std::runtime_error(std::string(word) + " needs a value");
            return std::string(arguments[++at]);
        };
        if (word == "--plain") {
            options.is_plain = true;
        } else if (word == "--sync") {
            options.syncs = true;
        } else if (word == "--certificate") {
            options.certificate = value();
        } else if (word == "--key") {
            options.key = value();
        } else if (word == "--suite") {
            options.suite = value();
        } else if (word == "--block") {
            options.block_bytes = std::stoul(value());
        } else {
            options.words.emplace_back(word);
        }
    }
    return options;
}

}  // namespace

int main(int count, char** arguments) {
    try {
        const Options options = parse(count, arguments);
        const auto& words = options.words;
        if (words.size() == 2 && words[0] == "receive") {
            receive(options);
        } else if (words.size() == 3 && words[0] == "send") {
            send(options);
        } else {
            throw std::runtime_error("receive DESTINATION, or send FILE PORT");
        }
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "tls_loop: %s\n", error.what());
        return EXIT_FAILURE;
    }
}
