#!/usr/bin/env bash
# From a fresh clone to a stopped flag on a real Unleash: the commands, what they say, and how long each takes.
# Starts Unleash as .ci/suites/unleash.sh does; building is timed only when nothing was built before.

. "$(dirname "$0")/../../.ci/part.sh"
. "$ROOT/.ci/servers/unleash.sh"
start_unleash
apt curl

admin=(-s --fail -H "Authorization: $AIGOV_SUITE_UNLEASH_ADMIN" -H 'Content-Type: application/json')
api=$AIGOV_SUITE_UNLEASH/api/admin/projects/default/features
# The flag that the team has already, switched on.
curl "${admin[@]}" -d '{"name":"support-replies","type":"release"}' "$api" >/dev/null || fail "making the flag"
curl "${admin[@]}" -d '{"name":"default"}' "$api/support-replies/environments/production/strategies" >/dev/null || fail "a strategy"
curl "${admin[@]}" -X POST "$api/support-replies/environments/production/on" >/dev/null || fail "switching it on"

# Before HOME changes: the toolchain is chosen by what stands there.
export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}
export HOME=$WORK/home XDG_STATE_HOME=$WORK/home/state UNLEASH_TOKEN=$AIGOV_SUITE_UNLEASH_ADMIN
export UNLEASH_CLIENT_TOKEN=$AIGOV_SUITE_UNLEASH_CLIENT
mkdir -p "$HOME"
COUNT=0
typed() {
  local from to code
  COUNT=$((COUNT + 1))
  printf '\n$ %s\n' "$*"
  from=$(date +%s%N)
  "$@"
  code=$?
  to=$(date +%s%N)
  printf '  (%d: exit %d, %d ms)\n' "$COUNT" "$code" $(((to - from) / 1000000))
  return $code
}

cd "$ROOT" || exit 1
typed cargo install --quiet --locked --path . --root "$WORK/installed" --target-dir "${CARGO_TARGET_DIR:-target}" || fail "building"
PATH=$WORK/installed/bin:$PATH
mkdir "$WORK/governance" && cd "$WORK/governance" || exit 1
typed aigov init --automation support-replies --url "$AIGOV_SUITE_UNLEASH" --set client-token=env:UNLEASH_CLIENT_TOKEN \
  --person ada --person grace || fail init
typed aigov who support-replies || fail who
typed aigov stop support-replies --reason "first hour" || fail stop
off=$(curl "${admin[@]}" "$api/support-replies/environments/production") || fail "reading the flag"
case $off in *'"enabled":false'*) ;; *) fail "the flag is still on: $off" ;; esac
typed aigov log || fail log
say "$COUNT commands; Unleash itself says that the flag is off"
[ "$COUNT" -le 6 ] || fail "more than six commands"
