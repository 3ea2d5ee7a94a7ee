#!/usr/bin/env bash
# How fast `aigov lint` is: cold processes over 10,000 runbooks of about 80 lines with 200 automations, form and contract
# rules, turn by turn with the nearest tools, and 1,000 for how it grows. Prints medians, ratios and peak memory.
#
#   cargo build --release && tests/bench/lint.sh [ROUNDS]
#
# The peers, ruff and taplo, are installed in these versions, into $AIGOV_CI; tombi is taken from PATH where it is
# there. `aigov` is $AIGOV where that is set.

set -eu
cd "$(dirname "$0")/../.."
ROUNDS=${1:-7}
AIGOV=${AIGOV:-$PWD/target/release/aigov}
PEERS=${AIGOV_CI:-/var/tmp/aigov-ci}/lint-peers
VERSIONS="ruff==0.17.6 taplo==0.9.3"
if [ "$(cat "$PEERS/installed" 2>/dev/null)" != "$VERSIONS" ]; then
  rm -rf "$PEERS"
  python3 -m venv "$PEERS"
  # shellcheck disable=SC2086
  "$PEERS/bin/pip" install --quiet --disable-pip-version-check $VERSIONS
  echo "$VERSIONS" >"$PEERS/installed"
fi
export PATH="$PEERS/bin:$PATH"
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
export NO_COLOR=1 HOME="$WORK" XDG_STATE_HOME="$WORK/state"

for n in 1000 10000; do
  python3 tests/bench/lint_files.py "$WORK/$n" "$n" 200
done
"$AIGOV" schema runbook > "$WORK/runbook.json"

python3 tests/bench/lint_shapes.py "$WORK/shapes"

# The rules that are measured beside the peers find nothing in the files, so that nothing is measured but looking.
if ! "$AIGOV" -C "$WORK/1000/ws" lint --only form --only contract --deny warnings >"$WORK/found" 2>&1; then
  tail -n 20 "$WORK/found"
  echo "the files of the measurement are not clean" >&2
  exit 1
fi
"$AIGOV" -C "$WORK/shapes" lint --paths 2>&1 | grep 'plan shape'

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
jobs["aigov --version"] = [aigov, "--version"]
jobs["aigov lint, all paths"] = [aigov, "-C", f"{work}/shapes", "lint", "--paths"]
jobs["aigov lint, all rules 1000"] = [aigov, "-C", f"{work}/1000/ws", "lint"]
one = {
    "one runbook of 1000": "runbooks/incident/g0/r1.toml",
    "one that names nothing": "runbooks/incident/g0/r10.toml",
    "one automation of 200": "automations/a1.toml",
}
for name, path in one.items():
    jobs[name] = [aigov, "-C", f"{work}/1000/ws", "lint", f"{work}/1000/ws/{path}"]

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
per = {name: middle[f"{name} 10000"] / 10000 * 1e6 for name in ("aigov lint", "ruff", "taplo") if f"{name} 10000" in middle}
print("microseconds a file, of 10,000: " + ", ".join(f"{name} {us:.1f}" for name, us in per.items()))
for name in one:
    print(f"{name} / true: {middle[name] / middle['true']:.1f}")
PY
