#include "net/link/name_look_up.hpp"

#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <netdb.h>

#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "net/api/limits.hpp"
#include "net/link/as_result.hpp"
#include "net/platform/thread_name.hpp"

namespace dropline {

namespace {

/// What a thread that asks the system shares with whoever waits for it.
struct LookUp {
    std::mutex mutex;
    std::optional<asio::any_io_executor> net;  // empty: nobody waits any more
    std::vector<asio::ip::address> found;
};

/// Who waits no more: from here on the thread touches nothing of the network's.
class Waiting {
  public:
    explicit Waiting(std::shared_ptr<LookUp> look_up) : look_up_(std::move(look_up)) {}
    ~Waiting() {
        const std::lock_guard lock(look_up_->mutex);
        look_up_->net.reset();
    }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

    std::vector<asio::ip::address> found() const {
        const std::lock_guard lock(look_up_->mutex);
        return look_up_->found;
    }

  private:
    const std::shared_ptr<LookUp> look_up_;
};

/// The system's getaddrinfo, on a thread of its own that nobody waits for: it cannot be called off,
/// and with a dead name server it takes a minute. False when there is no thread left.
bool start_look_up(const std::shared_ptr<LookUp>& look_up, std::string host, NameLookUp ask,
                   std::weak_ptr<asio::steady_timer> signal) {
    try {
        std::thread([look_up, host = std::move(host), ask = std::move(ask),
                     signal = std::move(signal)] {
            name_this_thread("resolve");
            auto found = ask(host);
            const std::lock_guard lock(look_up->mutex);
            look_up->found = std::move(found);
            if (!look_up->net) return;
            asio::post(*look_up->net, [signal] {
                if (const auto waiting = signal.lock()) waiting->cancel();
            });
        }).detach();
    } catch (const std::system_error&) {
        return false;
    }
    return true;
}

}  // namespace

std::vector<asio::ip::address> addresses_of(const std::string& host) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* first = nullptr;
    if (::getaddrinfo(host.c_str(), nullptr, &hints, &first) != 0) return {};
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(first, &::freeaddrinfo);
    std::vector<asio::ip::address> found;
    for (const addrinfo* entry = first; entry != nullptr; entry = entry->ai_next) {
        asio::ip::tcp::endpoint endpoint;
        if (entry->ai_addrlen > endpoint.capacity()) continue;
        std::memcpy(endpoint.data(), entry->ai_addr, entry->ai_addrlen);
        found.push_back(endpoint.address());
    }
    return found;
}

asio::awaitable<std::vector<asio::ip::address>> look_up_name(asio::any_io_executor net,
                                                             std::string host, NameLookUp ask) {
    const auto shared = std::make_shared<LookUp>();
    shared->net = net;
    const Waiting waiting(shared);
    const auto signal = std::make_shared<asio::steady_timer>(net, limits::resolve_max);
    const bool is_asked = start_look_up(shared, std::move(host), std::move(ask), signal);
    if (is_asked) {
        co_await signal->async_wait(as_result);
    }
    co_return waiting.found();
}

}  // namespace dropline
