// Every fuzz target by its name; each stands in the file of that name.
// Thread: any.
#pragma once

#include "tests/fuzz/target.hpp"

namespace dropline::fuzz {

Target pre_auth();
Target control_frame();
Target data_header();
Target manifest();
Target safe_name();
Target journal();
Target settings();
Target json_commands();
Target invite();
Target scram_client();
Target scram_server();

}  // namespace dropline::fuzz
