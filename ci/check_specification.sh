#!/bin/sh
# Is conformance/SPECIFICATION.md what `cowbell list --format markdown` prints?
# Usage: ci/check_specification.sh COWBELL
set -eu
file=$(dirname "$0")/../conformance/SPECIFICATION.md
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
"$1" list --format markdown >"$fresh"
if ! diff -u "$file" "$fresh"; then
  echo "conformance/SPECIFICATION.md is not current: cowbell list --format markdown > conformance/SPECIFICATION.md" >&2
  exit 1
fi
