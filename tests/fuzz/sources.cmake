# The fuzz targets and what they share: for libFuzzer (CMakeLists.txt beside this file) and for the
# ordinary tests (tests/CMakeLists.txt).
set(fuzz_sources
    control_frame.cpp
    data_header.cpp
    frame_promises.cpp
    invite.cpp
    journal.cpp
    json_commands.cpp
    manifest.cpp
    pre_auth.cpp
    safe_name.cpp
    scram_client.cpp
    scram_server.cpp
    settings.cpp
    target.cpp
    ../transfer/hostile_names.cpp
    ../wire/sample_messages.cpp
)
