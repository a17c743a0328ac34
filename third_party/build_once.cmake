# build_once(NAME PACKAGE SOURCE folder [OF_TESTS] [ARGUMENTS -D...]) compiles a CMake project into the cache
# folder, where every build folder and every clone that shares the cache finds it again, and then
# finds it as PACKAGE. The installed folder's name holds a key over all that shaped the result
# (sources, arguments, compiler, flags), so that presets share what they can and never what they must
# not. NAME_prefix is set to that folder, and built_prefixes gathers all of them. OF_TESTS: no user
# gets it, so it is neither hardened nor watched by a sanitizer, and one build serves every preset.
macro(build_once name package)
    build_into_cache(${name} ${ARGN})
    # A path remembered from an earlier key would win over the one of now.
    unset(${package}_DIR CACHE)
    find_package(${package} REQUIRED CONFIG PATHS ${${name}_prefix} NO_DEFAULT_PATH)
    list(APPEND built_prefixes ${${name}_prefix})
endmacro()

# The first half of build_once(): sets NAME_prefix in the caller.
function(build_into_cache name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "OF_TESTS" "SOURCE" "ARGUMENTS")

    # Their asserts interest nobody; sanitizers, hardening and a readable backtrace do. With a
    # sanitizer they need not be fast, but soon there.
    set(optimised -O2)
    if(DROPLINE_SANITIZE OR arg_OF_TESTS)
        set(optimised -O1)
    endif()
    if(arg_OF_TESTS)
        set(DROPLINE_HARDENING_COMPILE "")
        set(DROPLINE_SANITIZE_FLAGS "")
    endif()
    string(JOIN " " flags ${optimised} -g1 -DNDEBUG
        ${DROPLINE_HARDENING_COMPILE} ${DROPLINE_SANITIZE_FLAGS} -ffunction-sections -fdata-sections)
    key_of(key ${name} "${arg_SOURCE}|${arg_ARGUMENTS}|${flags}")
    set(prefix ${THIRD_PARTY_CACHE}/built/${name}-${key})
    set(${name}_prefix ${prefix} PARENT_SCOPE)

    file(LOCK ${THIRD_PARTY_CACHE}/lock/${name}-${key} GUARD FUNCTION TIMEOUT 900)
    if(EXISTS ${prefix})
        return()
    endif()
    message(STATUS "Compiling ${name}, once for this compiler and these flags")
    set(build ${THIRD_PARTY_CACHE}/building/${name}-${key})
    file(REMOVE_RECURSE ${build})
    file(MAKE_DIRECTORY ${build})
    run_or_fail(${name} ${build}.log ${CMAKE_COMMAND} -S ${arg_SOURCE} -B ${build} -G Ninja
        -DCMAKE_BUILD_TYPE=None -DBUILD_SHARED_LIBS=OFF -DCMAKE_POSITION_INDEPENDENT_CODE=ON
        -DCMAKE_C_COMPILER=${CMAKE_C_COMPILER} -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}
        -DCMAKE_C_COMPILER_LAUNCHER=${CMAKE_C_COMPILER_LAUNCHER}
        -DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}
        -DCMAKE_C_FLAGS=${flags} -DCMAKE_CXX_FLAGS=${flags} -DCMAKE_CXX_STANDARD=20
        -DCMAKE_INSTALL_PREFIX=${build}/prefix -DCMAKE_INSTALL_LIBDIR=lib
        ${arg_ARGUMENTS})
    run_or_fail(${name} ${build}.log ${CMAKE_COMMAND} --build ${build} --target install)
    # One rename publishes a whole library or none.
    file(MAKE_DIRECTORY ${THIRD_PARTY_CACHE}/built)
    file(RENAME ${build}/prefix ${prefix})
    file(REMOVE_RECURSE ${build})
endfunction()

# Sets `result` to a short key over `text`, the compiler, and our own files in the folder NAME.
function(key_of result name text)
    string(APPEND text "|${CMAKE_SYSTEM_PROCESSOR}|${CMAKE_CXX_COMPILER}|${CMAKE_CXX_COMPILER_ID}"
        "|${CMAKE_CXX_COMPILER_VERSION}")
    file(GLOB own_files ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${own_files})
    foreach(own_file IN LISTS own_files)
        file(SHA256 ${own_file} hash)
        string(APPEND text "|${hash}")
    endforeach()
    string(SHA256 key "${text}")
    string(SUBSTRING ${key} 0 12 key)
    set(${result} ${key} PARENT_SCOPE)
endfunction()

function(run_or_fail name log)
    execute_process(COMMAND ${ARGN} OUTPUT_FILE ${log} ERROR_FILE ${log} RESULT_VARIABLE failed)
    if(failed)
        file(READ ${log} text)
        message(FATAL_ERROR "${name} does not compile:\n${text}")
    endif()
endfunction()
