#!/usr/bin/env bash
# Measures `aigov stop --all` of a release build. On demand only; nothing here is a test.
#
#   cargo build --release && tests/bench/stop.sh
#
# Automations: $N (1000). Latency of each answer: $MS (20). Servers: $SERVERS (1). Rounds: $ROUNDS (5), of which the median
# counts. Needs python3, rustc, curl; strace and GNU time where they are there.
#
# The floor is what the wire takes: the slowest target by itself (its requests one after the other) plus the requests of all
# targets at the allowed concurrency (32 to a host). "verdicts" is the time to the last verdict, as the program says it in
# --json; "command" is until the prompt is back, with the record in git.

set -eu -o pipefail
cd "$(dirname "$0")/../.."
AIGOV=${AIGOV:-$PWD/target/release/aigov}
BENCH=$PWD/tests/bench
N=${N:-1000} MS=${MS:-20} SERVERS=${SERVERS:-1} ROUNDS=${ROUNDS:-5}
WORK=$(mktemp -d)
MOCKS=()
finish() { for pid in "${MOCKS[@]}"; do kill "$pid" 2>/dev/null || true; done; rm -rf "$WORK"; }
trap finish EXIT

rustc -O --edition 2021 -o "$WORK/mock" "$BENCH/mock.rs" 2>"$WORK/rustc.log" || { cat "$WORK/rustc.log"; exit 1; }
export HOME=$WORK/home XDG_STATE_HOME=$WORK/home/state XDG_CONFIG_HOME=$WORK/home/config NO_COLOR=1
mkdir -p "$HOME"

mock() { # DELAY-MS: starts a server, sets PORT
  local out=$WORK/mock.$RANDOM$RANDOM
  "$WORK/mock" 0 "$1" >"$out" &
  MOCKS+=($!)
  for _ in $(seq 50); do PORT=$(sed -n 's/^listening //p' "$out"); [ -n "$PORT" ] && return; sleep 0.1; done
  echo "the mock did not start" >&2; exit 1
}
reset() { for port in "${PORTS[@]}"; do curl -s -X POST "http://127.0.0.1:$port/controls" >/dev/null; curl -s -X POST "http://127.0.0.1:$port/count" >/dev/null; done; }

PORTS=()
for _ in $(seq "$SERVERS"); do mock "$MS"; PORTS+=("$PORT"); done
python3 "$BENCH/stop.py" "$WORK/ws" "$N" "${PORTS[@]}"

echo "## stop --all: $N automations, $SERVERS servers, $MS ms an answer"
for round in $(seq "$ROUNDS"); do
  rm -rf "$WORK/ws/.aigov"
  reset
  begin=$(date +%s%N)
  "$AIGOV" -C "$WORK/ws" --json stop --all >"$WORK/out.$round" 2>"$WORK/err" </dev/null || { cat "$WORK/err"; exit 1; }
  echo "$(( ($(date +%s%N) - begin) / 1000000 ))" >"$WORK/command.$round"
done
curl -s "http://127.0.0.1:${PORTS[0]}/count" >"$WORK/count"
python3 - "$WORK" "$N" "$MS" "$SERVERS" "$ROUNDS" <<'END'
import json, pathlib, statistics, sys
work, (n, ms, servers, rounds) = pathlib.Path(sys.argv[1]), map(int, sys.argv[2:])
verdicts, commands = [], []
for r in range(1, rounds + 1):
    told = [json.loads(l) for l in (work / f"out.{r}").read_text().splitlines()]
    assert len(told) == n and all(t["standing"] == "stopped" for t in told), "every one is stopped and proven"
    verdicts.append(max(t["took_ms"] for t in told))
    commands.append(int((work / f"command.{r}").read_text()))
count = json.loads((work / "count").read_text())
share = -(-n // servers)
per = count["requests"] / share
floor = per * ms + per * share / 32 * ms
v, c = statistics.median(verdicts), statistics.median(commands)
print(f"requests per automation {per:.1f}, connections to a host {count['connections']}")
print(f"floor {floor:.0f} ms; verdicts {v:.0f} ms = {v / floor:.2f} x; command {c:.0f} ms = {c / floor:.2f} x   (of {rounds}: {sorted(verdicts)}, {sorted(commands)})")
END

echo
echo "## Once more, everything stopped already: one read and one read-back each, nothing sent"
reset_count() { for port in "${PORTS[@]}"; do curl -s -X POST "http://127.0.0.1:$port/count" >/dev/null; done; }
reset_count
begin=$(date +%s%N)
"$AIGOV" -C "$WORK/ws" stop --all >/dev/null 2>&1 </dev/null
echo "command $(( ($(date +%s%N) - begin) / 1000000 )) ms; $(curl -s "http://127.0.0.1:${PORTS[0]}/count")"
echo "open runs: $("$AIGOV" -C "$WORK/ws" --json log | grep -c '"end":null') of $("$AIGOV" -C "$WORK/ws" --json log | wc -l)"

echo
echo "## A host that takes connections and says nothing, with a twentieth of the automations"
mock 600000
python3 "$BENCH/stop.py" "$WORK/dead" $((N / 20)) "$PORT"
python3 "$BENCH/stop.py" "$WORK/alive" "$N" "${PORTS[@]}"
mkdir -p "$WORK/mixed/automations"
python3 - "$WORK" <<'END'
import pathlib, re, sys
work = pathlib.Path(sys.argv[1])
alive, dead = (work / "alive/aigov.toml").read_text(), (work / "dead/aigov.toml").read_text()
(work / "mixed/aigov.toml").write_text(alive + dead.split("production = true\n", 1)[1].replace("providers.p0", "providers.dead"))
(work / "mixed/token").write_text("bench-token\n")
for f in (work / "alive/automations").iterdir():
    (work / "mixed/automations" / f.name).write_text(f.read_text())
for f in (work / "dead/automations").iterdir():
    (work / "mixed/automations" / ("dead-" + f.name)).write_text(f.read_text().replace('"p0"', '"dead"'))
END
reset
"$AIGOV" -C "$WORK/mixed" --json stop --all >"$WORK/mixed.out" 2>/dev/null </dev/null || true
python3 - "$WORK/mixed.out" <<'END'
import json, sys
told = [json.loads(l) for l in open(sys.argv[1])]
live = [t for t in told if not t["automation"].startswith("dead-")]
dead = [t for t in told if t["automation"].startswith("dead-")]
assert all(t["standing"] == "stopped" for t in live) and not any(t["standing"] == "stopped" for t in dead)
print(f"{len(live)} live ones stopped, the last after {max(t['took_ms'] for t in live)} ms; {len(dead)} dead ones {set(t['standing'] for t in dead)} after {max(t['took_ms'] for t in dead)} ms")
END

if command -v strace >/dev/null; then
  echo
  rm -rf "$WORK/ws/.aigov"; reset
  strace -f -qq -e trace=fsync,fdatasync,sync_file_range -o "$WORK/trace" "$AIGOV" -C "$WORK/ws" stop --all >/dev/null 2>&1 </dev/null
  echo "fsyncs of one stop of $N: $(grep -cE 'f(data)?sync' "$WORK/trace")"
fi
if [ -x /usr/bin/time ]; then
  rm -rf "$WORK/ws/.aigov"; reset
  /usr/bin/time -f "peak memory: %M KiB" "$AIGOV" -C "$WORK/ws" stop --all 2>&1 >/dev/null </dev/null | tail -n 1
fi
