// A portal for tests: owns org.freedesktop.portal.Desktop on the session bus, notes how a file
// dialog is asked for, and answers as a test wants it, rightly or wrongly.
// Thread: the test's; it works only while one of its functions runs.
#pragma once

#include <systemd/sd-bus.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dropline::test {

/// Rung from any thread, heard by the test.
class Bell {
  public:
    Bell();
    ~Bell();
    Bell(const Bell&) = delete;
    Bell& operator=(const Bell&) = delete;

    void ring() const;
    /// Throws when nobody rings for long.
    void wait_for_ring() const;
    /// One ring has been dealt with; each counts.
    void take_back() const;
    int fd() const { return fd_; }

  private:
    const int fd_;
};

/// What OpenFile was called with.
struct DialogCall {
    std::string sender;
    std::string parent_window;
    std::string title;
    std::string token;
    std::string accept_label;
    std::optional<std::string> current_folder;  // the bytes before the NUL
    bool is_multiple = false;
    bool is_directory = false;
};

/// What it does of its own accord when it is called.
struct PortalManners {
    std::uint32_t version = 4;
    bool is_version_text = false;  // of another type than the specification has
    bool answers_version = true;
    bool answers_open = true;
    bool refuses_open = false;
    bool keeps_token = true;      // portals before 0.9 do not
    bool responds_first = false;  // the Response comes before the reply
};

class PortalStandIn {
  public:
    explicit PortalStandIn(PortalManners manners = {});
    ~PortalStandIn();

    /// Works until OpenFile was called and answered (or not, as the manners are).
    DialogCall wait_for_dialog();
    /// Works until Close was called on the Request; returns its path.
    std::string wait_for_close();
    /// Works until the caller of OpenFile has left the bus.
    void wait_for_caller_to_leave();
    /// Works until somebody rings.
    void serve_until(const Bell& bell);

    void respond(std::uint32_t code, const std::vector<std::string>& uris);
    /// A Response that is one text, and one whose uris are.
    void respond_with_text(const std::string& text);
    void respond_with_uris_as_text(const std::string& text);
    /// Somebody else on the bus says that the dialog has ended, and that the portal has gone, to
    /// all and to the caller alone.
    void let_a_stranger_lie() const;
    /// Leaves the bus, as a program that crashes does.
    void die() { bus_.reset(); }
    const std::string& handle() const { return handle_; }
    bool was_asked() const { return call_.has_value(); }
    bool was_closed() const { return !closed_.empty(); }

  private:
    struct CloseBus {
        void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
    };
    using Bus = std::unique_ptr<sd_bus, CloseBus>;

    static int handle_call(sd_bus_message* call, void* self, sd_bus_error* fault);
    static int see_owner_change(sd_bus_message* change, void* self, sd_bus_error*);
    static Bus connect();
    int answer_version(sd_bus_message* call) const;
    int open_file(sd_bus_message* call);
    void serve(const std::function<bool()>& is_done, const Bell* bell = nullptr);
    void send(sd_bus_message* message);

    const PortalManners manners_;
    Bus bus_;
    std::optional<DialogCall> call_;
    std::string handle_;
    std::string closed_;
    bool has_caller_left_ = false;
};

}  // namespace dropline::test
