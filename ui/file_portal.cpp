#include "ui/file_portal.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/api/ids.hpp"

namespace dropline::ui {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto portal_name = "org.freedesktop.portal.Desktop";
constexpr auto portal_path = "/org/freedesktop/portal/desktop";
constexpr auto chooser_interface = "org.freedesktop.portal.FileChooser";
constexpr auto request_interface = "org.freedesktop.portal.Request";
constexpr auto owner_changes =
    "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
    "interface='org.freedesktop.DBus',member='NameOwnerChanged',"
    "arg0='org.freedesktop.portal.Desktop'";
// From which version of the interface on it knows these options.
constexpr std::uint32_t version_with_directory = 3;
constexpr std::uint32_t version_with_current_folder = 4;

struct CloseBus {
    void operator()(sd_bus* bus) const { sd_bus_close_unref(bus); }
};
struct ReleaseMessage {
    void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using BusConnection = std::unique_ptr<sd_bus, CloseBus>;
using BusMessage = std::unique_ptr<sd_bus_message, ReleaseMessage>;

/// Empty where there is none. What libsystemd would do with other kinds of address blocks.
BusConnection session_bus() {
    const char* named = std::getenv("DBUS_SESSION_BUS_ADDRESS");
    if (named && !is_socket_of_this_machine(named)) return nullptr;
    sd_bus* bus = nullptr;
    if (sd_bus_open_user(&bus) < 0) return nullptr;
    return BusConnection(bus);
}

/// The last part of a Request's path, which the specification wants nobody to have used before.
std::string new_token() {
    std::array<char, 16> bytes{};
    // So few bytes come whole or not at all; then zeros do, for no other call of ours is on this
    // bus.
    [[maybe_unused]] const auto got = getrandom(bytes.data(), bytes.size(), GRND_NONBLOCK);
    return "dropline_" + to_hex({bytes.data(), bytes.size()});
}

bool add_text(sd_bus_message* call, const char* option, const std::string& value) {
    return sd_bus_message_append(call, "{sv}", option, "s", value.c_str()) >= 0;
}

bool add_yes(sd_bus_message* call, const char* option) {
    return sd_bus_message_append(call, "{sv}", option, "b", 1) >= 0;
}

/// A path need not be UTF-8, so it goes as bytes, the NUL included.
bool add_path(sd_bus_message* call, const char* option, const std::string& path) {
    return sd_bus_message_open_container(call, SD_BUS_TYPE_DICT_ENTRY, "sv") >= 0 &&
           sd_bus_message_append(call, "s", option) >= 0 &&
           sd_bus_message_open_container(call, SD_BUS_TYPE_VARIANT, "ay") >= 0 &&
           sd_bus_message_append_array(call, 'y', path.c_str(), path.size() + 1) >= 0 &&
           sd_bus_message_close_container(call) >= 0 && sd_bus_message_close_container(call) >= 0;
}

bool add_options(sd_bus_message* call, const ChooserQuestion& question, const std::string& token,
                 std::uint32_t version) {
    const bool wants_files = question.kind == ChooserKind::files;
    bool is_whole = sd_bus_message_open_container(call, SD_BUS_TYPE_ARRAY, "{sv}") >= 0 &&
                    add_text(call, "handle_token", token) &&
                    add_text(call, "accept_label", question.accept_label) &&
                    add_yes(call, wants_files ? "multiple" : "directory");
    if (version >= version_with_current_folder && question.start_folder.is_absolute()) {
        is_whole = is_whole && add_path(call, "current_folder", question.start_folder.string());
    }
    return is_whole && sd_bus_message_close_container(call) >= 0;
}

/// The texts stay the message's. One above the limit is enough to see that there are too many.
std::optional<std::vector<std::string_view>> read_uris(sd_bus_message* response) {
    if (sd_bus_message_enter_container(response, SD_BUS_TYPE_VARIANT, "as") < 0)
        return std::nullopt;
    if (sd_bus_message_enter_container(response, SD_BUS_TYPE_ARRAY, "s") < 0) return std::nullopt;
    std::vector<std::string_view> uris;
    const char* uri = nullptr;
    int read = 0;
    while (uris.size() <= limits::chosen_paths_max &&
           (read = sd_bus_message_read_basic(response, 's', &uri)) > 0) {
        uris.emplace_back(uri);
    }
    if (read < 0) return std::nullopt;
    return uris;
}

/// (u, a{sv}); what is not `uris` among the results is not ours to know.
PortalAnswer read_response(ChooserKind kind, sd_bus_message* response) {
    PortalAnswer unreadable{PortalEnd::unreadable, {}};
    std::uint32_t code = 0;
    if (sd_bus_message_read(response, "u", &code) <= 0) return unreadable;
    if (sd_bus_message_enter_container(response, SD_BUS_TYPE_ARRAY, "{sv}") <= 0) return unreadable;
    int entered = 0;
    while ((entered = sd_bus_message_enter_container(response, SD_BUS_TYPE_DICT_ENTRY, "sv")) > 0) {
        const char* name = nullptr;
        if (sd_bus_message_read(response, "s", &name) <= 0) return unreadable;
        if (std::string_view(name) == "uris") {
            const auto uris = read_uris(response);
            return uris ? portal_answer(kind, code, *uris) : unreadable;
        }
        if (sd_bus_message_skip(response, "v") < 0) return unreadable;
        if (sd_bus_message_exit_container(response) < 0) return unreadable;
    }
    return entered < 0 ? unreadable : portal_answer(kind, code, {});
}

/// One question, from the bus being opened to the answer. Thread: portal, all of it.
class PortalTalk {
  public:
    PortalTalk(const ChooserQuestion& question, int stop, Clock::time_point deadline)
        : question_(question), stop_(stop), deadline_(deadline), bus_(session_bus()) {}

    PortalAnswer run() {
        if (!bus_ || !ask_version()) end(PortalEnd::not_there);
        while (!answer_) step();
        if (is_dialog_open_) close_dialog();
        return std::move(*answer_);
    }

  private:
    using Handler = void (PortalTalk::*)(sd_bus_message*);

    /// What libsystemd calls; the rest of it sees no pointers without types.
    template <Handler handle>
    static int call(sd_bus_message* message, void* self, sd_bus_error*) noexcept {
        auto* talk = static_cast<PortalTalk*>(self);
        if (!talk->answer_) (talk->*handle)(message);
        return 0;
    }

    void end(PortalEnd how) {
        if (!answer_) answer_ = PortalAnswer{how, {}};
    }

    void step() {
        const int worked = sd_bus_process(bus_.get(), nullptr);
        if (worked < 0) end(failed());
        // Looks up even while there is work, so that nobody keeps us by talking on.
        if (!answer_) wait(worked > 0 ? Clock::now() : next_wake());
    }

    /// While nothing was shown yet, nobody need know that there is no portal.
    PortalEnd failed() const {
        return portal_.empty() ? PortalEnd::not_there : PortalEnd::broke_off;
    }

    Clock::time_point next_wake() const {
        std::uint64_t bus_us = 0;  // of CLOCK_MONOTONIC, which steady_clock is
        const bool has_time = sd_bus_get_timeout(bus_.get(), &bus_us) > 0 && bus_us != UINT64_MAX;
        if (!has_time) return deadline_;
        return std::min(deadline_, Clock::time_point(std::chrono::microseconds(bus_us)));
    }

    void wait(Clock::time_point until) {
        const int socket = sd_bus_get_fd(bus_.get());
        const int events = sd_bus_get_events(bus_.get());
        if (socket < 0 || events < 0) return end(failed());
        std::array<pollfd, 2> watched{pollfd{socket, static_cast<short>(events), 0},
                                      pollfd{stop_, POLLIN, 0}};
        const auto left = std::max(until - Clock::now(), Clock::duration::zero());
        const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
        const timespec time{seconds.count(), std::chrono::nanoseconds(left - seconds).count()};
        const bool is_for_ever = until == Clock::time_point::max();
        if (ppoll(watched.data(), watched.size(), is_for_ever ? nullptr : &time, nullptr) < 0 &&
            errno != EINTR) {
            return end(failed());
        }
        if (watched[1].revents != 0) return end(PortalEnd::cancelled);
        if (Clock::now() >= deadline_) end(PortalEnd::no_answer);
    }

    // ---- Is there a portal that has file dialogs? ----

    bool ask_version() {
        return sd_bus_add_match_async(bus_.get(), nullptr, owner_changes,
                                      &call<&PortalTalk::see_owner_change>, nullptr, this) >= 0 &&
               sd_bus_call_method_async(bus_.get(), nullptr, portal_name, portal_path,
                                        "org.freedesktop.DBus.Properties", "Get",
                                        &call<&PortalTalk::take_version>, this, "ss",
                                        chooser_interface, "version") >= 0;
    }

    void take_version(sd_bus_message* reply) {
        const char* sender = sd_bus_message_get_sender(reply);
        if (sd_bus_message_is_method_error(reply, nullptr) != 0 || !sender) {
            return end(PortalEnd::not_there);
        }
        std::uint32_t version = 0;
        if (sd_bus_message_read(reply, "v", "u", &version) <= 0) return end(PortalEnd::unreadable);
        if (question_.kind == ChooserKind::folder && version < version_with_directory) {
            return end(PortalEnd::not_there);
        }
        portal_ = sender;
        if (!open_dialog(version)) end(PortalEnd::broke_off);
    }

    /// name, old owner, new owner: who has answered us and owns the name no longer answers no more.
    void see_owner_change(sd_bus_message* change) {
        // libsystemd does not hold a message sent to us alone to a sender's well-known name.
        const char* sender = sd_bus_message_get_sender(change);
        if (!sender || std::string_view(sender) != "org.freedesktop.DBus") return;
        const char* name = nullptr;
        const char* before = nullptr;
        const char* after = nullptr;
        if (sd_bus_message_read(change, "sss", &name, &before, &after) <= 0) return;
        if (!portal_.empty() && portal_ == before) end(PortalEnd::broke_off);
    }

    // ---- The dialog ----

    bool open_dialog(std::uint32_t version) {
        // The name is known: the bus has answered, so this does not wait for it.
        const char* own_name = nullptr;
        if (sd_bus_get_unique_name(bus_.get(), &own_name) < 0) return false;
        const std::string token = new_token();
        handle_ = portal_request_path(own_name, token);
        // Without a path: an old portal makes up another handle, and its first Response may come
        // before a second subscription would. Whose a Response is shows when it comes.
        if (sd_bus_match_signal_async(bus_.get(), nullptr, portal_.c_str(), nullptr,
                                      request_interface, "Response",
                                      &call<&PortalTalk::take_response>, nullptr, this) < 0) {
            return false;
        }
        sd_bus_message* made = nullptr;
        const int fault = sd_bus_message_new_method_call(
            bus_.get(), &made, portal_.c_str(), portal_path, chooser_interface, "OpenFile");
        const BusMessage request(made);
        is_dialog_open_ = fault >= 0 &&
                          sd_bus_message_append(made, "ss", question_.parent_window.c_str(),
                                                question_.title.c_str()) >= 0 &&
                          add_options(made, question_, token, version) &&
                          sd_bus_call_async(bus_.get(), nullptr, made,
                                            &call<&PortalTalk::take_handle>, this, UINT64_MAX) >= 0;
        return is_dialog_open_;
    }

    void take_handle(sd_bus_message* reply) {
        if (sd_bus_message_is_method_error(reply, nullptr) != 0) {
            is_dialog_open_ = false;
            return end(PortalEnd::broke_off);
        }
        const char* handle = nullptr;
        if (sd_bus_message_read(reply, "o", &handle) <= 0) return end(PortalEnd::unreadable);
        handle_ = handle;
        deadline_ = Clock::time_point::max();  // from here on it is the person who answers
    }

    void take_response(sd_bus_message* response) {
        const char* path = sd_bus_message_get_path(response);
        if (!path || path != handle_) return;
        is_dialog_open_ = false;
        answer_ = read_response(question_.kind, response);
    }

    /// Not flushed: what does not fit into the socket is not waited for. A portal takes the dialogs
    /// of a program that left the bus away, too.
    void close_dialog() {
        sd_bus_message* made = nullptr;
        const int fault = sd_bus_message_new_method_call(
            bus_.get(), &made, portal_.c_str(), handle_.c_str(), request_interface, "Close");
        const BusMessage close(made);
        if (fault >= 0 && sd_bus_message_set_expect_reply(made, 0) >= 0) {
            sd_bus_send(bus_.get(), made, nullptr);
        }
    }

    const ChooserQuestion& question_;
    const int stop_;
    Clock::time_point deadline_;
    const BusConnection bus_;
    std::string portal_;  // its unique name, once it has answered
    std::string handle_;  // of the Request
    bool is_dialog_open_ = false;
    std::optional<PortalAnswer> answer_;
};

}  // namespace

FilePortal::FilePortal(ChooserQuestion question, std::function<void()> wake,
                       std::chrono::milliseconds patience)
    : stop_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    const auto deadline = Clock::now() + patience;
    thread_ = std::thread([this, question = std::move(question), wake = std::move(wake), deadline] {
        pthread_setname_np(pthread_self(), "portal");
        // Who could not be stopped does not begin.
        if (stop_ >= 0) answer_ = PortalTalk(question, stop_, deadline).run();
        is_over_ = true;
        wake();
    });
}

FilePortal::~FilePortal() {
    const std::uint64_t one = 1;
    static_cast<void>(write(stop_, &one, sizeof one) > 0);
    if (thread_.joinable()) thread_.join();
    if (stop_ >= 0) close(stop_);
}

std::optional<PortalAnswer> FilePortal::take_answer() {
    if (!is_over_ || !thread_.joinable()) return std::nullopt;
    thread_.join();
    return std::move(answer_);
}

bool is_socket_of_this_machine(std::string_view bus_addresses) {
    while (!bus_addresses.empty()) {
        if (!bus_addresses.starts_with("unix:")) return false;
        const std::size_t end = std::min(bus_addresses.find(';'), bus_addresses.size());
        bus_addresses.remove_prefix(std::min(end + 1, bus_addresses.size()));
    }
    return true;
}

}  // namespace dropline::ui
