#!/usr/bin/env bash
# F1: what was received is on the disk before it gets its name, and its name before it is "saved".
# Watches the system calls of two tests; $1 is the test program. Exit 77: there is no strace.
set -euo pipefail
command -v strace >/dev/null || exit 77

trace=$(mktemp)
trap 'rm -f "$trace"' EXIT

# The order of what happened in the test $2 to what is built as $3, each kind of call named once
# where it happened, must be $4.
check_order() {
    strace -f -y -o "$trace" -e trace=write,fsync,fdatasync,syncfs,renameat2 "$1" "$2" >/dev/null
    local happened
    happened=$(sed -nE "
        s/.*write\([0-9]+<.*$3>.*= [0-9]+$/write/p
        s/.*write\([0-9]+<.*$3\/.*>.*= [0-9]+$/write/p
        s/.*f(data)?sync\([0-9]+<.*$3>\).*= 0$/sync-file/p
        s/.*syncfs\([0-9]+<.*receive>\).*= 0$/sync-disk/p
        s/.*renameat2\([0-9]+<[^>]*>, \"$3\", .*RENAME_NOREPLACE\) = 0$/rename/p
        s/.*fsync\([0-9]+<.*receive>\).*= 0$/sync-folder/p" "$trace" | uniq | xargs)
    if [[ $happened != "$4" ]]; then
        printf '%s\nwanted: %s\nhappened: %s\n' "$2" "$4" "$happened"
        exit 1
    fi
}

check_order "$1" "A file is NAME.part for its owner*" 'photo\.jpg\.part' \
    "write sync-file rename sync-folder"
check_order "$1" "A folder is hidden and for its owner*" '\.d\.part' \
    "write sync-disk rename sync-folder"
