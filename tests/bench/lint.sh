#!/usr/bin/env bash
# How fast `aigov lint` is: cold processes over 10,000 runbooks of about 80 lines with 200 automations, form and contract
# rules, turn by turn with the nearest tools, and 1,000 for how it grows. Prints medians, ratios and peak memory.
#
#   cargo build --release && tests/bench/lint.sh [ROUNDS]
#
# Peers are taken from PATH where they are there (taplo, ruff, tombi); what is not there is said and left out.

set -eu
cd "$(dirname "$0")/../.."
ROUNDS=${1:-7}
AIGOV=$PWD/target/release/aigov
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
export NO_COLOR=1 HOME="$WORK" XDG_STATE_HOME="$WORK/state"

for n in 1000 10000; do
  python3 tests/bench/lint_files.py "$WORK/$n" "$n" 200
done
"$AIGOV" schema runbook > "$WORK/runbook.json"

# A bad file among the good ones has to be found, or the figures are of nothing.
bad="$WORK/1000/ws/runbooks/incident/g0/bad.toml"
sed 's/^contain-within/contain_within/' "$WORK/1000/ws/runbooks/incident/g0/r1.toml" > "$bad"
if "$AIGOV" -C "$WORK/1000/ws" lint --only form --only contract > /dev/null 2>&1; then
  echo "a bad file was not found" >&2
  exit 1
fi
rm "$bad"

python3 - "$WORK" "$ROUNDS" "$AIGOV" <<'PY'
import os, resource, shutil, statistics, subprocess, sys, time

work, rounds, aigov = sys.argv[1], int(sys.argv[2]), sys.argv[3]
rules = ["--only", "form", "--only", "contract"]
jobs = {"true": ["true"]}
for n in ("1000", "10000"):
    ws = f"{work}/{n}/ws"
    jobs[f"aigov lint {n}"] = [aigov, "-C", ws, "lint", *rules]
    peers = {
        "ruff": ["ruff", "check", "--no-cache", "--quiet", f"{work}/{n}/py"],
        "taplo": ["sh", "-c", f"taplo lint --schema file://{work}/runbook.json '{ws}/runbooks/**/*.toml'"],
        "tombi": ["tombi", "lint", "--offline", "--quiet", f"{ws}/runbooks"],
    }
    for name, command in peers.items():
        if shutil.which(name):
            jobs[f"{name} {n}"] = command
        elif n == "1000":
            print(f"{name}: not installed, left out")
jobs["aigov lint, all rules 1000"] = [aigov, "-C", f"{work}/1000/ws", "lint"]
jobs["aigov lint, one file of 1000"] = [aigov, "-C", f"{work}/1000/ws", "lint", f"{work}/1000/ws/runbooks/incident/g0/r1.toml", *rules]

wall = {name: [] for name in jobs}
cpu = {name: [] for name in jobs}
peak = dict.fromkeys(jobs, 0)
codes = {}
for turn in range(rounds):
    for name, command in jobs.items():
        began = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        wall[name].append(time.perf_counter() - began)
        cpu[name].append(usage.ru_utime + usage.ru_stime)
        peak[name] = max(peak[name], usage.ru_maxrss)
        codes[name] = os.waitstatus_to_exitcode(status)
        child.returncode = codes[name]

middle = {name: statistics.median(times) for name, times in wall.items()}
print(f"{'what':32} {'wall ms':>9} {'cpu ms':>9} {'MiB':>7} {'exit':>5}")
for name in jobs:
    print(f"{name:32} {middle[name] * 1000:9.1f} {statistics.median(cpu[name]) * 1000:9.1f} {peak[name] / 1024:7.1f} {codes[name]:5}")
for n in ("1000", "10000"):
    for peer in ("ruff", "taplo", "tombi"):
        if f"{peer} {n}" in middle:
            print(f"aigov lint / {peer}, {n} files: {middle[f'aigov lint {n}'] / middle[f'{peer} {n}']:.2f}")
print(f"10,000 files / 1,000 files: {middle['aigov lint 10000'] / middle['aigov lint 1000']:.1f}")
print(f"one file / true: {middle['aigov lint, one file of 1000'] / middle['true']:.1f}")
PY
