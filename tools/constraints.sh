#!/usr/bin/env bash
# Resolve the requirements without the old pins and write down what pip chose.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
pin() { # pin CONSTRAINTS-FILE REQUIREMENTS-FILE...
  local target=$1; shift
  python3 -m venv "$scratch/$target"
  for file in "$@"; do grep -vE '^-[cr] ' "$file" >>"$scratch/$target.in"; done
  "$scratch/$target/bin/pip" install --quiet -r "$scratch/$target.in"
  { echo "# Every version pip resolved, so that two machines install the same. Rewritten by \`make constraints\`."
    "$scratch/$target/bin/pip" freeze; } >"$target"
}
pin constraints.txt requirements.txt requirements-dev.txt
pin constraints-emulators.txt requirements-emulators.txt
