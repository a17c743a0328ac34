// The desktop's own file dialog, asked for through org.freedesktop.portal.FileChooser on the
// session bus. Thread: ui; a thread of its own named "portal" does all talking, for a bus may keep
// one waiting. What is shown when there is no portal is not decided here.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <thread>

#include "net/api/limits.hpp"
#include "ui/chooser.hpp"
#include "ui/portal_answer.hpp"

namespace dropline::ui {

/// One question to the portal. Any fault of bus or portal is an answer, see PortalEnd.
class FilePortal {
  public:
    /// Returns at once. `wake` is called once, from the other thread, when the answer is there.
    /// The bus is the one named by DBUS_SESSION_BUS_ADDRESS, else the one in XDG_RUNTIME_DIR;
    /// `patience` is how long the portal may take until the dialog is said to be open.
    FilePortal(ChooserQuestion question, std::function<void()> wake,
               std::chrono::milliseconds patience = limits::portal_answer_max);
    /// Takes an open dialog away. Waits for the other thread, which waits for nobody.
    ~FilePortal();
    FilePortal(const FilePortal&) = delete;
    FilePortal& operator=(const FilePortal&) = delete;

    /// The answer, once; empty while the dialog is open.
    std::optional<PortalAnswer> take_answer();

  private:
    const int stop_;  // an eventfd; readable: nobody wants the answer any more
    std::thread thread_;
    std::atomic<bool> is_over_{false};
    PortalAnswer answer_;  // of the other thread until is_over_
};

/// Whether every address in this list (D-Bus specification, "Server Addresses") is a socket of this
/// machine. Others can start programs or wait for names of the network, which a file dialog
/// is not worth.
bool is_socket_of_this_machine(std::string_view bus_addresses);

}  // namespace dropline::ui
