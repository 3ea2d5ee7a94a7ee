#!/usr/bin/env bash
# Measures a release build and prints ratios from interleaved runs. On demand only; nothing here is a test.
#
#   cargo build --release && tests/bench/report.sh          aigov, and those peers that are found
#   tests/bench/peers.sh                                    installs the peers (hurl takes minutes to build)
#
# Peers are looked for at $HURL, $CHAOS and $ANSIBLE, then where peers.sh puts them, then on PATH. Needs python3, rustc;
# strace and GNU time where they are there. Rounds: $ROUNDS (15).

set -eu -o pipefail
cd "$(dirname "$0")/../.."
AIGOV=$PWD/target/release/aigov
BENCH=$PWD/tests/bench
PEERS=${AIGOV_PEERS:-/var/tmp/aigov-peers}
ROUNDS=${ROUNDS:-15}
WORK=$(mktemp -d)
MOCK=
finish() { [ -z "$MOCK" ] || kill "$MOCK" 2>/dev/null || true; rm -rf "$WORK"; }
trap finish EXIT
found() { local given=$1 name=$2; for p in "$given" "$PEERS/bin/$name" "$(command -v "$name" || true)"; do [ -x "$p" ] && { echo "$p"; return; }; done; true; }
HURL=$(found "${HURL:-}" hurl)
CHAOS=$(found "${CHAOS:-}" chaos)
ANSIBLE=$(found "${ANSIBLE:-}" ansible-playbook)

# Before HOME changes: the toolchain is chosen by what stands there.
rustc -O --edition 2021 -o "$WORK/mock" "$BENCH/mock.rs" 2>"$WORK/rustc.log" || { cat "$WORK/rustc.log"; exit 1; }

export HOME=$WORK/home XDG_STATE_HOME=$WORK/home/state XDG_CONFIG_HOME=$WORK/home/config NO_COLOR=1
mkdir -p "$HOME"

mock() { # DELAY-MS: starts the server anew, sets PORT
  [ -z "$MOCK" ] || { kill "$MOCK"; wait "$MOCK" 2>/dev/null || true; }
  "$WORK/mock" 0 "$1" >"$WORK/mock.out" &
  MOCK=$!
  for _ in $(seq 50); do PORT=$(sed -n 's/^listening //p' "$WORK/mock.out"); [ -n "$PORT" ] && return; sleep 0.1; done
  echo "the mock did not start" >&2; exit 1
}
line() { # NAME CWD EXITS BEFORE ARGV…: one line for interleave.py
  python3 -c 'import json, sys; n, c, e, b, *a = sys.argv[1:]; print(json.dumps({"name": n, "cwd": c, "exit": [int(x) for x in e.split(",")], "before": b.split() or None, "argv": a}))' "$@"
}
job() { # N: the job in $WORK/job$N, and its lines
  local n=$1 at=$WORK/job$1
  python3 "$BENCH/job.py" "$at" "$PORT" "$n"
  [ -z "$HURL" ] || line "hurl" "$at" 0 "" "$HURL" --test job.hurl
  line "aigov, first run" "$at" 4 "rm -rf $at/.aigov" "$AIGOV" run incident/bench
  # The second run of a journal makes its folders for objects, once; so what is measured starts from a copy that has had
  # that, with as many runs still open on the same automation as the name says.
  local open
  for open in 3 25; do
    local there=$WORK/job$n-$open
    rm -rf "$there" "$there-journal" && mkdir -p "$there" && cp -r "$at"/* "$there"
    for _ in $(seq "$open"); do (cd "$there" && "$AIGOV" run incident/bench --new >/dev/null 2>&1 </dev/null) || true; done
    mv "$there/.aigov" "$there-journal"
    printf '#!/bin/sh\nrm -rf %s/.aigov && cp -r %s-journal %s/.aigov && sync\n' "$there" "$there" "$there" >"$there-again"
    chmod +x "$there-again"
    line "aigov, journal there, $open open runs" "$there" 4 "$there-again" "$AIGOV" run incident/bench --new
  done
}
count_requests() { # N: the server's own count for one run
  local at=$WORK/job$1
  curl -s -X POST "http://127.0.0.1:$PORT/count" >/dev/null
  rm -rf "$at/.aigov"
  (cd "$at" && "$AIGOV" run incident/bench >/dev/null 2>&1 </dev/null) || true
  echo "requests and connections, job of $1 calls and 2 reads: $(curl -s "http://127.0.0.1:$PORT/count")"
}

echo "## Start"
mock 0
job 5 >"$WORK/five"
{
  line true "$WORK" 0 "" /bin/true
  line "aigov --version" "$WORK/job5" 0 "" "$AIGOV" --version
  line "aigov plan" "$WORK/job5" 0 "" "$AIGOV" plan incident/bench
} >"$WORK/start"
python3 "$BENCH/interleave.py" $((ROUNDS * 4)) "$WORK/start"

for delay in 0 20; do
  mock "$delay"
  echo
  echo "## The same seven requests (5 ordered calls, 2 verifying reads), $delay ms each; latency to take off: $((7 * delay)) ms"
  {
    job 5
    [ -z "$CHAOS" ] || line "chaostoolkit" "$WORK/job5" 0 "" "$CHAOS" --no-version-check --no-log-file run --hypothesis-strategy after-method-only --journal-path j.json chaos.json
    [ -z "$ANSIBLE" ] || line "ansible" "$WORK/job5" 0 "" "$ANSIBLE" -i localhost, -e "ansible_python_interpreter=$(command -v python3)" play.yml
  } >"$WORK/lines"
  python3 "$BENCH/interleave.py" "$ROUNDS" "$WORK/lines"
  count_requests 5
done

for delay in 0 20; do
  mock "$delay"
  echo
  echo "## Reported apart: prior state captured and effects proven, $delay ms each"
  # The same five calls with no state to capture and none but two read back, beside five that are each read, put and read
  # back: the difference is what the ten reads cost, less the two, and their latency of $((8 * delay)) ms.
  python3 "$BENCH/job.py" "$WORK/job5" "$PORT" 5
  python3 "$BENCH/prior.py" job "$WORK/prior" "$PORT" 5
  printf '#!/bin/sh\nrm -rf %s/.aigov && curl -s -X POST http://127.0.0.1:%s/controls\n' "$WORK/prior" "$PORT" >"$WORK/prior-again"
  chmod +x "$WORK/prior-again"
  {
    line "5 calls, 2 reads" "$WORK/job5" 4 "rm -rf $WORK/job5/.aigov" "$AIGOV" run incident/bench
    line "5 prior states, 5 calls, 5 probes" "$WORK/prior" 4 "$WORK/prior-again" "$AIGOV" run incident/bench
  } >"$WORK/lines"
  python3 "$BENCH/interleave.py" "$ROUNDS" "$WORK/lines" | tee "$WORK/apart"
  python3 - "$WORK/apart" "$delay" <<'END'
import re, sys
plain, whole = (float(m) for m in re.findall(r"(?:reads|probes)\s+([\d.]+)", open(sys.argv[1]).read()))
print(f"eight reads more: {whole - plain - 8 * int(sys.argv[2]):.1f} ms beside their latency, {(whole - plain) / 8 - int(sys.argv[2]):.2f} ms each")
END
  curl -s -X POST "http://127.0.0.1:$PORT/count" >/dev/null
  "$WORK/prior-again" >/dev/null
  (cd "$WORK/prior" && "$AIGOV" run incident/bench >/dev/null 2>&1 </dev/null) || true
  echo "requests and connections: $(curl -s "http://127.0.0.1:$PORT/count"); by the run's own record: $(python3 "$BENCH/prior.py" split "$WORK/prior/.aigov/journal.git")"
done

mock 0
echo
echo "## Cost per step, 5 to 500 calls, 0 ms"
for n in 5 50 500; do
  python3 "$BENCH/job.py" "$WORK/job$n" "$PORT" "$n"
  line "aigov, $n calls" "$WORK/job$n" 4 "rm -rf $WORK/job$n/.aigov" "$AIGOV" run incident/bench
done >"$WORK/lines"
python3 "$BENCH/interleave.py" 5 "$WORK/lines" | tee "$WORK/steps"
python3 - "$WORK/steps" <<'END'
import re, sys
wall = {int(m[1]): float(m[2]) for m in re.finditer(r"aigov, (\d+) calls\s+([\d.]+)", open(sys.argv[1]).read())}
print(f"per step: {(wall[50] - wall[5]) / 45:.2f} ms from 5 to 50, {(wall[500] - wall[50]) / 450:.2f} ms from 50 to 500")
END

if command -v strace >/dev/null; then
  echo
  echo "## Durable writes of one run of 5 calls"
  at=$WORK/job5
  rm -rf "$at/.aigov"
  (cd "$at" && strace -f -qq -e trace=fsync,fdatasync,sync_file_range -o "$WORK/trace" "$AIGOV" run incident/bench >/dev/null 2>&1 </dev/null) || true
  # The repository itself is made once.
  appends=$(git --git-dir="$at/.aigov/journal.git" for-each-ref --format='%(refname)' 'refs/heads/*/run/*' | head -n 1 | xargs git --git-dir="$at/.aigov/journal.git" rev-list --count)
  first=$(grep -cE 'f(data)?sync' "$WORK/trace")
  # A third run in the same journal: making the journal is not counted, nor the folders for objects, which the second made.
  for _ in 2 3; do
    (cd "$at" && strace -f -qq -e trace=fsync,fdatasync,sync_file_range -o "$WORK/trace" "$AIGOV" run incident/bench --new >/dev/null 2>&1 </dev/null) || true
  done
  third=$(grep -cE 'f(data)?sync' "$WORK/trace")
  echo "$appends appends; $first fsyncs with making the journal, $third in a journal that is there: $(python3 -c "print(f'{$third / $appends:.1f}')") an append"
fi
if [ -x /usr/bin/time ]; then
  echo
  echo "## Peak memory"
  for n in 5 500; do
    rm -rf "$WORK/job$n/.aigov"
    (cd "$WORK/job$n" && /usr/bin/time -f "aigov, $n calls: %M KiB" "$AIGOV" run incident/bench 2>&1 >/dev/null </dev/null | tail -n 1) || true
  done
  [ -z "$HURL" ] || (cd "$WORK/job5" && /usr/bin/time -f "hurl, 5 calls: %M KiB" "$HURL" --test job.hurl 2>&1 >/dev/null | tail -n 1)
fi
echo
echo "## Exploration of the shipped runbook, fault budget 2"
(cd "$WORK" && "$AIGOV" --sandbox explore incident/hallucination --faults 2) || true
