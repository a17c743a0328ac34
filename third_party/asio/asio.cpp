// The definitions that asio's headers only declare under ASIO_SEPARATE_COMPILATION.
#include <asio/impl/src.hpp>
#include <asio/ssl/impl/src.hpp>
