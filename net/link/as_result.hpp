// How our coroutines wait: what went wrong comes back as a value, and nothing is thrown.
// Thread: any.
#pragma once

#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>

namespace dropline {

inline constexpr auto as_result = asio::experimental::as_tuple(asio::use_awaitable);

}  // namespace dropline
