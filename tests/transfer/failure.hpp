// What a test asks of something that has to fail. Thread: the test's.
#pragma once

#include <catch2/catch_test_macros.hpp>

#include "net/api/fault.hpp"

namespace dropline::tests {

FaultCode code_of(const auto& result) {
    REQUIRE_FALSE(result);
    return result.fault().code;
}

}  // namespace dropline::tests
