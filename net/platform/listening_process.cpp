#include "net/platform/listening_process.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace dropline {

namespace {

namespace fs = std::filesystem;

/// The inode of the listening socket, from one of the kernel's tables (see proc(5)).
std::optional<std::string> listening_inode(const char* table, std::uint16_t port) {
    constexpr std::string_view state_listen = "0A";
    std::ifstream file(table);
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        std::istringstream fields(line);
        std::string slot, local, remote, state, queues, timer, retransmits, user, timeout, inode;
        fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> user >>
            timeout >> inode;
        const std::size_t colon = local.rfind(':');
        if (state != state_listen || colon == std::string::npos) continue;
        const auto local_port = std::strtoul(local.c_str() + colon + 1, nullptr, 16);
        if (local_port == port) return inode;
    }
    return std::nullopt;
}

bool holds_socket(const fs::path& process, const std::string& link) {
    std::error_code error;
    for (fs::directory_iterator entry(process / "fd", error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code ignored;
        if (fs::read_symlink(entry->path(), ignored).string() == link) return true;
    }
    return false;
}

std::string describe(const fs::path& process) {
    std::string name;
    std::ifstream file(process / "comm");
    std::getline(file, name);
    return name + " (process " + process.filename().string() + ")";
}

}  // namespace

std::optional<std::string> listening_process(std::uint16_t port) {
    auto inode = listening_inode("/proc/net/tcp", port);
    if (!inode) inode = listening_inode("/proc/net/tcp6", port);
    if (!inode) return std::nullopt;
    const std::string link = "socket:[" + *inode + "]";
    std::error_code error;
    for (fs::directory_iterator entry("/proc", error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        const bool is_process = name.find_first_not_of("0123456789") == std::string::npos;
        if (is_process && holds_socket(entry->path(), link)) return describe(entry->path());
    }
    return std::nullopt;
}

}  // namespace dropline
