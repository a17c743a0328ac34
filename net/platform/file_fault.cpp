#include "net/platform/file_fault.hpp"

#include <cerrno>
#include <system_error>

#include "net/api/safe_text.hpp"

namespace dropline {

Fault file_fault(const std::string& failure, const std::filesystem::path& path, int error_number) {
    const bool is_full = error_number == ENOSPC || error_number == EDQUOT;
    // std::strerror is not safe with several threads; this is.
    const std::string why = std::generic_category().message(error_number);
    Fault fault{is_full ? FaultCode::disk_full : FaultCode::file_error,
                failure + " " + escape_for_display(path.string()) + ": " + why + "."};
    fault.is_passing = error_number == EMFILE || error_number == ENFILE || error_number == ENOMEM;
    return fault;
}

}  // namespace dropline
