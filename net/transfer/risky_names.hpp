// Names that deserve a second look before anybody accepts or opens them.
// Thread: any. Pure. It refuses nothing: the offer shows these first and marks them.
#pragma once

#include <string_view>

namespace dropline {

/// True for one safe component that is hidden (leading dot), that a system runs or reads by
/// itself (autorun.inf), that a system or interpreter executes when it is opened (by extension),
/// or that is another name's short form on Windows disks (GIT~1). Any case.
bool is_risky_component(std::string_view safe_name);

}  // namespace dropline
