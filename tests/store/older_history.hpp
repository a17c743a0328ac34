// A history as an older dropline has left it.
// Thread: any. Its tables are made by our own migrations, which never change.
#pragma once

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

#include "net/store/schema.hpp"
#include "tests/store/scratch_folder.hpp"

namespace dropline::test {

/// `rows` is SQL that fills it.
inline void make_older_history(const std::filesystem::path& path, std::int64_t version,
                               const std::string& rows) {
    write_file(path, "");
    auto database = Database::open(path);
    REQUIRE(database);
    REQUIRE(migrate(*database, version));
    REQUIRE(database->execute(rows.c_str()));
    database->set_checkpoint_on_close();
}

/// 32 bytes in SQL: a key that begins with this one and goes on with zeros.
inline std::string sql_key(unsigned char first) {
    constexpr const char* digits = "0123456789abcdef";
    return std::string("x'") + digits[first / 16] + digits[first % 16] + std::string(62, '0') + "'";
}

}  // namespace dropline::test
