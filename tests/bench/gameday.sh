#!/usr/bin/env bash
# Measures game days on a release build: one drill with --auto from start to exit, and the sweeps over the seven runbooks of
# the classes. On demand only; nothing here is a test.
#
#   cargo build --release && tests/bench/gameday.sh
#
# A sweep without --runs plays single faults and pairs in one process, so that both are timed by the lines that it prints as it
# goes. Rounds: $ROUNDS (15) of the drill, $SWEEPS (3) of the sweeps. Cores: whatever `nproc` says. Needs python3.

set -eu -o pipefail
cd "$(dirname "$0")/../.."
AIGOV=${AIGOV:-$PWD/target/release/aigov}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
export HOME=$WORK/home XDG_STATE_HOME=$WORK/home/state XDG_CONFIG_HOME=$WORK/home/config NO_COLOR=1
mkdir -p "$HOME" "$WORK/empty"
cd "$WORK/empty"
"$AIGOV" --sandbox rehearse gameday/invented-policy --auto >"$WORK/once" 2>&1 || { cat "$WORK/once"; exit 1; }

python3 - "$AIGOV" "${ROUNDS:-15}" "${SWEEPS:-3}" <<'PY'
import os, re, statistics, subprocess, sys, time

aigov, rounds, sweeps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
# Each class with an automation that it fits.
SHELF = [
    ("hallucination", "support-replies"), ("unsafe-recommendation", "care-guide"),
    ("policy-violation", "support-replies"), ("data-leakage", "care-guide"),
    ("bias-regression", "credit-screening"), ("unauthorized-tool-use", "ops-agent"),
    ("runaway-automation", "ops-agent"),
]

def took(argv):
    begins = time.monotonic()
    done = subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    if done.returncode not in (0, 1, 3):
        sys.exit(f"{' '.join(argv)}: exit {done.returncode}\n{done.stderr.decode()}")
    return time.monotonic() - begins

def show(name, all, goal):
    middle = statistics.median(all)
    print(f"{name:<52} {middle:8.3f} s   from {min(all):.3f} to {max(all):.3f}   goal {goal}")

def sweep(runbook, automation):
    """Seconds to the end of the single faults and from there to the end of the pairs, with how many were played."""
    argv = [aigov, "--sandbox", "rehearse", f"incident/{runbook}", "--sweep", "--automation", automation]
    begins = time.monotonic()
    run = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True)
    singles = pairs = 0.0
    played = [0, 0]
    said = []
    for line in run.stdout:
        said.append(line)
        now = time.monotonic() - begins
        if found := re.search(r"single faults, .*?: (\d+) played", line):
            singles, played[0] = now, played[0] + int(found[1])
        elif found := re.search(r"pairs of faults: (\d+) played", line):
            pairs, played[1] = now - singles, int(found[1])
    if run.wait() not in (0, 3) or not all(played):
        sys.exit(f"{' '.join(argv)}: exit {run.returncode}\n{''.join(said)}")
    return singles, pairs, played

print(f"## Game days, {os.cpu_count()} cores, medians")
drill = [aigov, "--sandbox", "rehearse", "gameday/invented-policy", "--auto"]
show("rehearse --auto, the 45 minutes and the soaks after", [took(drill) for _ in range(rounds)], "0.100 s")
whole = []
for _ in range(sweeps):
    of = [sweep(*one) for one in SHELF]
    whole.append((sum(o[0] for o in of), sum(o[1] for o in of), [sum(o[2][n] for o in of) for n in (0, 1)]))
counts = whole[0][2]
show(f"--sweep, {counts[0]} single faults on {len(SHELF)} runbooks", [w[0] for w in whole], "20 s")
show(f"--sweep, {counts[1]} pairs on {len(SHELF)} runbooks", [w[1] for w in whole], "120 s")
PY
