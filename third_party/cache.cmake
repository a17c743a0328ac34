# Where sources and their compiled libraries are kept: $DROPLINE_THIRD_PARTY_CACHE, which may be shared
# between clones, or else .cache/third_party in this one.
set(THIRD_PARTY_CACHE "$ENV{DROPLINE_THIRD_PARTY_CACHE}")
if(DROPLINE_THIRD_PARTY_CACHE)
    set(THIRD_PARTY_CACHE "${DROPLINE_THIRD_PARTY_CACHE}")
elseif(NOT THIRD_PARTY_CACHE)
    set(THIRD_PARTY_CACHE "${PROJECT_SOURCE_DIR}/.cache/third_party")
endif()
file(MAKE_DIRECTORY ${THIRD_PARTY_CACHE})
