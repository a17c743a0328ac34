#!/usr/bin/env bash
# The main job, played on a screen nobody sees: a host and two members in three real windows talk,
# and a real file is dragged from a file manager onto a person.
#
#     demo.sh EXECUTABLE
#
# Saves dropline-demo.png in the current folder; 0 only when the file has arrived byte for byte.
set -euo pipefail

if [[ $# -ne 1 || ! -x $1 ]]; then
    printf 'usage: %s EXECUTABLE\n' "$0" >&2
    exit 2
fi
exec python3 -B "$(dirname "${BASH_SOURCE[0]}")/demo.py" "$(realpath "$1")"
