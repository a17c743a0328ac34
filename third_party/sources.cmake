# Puts the sources of GLFW, Dear ImGui and Catch2 into the cache folder and sets GLFW_SOURCE,
# IMGUI_SOURCE and CATCH2_SOURCE. They come from the first of these that has them:
#   1. the cache folder itself;
#   2. the Debian mirror this machine's apt is set up with, checked against the SHA-256 written here;
#   3. a clone of the upstream repository, checked against the commit written here.

# Downloads through apt, so that its mirror, proxy and credentials hold here too. Sets `result` to
# TRUE only when the file is there with the right checksum.
function(download_from_mirror result pool_path sha256 file)
    set(${result} FALSE PARENT_SCOPE)
    find_program(APT_GET apt-get)
    find_program(APT_HELPER apt-helper PATHS /usr/lib/apt)
    if(NOT APT_GET OR NOT APT_HELPER)
        return()
    endif()
    execute_process(COMMAND ${APT_GET} indextargets --format "$(SITE)" "Created-By: Packages"
        OUTPUT_VARIABLE sites ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
    string(REPLACE "\n" ";" sites "${sites}")
    list(REMOVE_DUPLICATES sites)
    foreach(site IN LISTS sites)
        execute_process(
            COMMAND ${APT_HELPER} download-file ${site}/pool/main/${pool_path} ${file} SHA256:${sha256}
            RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
        if(NOT failed AND EXISTS ${file})
            set(${result} TRUE PARENT_SCOPE)
            return()
        endif()
        file(REMOVE ${file})
    endforeach()
endfunction()

function(clone_upstream result repository tag commit folder)
    set(${result} FALSE PARENT_SCOPE)
    find_package(Git QUIET)
    if(NOT GIT_FOUND)
        return()
    endif()
    file(REMOVE_RECURSE ${folder})
    execute_process(
        COMMAND ${CMAKE_COMMAND} -E env GIT_TERMINAL_PROMPT=0
            ${GIT_EXECUTABLE} -c advice.detachedHead=false clone --quiet --depth 1 --branch ${tag}
            ${repository} ${folder}
        RESULT_VARIABLE failed TIMEOUT 300)
    execute_process(COMMAND ${GIT_EXECUTABLE} -C ${folder} rev-parse HEAD
        OUTPUT_VARIABLE head ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(NOT failed AND head STREQUAL commit)
        set(${result} TRUE PARENT_SCOPE)
    else()
        file(REMOVE_RECURSE ${folder})
    endif()
endfunction()

# Sets NAME_SOURCE to a folder with the unpacked sources.
function(third_party_source name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "POOL;SHA256;REPOSITORY;TAG;COMMIT" "")
    string(TOUPPER ${name} upper)
    string(SUBSTRING ${arg_SHA256} 0 12 short)
    set(folder ${THIRD_PARTY_CACHE}/source/${name}-${short})
    set(${upper}_SOURCE ${folder} PARENT_SCOPE)

    file(LOCK ${THIRD_PARTY_CACHE}/source.lock GUARD FUNCTION TIMEOUT 900)
    if(EXISTS ${folder})
        return()
    endif()
    cmake_path(GET arg_POOL FILENAME archive)
    set(file ${THIRD_PARTY_CACHE}/${archive})
    if(EXISTS ${file})
        file(SHA256 ${file} found)
        if(NOT found STREQUAL arg_SHA256)
            message(STATUS "${file} is not the file we know; fetching it again")
            file(REMOVE ${file})
        endif()
    endif()
    if(NOT EXISTS ${file})
        message(STATUS "Fetching ${archive}")
        download_from_mirror(fetched ${arg_POOL} ${arg_SHA256} ${file})
    endif()
    if(EXISTS ${file})
        set(unpacked ${folder}.unpacking)
        file(REMOVE_RECURSE ${unpacked})
        file(ARCHIVE_EXTRACT INPUT ${file} DESTINATION ${unpacked})
        file(GLOB top ${unpacked}/*)
        file(RENAME ${top} ${folder})
        file(REMOVE_RECURSE ${unpacked})
        return()
    endif()
    message(STATUS "The mirror has no ${archive}; cloning ${arg_REPOSITORY} at ${arg_TAG}")
    clone_upstream(cloned ${arg_REPOSITORY} ${arg_TAG} ${arg_COMMIT} ${folder})
    if(NOT cloned)
        message(FATAL_ERROR "${name}: neither the Debian mirror nor ${arg_REPOSITORY} has it. "
            "Put ${archive} into a folder and name that folder in DROPLINE_THIRD_PARTY_CACHE.")
    endif()
endfunction()

third_party_source(glfw
    POOL g/glfw3/glfw3_3.4.orig.tar.gz
    SHA256 c038d34200234d071fae9345bc455e4a8f2f544ab60150765d7704e08f3dac01
    REPOSITORY https://github.com/glfw/glfw.git
    TAG 3.4
    COMMIT 7b6aead9fb88b3623e3b3725ebb42670cbe4c579)
third_party_source(imgui
    POOL i/imgui/imgui_1.92.2b+ds.orig.tar.xz
    SHA256 e7bd201d56b5ee90d24d5dac85e5c12f98bdb95410252a62d27b7f89e4566d48
    REPOSITORY https://github.com/ocornut/imgui.git
    TAG v1.92.2b
    COMMIT 45acd5e0e82f4c954432533ae9985ff0e1aad6d5)
if(DROPLINE_BUILD_TESTS)
    third_party_source(catch2
        POOL c/catch2/catch2_3.7.1.orig.tar.gz
        SHA256 c991b247a1a0d7bb9c39aa35faf0fe9e19764213f28ffba3109388e62ee0269c
        REPOSITORY https://github.com/catchorg/Catch2.git
        TAG v3.7.1
        COMMIT fa43b77429ba76c462b1898d6cd2f2d7a9416b14)
endif()
