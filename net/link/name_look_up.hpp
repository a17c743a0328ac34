// The addresses of a name, asked of the system by a thread that nobody has to wait for.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/ip/address.hpp>

#include <functional>
#include <string>
#include <vector>

namespace dropline {

/// All addresses of a name, empty when there is none; it may take its time. Thread: any.
using NameLookUp = std::function<std::vector<asio::ip::address>(const std::string& host)>;

/// The system's own. Thread: any.
std::vector<asio::ip::address> addresses_of(const std::string& host);

/// What `ask` gives, on a thread of its own. Nothing when that takes longer than
/// `limits::resolve_max`, when nobody wants it any more, or when there is no thread left.
/// Thread: `net`'s.
asio::awaitable<std::vector<asio::ip::address>> look_up_name(asio::any_io_executor net,
                                                             std::string host, NameLookUp ask);

}  // namespace dropline
