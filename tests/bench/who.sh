#!/usr/bin/env bash
# Measures `aigov who` and bare `aigov` on a workspace of 1,000 automations with a journal of 100,000 events. On demand only;
# nothing here is a test. The journal is kept between calls: making it takes minutes.
#
#   cargo build --release --example many && cargo build --release && tests/bench/who.sh
#
# Where: $AIGOV_MANY (/var/tmp/aigov-many). Size: $AUTOMATIONS, $EVENTS, $RUNS. Rounds: $ROUNDS (25). Needs python3.

set -eu -o pipefail
cd "$(dirname "$0")/../.."
AIGOV=${AIGOV:-$PWD/target/release/aigov}
MANY=${MANY:-$PWD/target/release/examples/many}
BENCH=$PWD/tests/bench
AT=${AIGOV_MANY:-/var/tmp/aigov-many}
SIZE=("${AUTOMATIONS:-1000}" "${EVENTS:-100000}" "${RUNS:-1000}")
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
export HOME=$WORK/home XDG_STATE_HOME=$WORK/home/state XDG_CONFIG_HOME=$WORK/home/config NO_COLOR=1
mkdir -p "$XDG_CONFIG_HOME/aigov"
echo 'person = "lena"' >"$XDG_CONFIG_HOME/aigov/config.toml"

there="$AT/${SIZE[*]}"
if [ ! -f "$there.done" ]; then
  rm -rf "$there"
  mkdir -p "$there"
  "$MANY" "$there" "${SIZE[@]}"
  touch "$there.done"
fi
line() { # NAME EXIT BEFORE ARGV…: one line for interleave.py
  python3 -c 'import json, sys; n, c, e, b, *a = sys.argv[1:]; print(json.dumps({"name": n, "cwd": c, "exit": [int(e)], "before": json.loads(b), "argv": a}))' "$1" "$there" "${@:2}"
}
bot=bot-00490
cache=$there/.aigov/journal.git/aigov/runs.json
{
  line "aigov --version" 0 null "$AIGOV" --version
  line "aigov who" 0 null "$AIGOV" who "$bot"
  line "aigov who, unknown name" 2 null "$AIGOV" who "bot-0049O"
  line "aigov" 0 null "$AIGOV"
  line "aigov status --as lena" 0 null "$AIGOV" status --as lena
} >"$WORK/lines"
echo "## ${SIZE[0]} automations, ${SIZE[1]} events in ${SIZE[2]} runs"
python3 "$BENCH/interleave.py" "${ROUNDS:-25}" "$WORK/lines"
echo
echo "## The same without the list of runs that is kept beside the repository"
line "aigov who, list lost" 0 "[\"rm\", \"-f\", \"$cache\"]" "$AIGOV" who "$bot" >"$WORK/lines"
python3 "$BENCH/interleave.py" 3 "$WORK/lines"
