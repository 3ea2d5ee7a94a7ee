# Sourced by .ci/run and by every suite: times parts, starts and stops what a part needs.
#
# What is installed goes to $AIGOV_CI (kept between runs where the machine is kept); what a server writes goes to a new
# folder under it that is removed at the end. Everything listens on loopback and is stopped by its own process id.

set -u
set -o pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
AIGOV_CI=${AIGOV_CI:-/var/tmp/aigov-ci}
mkdir -p "$AIGOV_CI"
WORK=$(mktemp -d "$AIGOV_CI/run.XXXXXX")
# A server that runs as another user has to come through to its own folder.
chmod 755 "$WORK"
STARTED=()
export NO_COLOR=1

say() { printf '== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

# Stops everything this shell started, last first: asks, waits up to ten seconds, then insists.
stop_all() {
  local i pid n
  for ((i = ${#STARTED[@]} - 1; i >= 0; i--)); do
    pid=${STARTED[i]}
    kill -TERM "$pid" 2>/dev/null || continue
    for ((n = 0; n < 100; n++)); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
  done
  STARTED=()
}

finish() {
  local code=$?
  trap - EXIT
  if [ "$code" -ne 0 ]; then
    local log
    for log in "$WORK"/*.log; do
      [ -s "$log" ] && { printf -- '---- the end of %s\n' "$(basename "$log")"; tail -n 15 "$log"; }
    done
  fi
  stop_all
  rm -rf "$WORK"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

# A loopback port on which nobody answers, from an uncommon range; each call gives another one.
NEXT_PORT=$((21000 + RANDOM % 8000))
free_port() {
  while :; do
    NEXT_PORT=$((NEXT_PORT + 1))
    (exec 3<>"/dev/tcp/127.0.0.1/$NEXT_PORT") 2>/dev/null || { PORT=$NEXT_PORT; return; }
  done
}

# start NAME COMMAND…: in the background, output to $WORK/NAME.log.
start() {
  local name=$1
  shift
  "$@" >"$WORK/$name.log" 2>&1 </dev/null &
  STARTED+=($!)
  PID=$!
}

# ready NAME SECONDS URL TEXT [curl arguments]: waits until the URL's body holds the text, which only this server says.
ready() {
  local name=$1 limit=$2 url=$3 text=$4 n
  shift 4
  for ((n = 0; n < limit * 5; n++)); do
    kill -0 "$PID" 2>/dev/null || fail "$name ended while starting"
    case $(curl -s --max-time 5 "$@" "$url" 2>/dev/null) in *"$text"*) return 0 ;; esac
    sleep 0.2
  done
  fail "$name did not answer $url with \`$text\` within $limit s"
}

# apt PACKAGE…: installs what is not there.
apt() {
  local p missing=()
  for p in "$@"; do dpkg -s "$p" >/dev/null 2>&1 || missing+=("$p"); done
  [ ${#missing[@]} -eq 0 ] && return
  [ -e "$WORK/apt-updated" ] || apt-get -qq update >"$WORK/apt.log" 2>&1 || fail "apt-get update"
  : >"$WORK/apt-updated"
  # No service is to be started by an installation: the suites start their own.
  local policy=/usr/sbin/policy-rc.d made=
  [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy && made=1; }
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" >>"$WORK/apt.log" 2>&1
  local code=$?
  [ -n "$made" ] && rm -f $policy
  [ $code -eq 0 ] || fail "apt-get install ${missing[*]}"
}

# node_package FOLDER NAME@VERSION: installs it there once, without running its install scripts.
node_package() {
  local folder=$AIGOV_CI/$1 package=$2
  [ "$(cat "$folder/installed" 2>/dev/null)" = "$package" ] && return
  rm -rf "$folder"
  mkdir -p "$folder"
  npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error "$package" >"$WORK/npm.log" 2>&1 ||
    fail "npm install $package"
  printf '%s\n' "$package" >"$folder/installed"
}

# Builds the tests before any server runs, so that no server waits for a compiler.
build_tests() {
  (cd "$ROOT" && cargo test --quiet --test outside --no-run) || fail "the tests do not compile"
}

# suite_tests MODULE: runs that module of tests/outside; a test that says it was skipped has not run, and that is a failure
# here.
suite_tests() {
  (cd "$ROOT" && cargo test --quiet --test outside -- --nocapture --test-threads=1 "$1::") 2>&1 | tee "$WORK/tests.out"
  local code=${PIPESTATUS[0]}
  [ "$code" -eq 0 ] || fail "$1"
  grep -q '^skipped:' "$WORK/tests.out" && fail "$1 was skipped though its server runs"
  grep -q '^test result: ok. [1-9]' "$WORK/tests.out" || fail "$1: no test ran"
}
