# Puts the sources of GLFW, Dear ImGui and Catch2 into the cache folder and sets GLFW_SOURCE,
# IMGUI_SOURCE and CATCH2_SOURCE. Each comes from the first of these that has it:
#   1. the cache folder itself;
#   2. the Debian mirror this machine's apt is set up with, checked against the SHA-256 written here;
#   3. a clone of the upstream repository, checked against the commit written here;
#   4. Dear ImGui only: what Debian testing has now, checked by apt against its signed index.

# Sets `sites` to the addresses of the Debian mirrors apt knows; none where there is no apt.
function(debian_mirrors sites)
    set(${sites} "" PARENT_SCOPE)
    find_program(APT_GET_PROGRAM apt-get)
    if(APT_GET_PROGRAM)
        execute_process(
            COMMAND ${APT_GET_PROGRAM} indextargets --format "$(SITE)" "Created-By: Packages"
            OUTPUT_VARIABLE lines ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
        string(REPLACE "\n" ";" lines "${lines}")
        list(REMOVE_DUPLICATES lines)
        set(${sites} ${lines} PARENT_SCOPE)
    endif()
endfunction()

# Leaves `file` there only with the right checksum. Apt's own downloader is used, so that its proxy
# and credentials hold here too.
function(download_from_mirror pool_path sha256 file)
    find_program(APT_HELPER_PROGRAM apt-helper PATHS /usr/lib/apt)
    debian_mirrors(sites)
    foreach(site IN LISTS sites)
        if(APT_HELPER_PROGRAM AND NOT EXISTS ${file})
            execute_process(
                COMMAND ${APT_HELPER_PROGRAM} download-file
                    ${site}/pool/main/${pool_path} ${file}.part SHA256:${sha256}
                RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
            if(NOT failed)
                file(RENAME ${file}.part ${file})
            endif()
            file(REMOVE ${file}.part ${file}.part.FAILED)
        endif()
    endforeach()
endfunction()

# Leaves `folder` there only when the tag is the commit we know.
function(clone_upstream repository tag commit folder)
    find_program(GIT_PROGRAM git)
    if(NOT GIT_PROGRAM)
        return()
    endif()
    execute_process(
        COMMAND ${CMAKE_COMMAND} -E env GIT_TERMINAL_PROMPT=0 ${GIT_PROGRAM}
            -c advice.detachedHead=false clone --quiet --depth 1 --branch ${tag}
            ${repository} ${folder}.cloning
        TIMEOUT 180 RESULT_VARIABLE failed)
    execute_process(COMMAND ${GIT_PROGRAM} -C ${folder}.cloning rev-parse HEAD
        OUTPUT_VARIABLE head ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(NOT failed AND head STREQUAL commit)
        file(RENAME ${folder}.cloning ${folder})
    endif()
    file(REMOVE_RECURSE ${folder}.cloning)
endfunction()

# Leaves `folder` there only when a mirror's Debian testing has Dear ImGui 1.92 or later.
function(imgui_of_debian_testing folder)
    set(download ${THIRD_PARTY_CACHE}/imgui-of-testing)
    debian_mirrors(sites)
    foreach(site IN LISTS sites)
        if(NOT EXISTS ${folder})
            execute_process(
                COMMAND ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/imgui_of_testing ${site} ${download}
                RESULT_VARIABLE failed OUTPUT_VARIABLE archive OUTPUT_STRIP_TRAILING_WHITESPACE)
            if(NOT failed)
                message(STATUS "Taking ${archive} of Debian testing in its place")
                unpack(${archive} ${folder})
            endif()
        endif()
    endforeach()
    file(REMOVE_RECURSE ${download})
endfunction()

# Unpacks the one folder that `archive` holds as `folder`; all of it or nothing.
function(unpack archive folder)
    file(REMOVE_RECURSE ${folder}.unpacking)
    file(ARCHIVE_EXTRACT INPUT ${archive} DESTINATION ${folder}.unpacking)
    file(GLOB top ${folder}.unpacking/*)
    file(RENAME ${top} ${folder})
    file(REMOVE_RECURSE ${folder}.unpacking)
endfunction()

# Sets NAME_SOURCE to a folder with the unpacked sources.
function(third_party_source name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "POOL;SHA256;REPOSITORY;TAG;COMMIT" "")
    string(TOUPPER ${name} upper)
    string(SUBSTRING ${arg_SHA256} 0 12 short)
    set(folder ${THIRD_PARTY_CACHE}/source/${name}-${short})
    set(${upper}_SOURCE ${folder} PARENT_SCOPE)

    file(LOCK ${THIRD_PARTY_CACHE}/lock/source GUARD FUNCTION TIMEOUT 900)
    if(EXISTS ${folder})
        return()
    endif()

    cmake_path(GET arg_POOL FILENAME archive_name)
    set(archive ${THIRD_PARTY_ARCHIVES}/${archive_name})
    if(EXISTS ${archive})
        file(SHA256 ${archive} found)
    endif()
    if(NOT found STREQUAL arg_SHA256)
        set(archive ${THIRD_PARTY_CACHE}/${archive_name})
        message(STATUS "Fetching ${archive_name} from the Debian mirror")
        file(REMOVE ${archive})
        download_from_mirror(${arg_POOL} ${arg_SHA256} ${archive})
    endif()
    if(EXISTS ${archive})
        unpack(${archive} ${folder})
        return()
    endif()

    message(STATUS "No mirror has it; cloning ${arg_REPOSITORY}, tag ${arg_TAG}")
    clone_upstream(${arg_REPOSITORY} ${arg_TAG} ${arg_COMMIT} ${folder})
    if(NOT EXISTS ${folder} AND name STREQUAL "imgui")
        imgui_of_debian_testing(${folder})
    endif()
    if(NOT EXISTS ${folder})
        message(FATAL_ERROR "Cannot get ${name}: neither a Debian mirror nor ${arg_REPOSITORY} gave it. "
            "Put ${archive_name} into a folder and name that folder in DROPLINE_THIRD_PARTY_CACHE.")
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
