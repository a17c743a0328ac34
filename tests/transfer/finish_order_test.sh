#!/usr/bin/env bash
# F1: a file's bytes are on the disk before it gets its name, and its name before it is "saved".
# Watches the system calls of one test; $1 is the test program. Exit 77: there is no strace.
set -euo pipefail
command -v strace >/dev/null || exit 77

trace=$(mktemp)
trap 'rm -f "$trace"' EXIT
strace -f -y -o "$trace" -e trace=write,fsync,fdatasync,renameat2 \
    "$1" "A file is NAME.part for its owner*" >/dev/null

# The order of what happened to photo.jpg, each kind of call named once where it happened.
happened=$(sed -nE '
    s/.*write\([0-9]+<.*photo\.jpg\.part>.*= [0-9]+$/write/p
    s/.*f(data)?sync\([0-9]+<.*photo\.jpg\.part>\).*= 0$/sync-file/p
    s/.*renameat2\(.*photo\.jpg\.part.*RENAME_NOREPLACE\) = 0$/rename/p
    s/.*fsync\([0-9]+<.*receive>\).*= 0$/sync-folder/p' "$trace" | uniq | xargs)
wanted="write sync-file rename sync-folder"
if [[ $happened != "$wanted" ]]; then
    printf 'wanted: %s\nhappened: %s\n' "$wanted" "$happened"
    exit 1
fi
