#!/usr/bin/env bash
# The steps of a CI. The workflows in .github/ call these and nothing else, and so can any other CI:
#   tools/ci.sh setup               install what the other steps need (not the emulators)
#   tools/ci.sh check [ENV...]      synthesise, scan and price; needs no credentials. Default: every environment
#   tools/ci.sh review ENV          plan, for people to read; reads AWS, changes nothing but the lock it gives back
#   tools/ci.sh publish ENV         plan, and keep the bundle in the state bucket for `apply`
#   tools/ci.sh apply ENV BUNDLE    apply exactly that bundle, wherever it was published
#   tools/ci.sh release ENV DIGEST  put an image into service with the newest settings; `apply` says which one waits
#   tools/ci.sh bill ENV            what the last whole month cost, beside the estimate
#   tools/ci.sh drift ENV           what was changed in AWS past the configuration; exit 10 when there is any
# SITECHAT_ACCEPT_UNPRICED: what may have a stated figure instead of a price, LAYER/ADDRESS with blanks between.
# Exit codes are those of sitechat. ci-out/ENV/ is what may be kept or shown: reports, no plans, no values in clear.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() { sed -n '2,12s/^# \{0,1\}//p' tools/ci.sh >&2; exit 2; }
sitechat() { .venv/bin/python -m pipeline "$@"; }
name() { basename "$1" .toml; }
field() { .venv/bin/python -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
waiting() { .venv/bin/python -c 'import json, sys; print((json.load(sys.stdin)["pending"] or {}).get("image", ""))'; }
hand_on() { # hand_on KEY VALUE: to the next step, where the CI is GitHub's
  echo "$1=$2"
  if [ -n "${GITHUB_OUTPUT:-}" ]; then echo "$1=$2" >>"$GITHUB_OUTPUT"; fi
}
keep_report() { # keep_report ENV: the page and the comment that the last command wrote
  local kept; kept="ci-out/$(name "$1")"
  mkdir -p "$kept"
  cp -R ".sitechat/reports/$(name "$1")/." "$kept/"
  if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat "$kept/report.md" >>"$GITHUB_STEP_SUMMARY"; fi
}

setup() { make .venv/.ready; }

check() {
  local env kept
  [ $# -gt 0 ] || set -- $(cd environments && ls -- *.toml | sed 's/\.toml$//')
  for env; do
    kept="ci-out/$(name "$env")"
    mkdir -p "$kept"
    sitechat scan --env "$env" --sarif "$kept/scan.sarif" --junit "$kept/scan.xml"
    sitechat cost --env "$env"
  done
}

review() {
  sitechat plan --env "$1" --json >/dev/null
  keep_report "$1"
}

publish() {
  local planned
  planned=$(sitechat plan --env "$1" --publish --json)
  keep_report "$1"
  if [ "$(field published <<<"$planned")" = True ]; then
    hand_on bundle "$(field bundle <<<"$planned")"
  else
    hand_on bundle ""
  fi
}

apply() {
  local applied
  applied=$(sitechat apply "$2" --env "$1" --json)
  keep_report "$1"
  hand_on release "$(waiting <<<"$applied")"
}

release() {
  local kept; kept="ci-out/$(name "$1")"
  mkdir -p "$kept"
  sitechat release --env "$1" --image "$2" --json | tee "$kept/release.json"
}

bill() {
  local kept; kept="ci-out/$(name "$1")"
  mkdir -p "$kept"
  sitechat cost --env "$1" --actual | tee "$kept/bill.txt"
  if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    { echo "## What $(name "$1") cost"; echo '```'; cat "$kept/bill.txt"; echo '```'; } >>"$GITHUB_STEP_SUMMARY"
  fi
}

drift() { sitechat drift --env "$1"; }

[ $# -gt 0 ] || usage
step=$1
shift
case "$step $#" in
  "setup 0" | "review 1" | "publish 1" | "apply 2" | "release 2" | "bill 1" | "drift 1") "$step" "$@" ;;
  "check "*) check "$@" ;;
  *) usage ;;
esac
