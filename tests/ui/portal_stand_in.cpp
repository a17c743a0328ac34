#include "tests/ui/portal_stand_in.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace dropline::test {
namespace {

/// A test that waits this long for an event waits in vain.
constexpr int patience_ms = 30'000;

constexpr auto name_of_portal = "org.freedesktop.portal.Desktop";
constexpr auto request_interface = "org.freedesktop.portal.Request";

void check(int result, const char* what) {
    if (result < 0) throw std::runtime_error(std::string("the stand-in cannot ") + what);
}

std::string text_in(sd_bus_message* message, const char* types) {
    const char* text = "";
    check(sd_bus_message_read(message, types, "s", &text), "read a text");
    return text;
}

bool yes_in(sd_bus_message* message) {
    int value = 0;
    check(sd_bus_message_read(message, "v", "b", &value), "read a yes");
    return value != 0;
}

std::string bytes_in(sd_bus_message* message) {
    const void* bytes = nullptr;
    std::size_t size = 0;
    check(sd_bus_message_enter_container(message, 'v', "ay"), "read bytes");
    check(sd_bus_message_read_array(message, 'y', &bytes, &size), "read bytes");
    check(sd_bus_message_exit_container(message), "read bytes");
    const std::string all(static_cast<const char*>(bytes), size);
    if (all.empty() || all.back() != '\0') throw std::runtime_error("a path without its NUL");
    return all.substr(0, all.size() - 1);
}

void read_options(sd_bus_message* message, DialogCall& call) {
    check(sd_bus_message_enter_container(message, 'a', "{sv}"), "read the options");
    while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
        const char* name = "";
        check(sd_bus_message_read(message, "s", &name), "read an option");
        const std::string option = name;
        if (option == "handle_token") {
            call.token = text_in(message, "v");
        } else if (option == "accept_label") {
            call.accept_label = text_in(message, "v");
        } else if (option == "multiple") {
            call.is_multiple = yes_in(message);
        } else if (option == "directory") {
            call.is_directory = yes_in(message);
        } else if (option == "current_folder") {
            call.current_folder = bytes_in(message);
        } else {
            throw std::runtime_error("an option nobody knows: " + option);
        }
        check(sd_bus_message_exit_container(message), "read an option");
    }
}

/// Where the specification says that the Request of this call has to be.
std::string promised_handle(const DialogCall& call) {
    std::string sender = call.sender.substr(1);
    std::replace(sender.begin(), sender.end(), '.', '_');
    return "/org/freedesktop/portal/desktop/request/" + sender + "/" + call.token;
}

sd_bus_message* response_at(sd_bus* bus, const std::string& handle) {
    sd_bus_message* response = nullptr;
    check(sd_bus_message_new_signal(bus, &response, handle.c_str(), request_interface, "Response"),
          "make a Response");
    return response;
}

void add_uris(sd_bus_message* response, std::uint32_t code, const std::vector<std::string>& uris) {
    check(sd_bus_message_append(response, "u", code), "write a code");
    check(sd_bus_message_open_container(response, 'a', "{sv}"), "write results");
    // Results that dropline has not asked for come, too.
    check(sd_bus_message_append(response, "{sv}", "writable", "b", 1), "write results");
    check(sd_bus_message_open_container(response, 'e', "sv"), "write uris");
    check(sd_bus_message_append(response, "s", "uris"), "write uris");
    check(sd_bus_message_open_container(response, 'v', "as"), "write uris");
    check(sd_bus_message_open_container(response, 'a', "s"), "write uris");
    for (const std::string& uri : uris) {
        check(sd_bus_message_append(response, "s", uri.c_str()), "write a uri");
    }
    for (int level = 0; level < 4; ++level) {
        check(sd_bus_message_close_container(response), "write uris");
    }
}

}  // namespace

Bell::Bell() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE)) { check(fd_, "make a bell"); }

Bell::~Bell() { ::close(fd_); }

void Bell::ring() const { check(::eventfd_write(fd_, 1), "ring"); }

void Bell::wait_for_ring() const {
    pollfd watched{fd_, POLLIN, 0};
    if (::poll(&watched, 1, patience_ms) != 1) throw std::runtime_error("nobody has rung");
}

void Bell::take_back() const {
    eventfd_t rings = 0;
    check(::eventfd_read(fd_, &rings), "take a ring back");
}

PortalStandIn::PortalStandIn(PortalManners manners) : manners_(manners), bus_(connect()) {
    check(sd_bus_add_filter(bus_.get(), nullptr, &handle_call, this), "listen");
    check(sd_bus_match_signal(bus_.get(), nullptr, "org.freedesktop.DBus", nullptr,
                              "org.freedesktop.DBus", "NameOwnerChanged", &see_owner_change, this),
          "see who leaves");
    check(sd_bus_request_name(bus_.get(), name_of_portal, 0), "own the portal's name");
}

PortalStandIn::~PortalStandIn() = default;

PortalStandIn::Bus PortalStandIn::connect() {
    sd_bus* bus = nullptr;
    check(sd_bus_open_user(&bus), "reach the bus");
    return Bus(bus);
}

int PortalStandIn::handle_call(sd_bus_message* call, void* self, sd_bus_error*) {
    auto& portal = *static_cast<PortalStandIn*>(self);
    if (sd_bus_message_is_method_call(call, "org.freedesktop.DBus.Properties", "Get") > 0) {
        return portal.answer_version(call);
    }
    if (sd_bus_message_is_method_call(call, "org.freedesktop.portal.FileChooser", "OpenFile") > 0) {
        return portal.open_file(call);
    }
    if (sd_bus_message_is_method_call(call, request_interface, "Close") > 0) {
        portal.closed_ = sd_bus_message_get_path(call);
        return 1;
    }
    return 0;
}

int PortalStandIn::see_owner_change(sd_bus_message* change, void* self, sd_bus_error*) {
    auto& portal = *static_cast<PortalStandIn*>(self);
    const char* name = "";
    const char* before = "";
    const char* after = "";
    check(sd_bus_message_read(change, "sss", &name, &before, &after), "read who leaves");
    const bool is_caller = portal.call_ && portal.call_->sender == name;
    if (is_caller && *after == '\0') portal.has_caller_left_ = true;
    return 0;
}

int PortalStandIn::answer_version(sd_bus_message* call) const {
    if (!manners_.answers_version) return 1;
    if (manners_.is_version_text) return sd_bus_reply_method_return(call, "v", "s", "four");
    return sd_bus_reply_method_return(call, "v", "u", manners_.version);
}

int PortalStandIn::open_file(sd_bus_message* message) {
    DialogCall call;
    const char* parent = "";
    const char* title = "";
    call.sender = sd_bus_message_get_sender(message);
    check(sd_bus_message_read(message, "ss", &parent, &title), "read the title");
    call.parent_window = parent;
    call.title = title;
    read_options(message, call);
    handle_ = manners_.keeps_token ? promised_handle(call)
                                   : "/org/freedesktop/portal/desktop/request/made/up";
    call_ = call;
    if (manners_.responds_first) respond(0, {"file:///first"});
    if (manners_.refuses_open) {
        return sd_bus_reply_method_errorf(message, "org.freedesktop.portal.Error.Failed", "no");
    }
    if (!manners_.answers_open) return 1;
    return sd_bus_reply_method_return(message, "o", handle_.c_str());
}

void PortalStandIn::serve(const std::function<bool()>& is_done, const Bell* bell) {
    while (true) {
        int worked = 1;
        while (worked > 0) {
            worked = sd_bus_process(bus_.get(), nullptr);
            check(worked, "work");
        }
        if (is_done()) return;
        std::array<pollfd, 2> watched{
            pollfd{sd_bus_get_fd(bus_.get()), static_cast<short>(sd_bus_get_events(bus_.get())), 0},
            pollfd{bell ? bell->fd() : -1, POLLIN, 0}};
        if (::poll(watched.data(), watched.size(), patience_ms) <= 0) {
            throw std::runtime_error("nothing happens at the portal");
        }
        if (watched[1].revents != 0) return;
    }
}

DialogCall PortalStandIn::wait_for_dialog() {
    serve([this] { return call_.has_value(); });
    check(sd_bus_flush(bus_.get()), "answer");
    return *call_;
}

std::string PortalStandIn::wait_for_close() {
    serve([this] { return !closed_.empty(); });
    return closed_;
}

void PortalStandIn::wait_for_caller_to_leave() {
    serve([this] { return has_caller_left_; });
}

void PortalStandIn::serve_until(const Bell& bell) {
    serve([] { return false; }, &bell);
}

void PortalStandIn::send(sd_bus_message* message) {
    check(sd_bus_send(bus_.get(), message, nullptr), "send");
    check(sd_bus_flush(bus_.get()), "send");
    sd_bus_message_unref(message);
}

void PortalStandIn::respond(std::uint32_t code, const std::vector<std::string>& uris) {
    sd_bus_message* response = response_at(bus_.get(), handle_);
    add_uris(response, code, uris);
    send(response);
}

void PortalStandIn::respond_with_text(const std::string& text) {
    sd_bus_message* response = response_at(bus_.get(), handle_);
    check(sd_bus_message_append(response, "s", text.c_str()), "write a text");
    send(response);
}

void PortalStandIn::respond_with_uris_as_text(const std::string& text) {
    sd_bus_message* response = response_at(bus_.get(), handle_);
    check(sd_bus_message_append(response, "ua{sv}", 0U, 1, "uris", "s", text.c_str()), "write");
    send(response);
}

void PortalStandIn::let_a_stranger_lie() const {
    const Bus stranger = connect();
    const char* own_name = "";
    check(sd_bus_get_unique_name(bus_.get(), &own_name), "know its name");
    for (const char* to : {static_cast<const char*>(nullptr), call_->sender.c_str()}) {
        sd_bus_message* response = response_at(stranger.get(), handle_);
        add_uris(response, 0, {"file:///etc/passwd"});
        check(sd_bus_send_to(stranger.get(), response, to, nullptr), "send");
        sd_bus_message_unref(response);
        sd_bus_message* change = nullptr;
        check(sd_bus_message_new_signal(stranger.get(), &change, "/org/freedesktop/DBus",
                                        "org.freedesktop.DBus", "NameOwnerChanged"),
              "make a signal");
        check(sd_bus_message_append(change, "sss", name_of_portal, own_name, ""), "write names");
        check(sd_bus_send_to(stranger.get(), change, to, nullptr), "send");
        sd_bus_message_unref(change);
    }
    // The bus answers in order: what was sent before this has gone its way.
    check(sd_bus_call_method(stranger.get(), "org.freedesktop.DBus", "/org/freedesktop/DBus",
                             "org.freedesktop.DBus", "GetId", nullptr, nullptr, ""),
          "hear from the bus");
}

}  // namespace dropline::test
