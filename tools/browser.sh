#!/usr/bin/env bash
# Install what the tests of the chat page in a browser need: Playwright into .venv and, where root may do so on Debian,
# Chromium. Any other Chromium on PATH, or named by SITECHAT_CHROMIUM, is taken as it is. Called by .ci/run.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python

fail() { printf 'browser: %s\nThe tests in a browser are skipped until then.\n' "$1" >&2; exit 3; }
find_chromium() { command -v ${SITECHAT_CHROMIUM:+"$SITECHAT_CHROMIUM"} chromium chromium-browser google-chrome | head -n 1; }
may_install() { [ "$(id -u)" = 0 ] && grep -qx 'ID=debian' /etc/os-release 2>/dev/null; }

[ -x "$python" ] || fail "The virtual environment is missing. Run \`make setup\` first."
echo "browser 1/2: Playwright for Python into .venv (downloads about 45 MB, takes 170 MB)"
"$python" -m pip install --quiet --disable-pip-version-check --no-input -r requirements-browser.txt ||
  fail "pip could not install Playwright; its message stands above."

if [ -z "$(find_chromium)" ]; then
  may_install || fail "Chromium is missing. Install it (Debian: apt-get install chromium), or name one by SITECHAT_CHROMIUM."
  echo "browser 2/2: Chromium by apt-get (downloads about 100 MB, takes 350 MB)"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; } ||
    fail "apt-get could not install Chromium; its message stands above."
fi
echo "browser: Playwright drives $(find_chromium)"
