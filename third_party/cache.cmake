# Sets THIRD_PARTY_CACHE, where sources and their compiled libraries are kept: the folder named by
# $DROPLINE_THIRD_PARTY_CACHE, which clones may share, or else .cache/third_party in this clone.
# A folder that is named but cannot be written to still gives its archives (THIRD_PARTY_ARCHIVES).
set(THIRD_PARTY_CACHE ${PROJECT_SOURCE_DIR}/.cache/third_party)
set(THIRD_PARTY_ARCHIVES ${THIRD_PARTY_CACHE})
if(DEFINED ENV{DROPLINE_THIRD_PARTY_CACHE})
    file(REAL_PATH "$ENV{DROPLINE_THIRD_PARTY_CACHE}" THIRD_PARTY_ARCHIVES
        BASE_DIRECTORY ${PROJECT_SOURCE_DIR} EXPAND_TILDE)
    execute_process(COMMAND test -e ${THIRD_PARTY_ARCHIVES} -a ! -w ${THIRD_PARTY_ARCHIVES}
        RESULT_VARIABLE is_writable)  # 0: it is there, and read-only
    if(is_writable)
        set(THIRD_PARTY_CACHE ${THIRD_PARTY_ARCHIVES})
    endif()
endif()
file(MAKE_DIRECTORY ${THIRD_PARTY_CACHE})
