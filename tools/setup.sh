#!/usr/bin/env bash
# Create a virtual environment. usage: setup.sh product|emulators|cdktf|cdktn FOLDER; called by make.
set -euo pipefail
what=$1 folder=$2 python=${PYTHON:-python3}

fail() { printf 'setup: %s\n' "$1" >&2; exit 3; }

command -v "$python" >/dev/null || fail "Python is missing. Install Python 3.11, 3.12 or 3.13, or name it: make setup PYTHON=python3.12"
"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' ||
  fail "$("$python" --version) is not supported. Use Python 3.11, 3.12 or 3.13: make setup PYTHON=python3.12"
"$python" -c 'import venv, ensurepip' 2>/dev/null ||
  fail "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv"

install() { # install FOLDER pip-arguments...: quiet about what exists, clear about what fails
  local target=$1; shift
  "$python" -m venv "$target"
  "$target/bin/python" -m pip install --quiet --disable-pip-version-check --no-input "$@" 2>"$target/pip.log" || {
    cat "$target/pip.log" >&2
    fail "pip could not install into $target; its message stands above. Run \`make setup\` again once it is solved."
  }
}

rm -f "$folder/.ready"
if [ "$what" = product ]; then
  command -v node >/dev/null || fail "Node.js is missing: CDKTF needs Node >= 20 (https://nodejs.org)"
  node -e 'process.exit(Number(process.versions.node.split(".")[0] < 20))' || fail "Node $(node --version) is too old: CDKTF needs Node >= 20"
  echo "setup 1/3: CDKTF, the AWS bindings, checkov and the test tools into $folder (downloads about 190 MB, takes 0.9 GB, a minute or two)"
  install "$folder" -r requirements-dev.txt -c constraints.txt
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --editable . 2>>"$folder/pip.log" || {
    cat "$folder/pip.log" >&2; fail "the sitechat command could not be installed"; }
  echo "setup 2/3: warming the caches of the bindings (once, takes 0.4 GB, half a minute)"
  "$folder/bin/python" -m fast_bindings.warm
  command -v "${SITECHAT_TERRAFORM:-terraform}" >/dev/null ||
    echo "setup: Terraform is missing; synth, scan and most tests work without it, plan and apply need Terraform >= 1.11, < 2" >&2
elif [ -f "tools/next/requirements-$what.txt" ]; then
  echo "synth-next: bindings to come ($what) into $folder (downloads about 110 MB, takes 0.6 GB, a minute)"
  install "$folder" -r "tools/next/requirements-$what.txt"
else
  echo "setup 3/3: the emulated AWS (moto, ministack) into $folder (downloads about 80 MB, takes 0.35 GB, half a minute)"
  install "$folder" -r requirements-emulators.txt -c constraints-emulators.txt
fi
touch "$folder/.ready"
