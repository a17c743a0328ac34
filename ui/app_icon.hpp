// The program's icon, computed: a drop on a rounded blue ground.
// Thread: any.
#pragma once

#include <cstdint>
#include <vector>

namespace dropline::ui {

/// `side` × `side` pixels of four bytes, red first, not premultiplied.
std::vector<std::uint8_t> app_icon(int side);

}  // namespace dropline::ui
