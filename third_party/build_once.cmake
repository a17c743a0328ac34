# build_once(NAME SOURCE folder ARGUMENTS -D...) compiles a CMake project of somebody else's and
# installs it into the cache folder, where every build folder and every clone that shares the cache
# finds it again. Sets NAME_PREFIX. The folder's name holds a key over all that shaped the result:
# sources, arguments, compiler and flags; so presets share what they can and never what they must not.
function(build_once name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "SOURCE" "ARGUMENTS")
    string(TOUPPER ${name} upper)

    # Asserts and debug information of these libraries interest nobody; sanitizers and hardening do.
    string(JOIN " " flags -O2 -g1 ${DROPLINE_HARDENING_COMPILE} ${DROPLINE_SANITIZE_FLAGS}
        -ffunction-sections -fdata-sections)
    file(GLOB_RECURSE own_files ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*)
    set(own_hashes "")
    foreach(file IN LISTS own_files)
        file(SHA256 ${file} hash)
        list(APPEND own_hashes ${hash})
    endforeach()
    string(SHA256 key "${arg_SOURCE}|${arg_ARGUMENTS}|${own_hashes}|${flags}|${CMAKE_SYSTEM_PROCESSOR}\
|${CMAKE_CXX_COMPILER}|${CMAKE_CXX_COMPILER_ID}|${CMAKE_CXX_COMPILER_VERSION}")
    string(SUBSTRING ${key} 0 12 key)
    set(prefix ${THIRD_PARTY_CACHE}/built/${name}-${key})
    set(${upper}_PREFIX ${prefix} PARENT_SCOPE)

    file(LOCK ${THIRD_PARTY_CACHE}/built-${name}-${key}.lock GUARD FUNCTION TIMEOUT 900)
    if(EXISTS ${prefix})
        return()
    endif()
    message(STATUS "Compiling ${name} once, for ${prefix}")
    set(build ${THIRD_PARTY_CACHE}/building/${name}-${key})
    set(staged ${build}/prefix)
    file(REMOVE_RECURSE ${build})
    file(MAKE_DIRECTORY ${build})
    set(log ${build}.log)
    foreach(step IN ITEMS configure build)
        if(step STREQUAL "configure")
            set(command ${CMAKE_COMMAND} -S ${arg_SOURCE} -B ${build} -G Ninja
                -DCMAKE_BUILD_TYPE=None -DBUILD_SHARED_LIBS=OFF
                -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DCMAKE_INSTALL_LIBDIR=lib
                -DCMAKE_C_COMPILER=${CMAKE_C_COMPILER} -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}
                -DCMAKE_C_COMPILER_LAUNCHER=${CMAKE_C_COMPILER_LAUNCHER}
                -DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}
                -DCMAKE_C_FLAGS=${flags} -DCMAKE_CXX_FLAGS=${flags} -DCMAKE_CXX_STANDARD=20
                -DCMAKE_INSTALL_PREFIX=${staged} ${arg_ARGUMENTS})
        else()
            set(command ${CMAKE_COMMAND} --build ${build} --target install)
        endif()
        execute_process(COMMAND ${command}
            OUTPUT_FILE ${log} ERROR_FILE ${log} RESULT_VARIABLE failed)
        if(failed)
            file(READ ${log} text)
            message(FATAL_ERROR "${name}: could not ${step}:\n${text}")
        endif()
    endforeach()
    # One rename publishes a whole library or none.
    file(MAKE_DIRECTORY ${THIRD_PARTY_CACHE}/built)
    file(RENAME ${staged} ${prefix})
    file(REMOVE_RECURSE ${build})
endfunction()
