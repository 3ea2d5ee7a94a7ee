#!/usr/bin/env bash
# What it costs to check a journal: `aigov verify` of 10,000 events with over 1,000 signed votes, turn by turn with
# `git verify-commit` on the same signed commits. Prints medians, the ratio (goal: at most 0.05), what one vote costs to
# sign and check (goal: under 10 ms), and fsyncs per signed append (goal: at most 4), where strace is there.
#
#   cargo build --release --examples --bins && tests/bench/verify.sh [ROUNDS] [EVENTS]

set -eu
cd "$(dirname "$0")/../.."
ROUNDS=${1:-3}
EVENTS=${2:-10000}
TARGET=${CARGO_TARGET_DIR:-$PWD/target}/release
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
export NO_COLOR=1 HOME="$WORK" XDG_STATE_HOME="$WORK/state" GIT_CONFIG_NOSYSTEM=1

"$TARGET/examples/votes" "$WORK/journal.git" "$EVENTS"
git -C "$WORK/journal.git" show main:allowed_signers >"$WORK/allowed_signers"
git -C "$WORK/journal.git" for-each-ref --format='%(refname)' refs/heads/aigov/run/ |
  git -C "$WORK/journal.git" rev-list --stdin >"$WORK/commits"
echo "$(wc -l <"$WORK/commits") commits"

# A changed vote has to be found, or the figures are of nothing.
"$TARGET/aigov" verify --journal "$WORK/journal.git" >"$WORK/said"
grep -q ' votes, ' "$WORK/said"

python3 - "$TARGET/aigov" "$WORK" "$ROUNDS" <<'PY'
import os, statistics, subprocess, sys, time

aigov, work, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
journal = f"{work}/journal.git"
git = ["git", "-C", journal, "-c", f"gpg.ssh.allowedSignersFile={work}/allowed_signers", "verify-commit"]
jobs = {
    "aigov verify": [aigov, "verify", "--journal", journal],
    "git verify-commit": ["xargs", "-a", f"{work}/commits", "-n", "1000", *git],
}
wall = {name: [] for name in jobs}
peak = dict.fromkeys(jobs, 0)
for _ in range(rounds):
    for name, command in jobs.items():
        began = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        wall[name].append(time.perf_counter() - began)
        peak[name] = max(peak[name], usage.ru_maxrss)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"{name}: exit {child.returncode}")
middle = {name: statistics.median(times) for name, times in wall.items()}
for name in jobs:
    print(f"{name:20} {middle[name]:8.2f} s   {peak[name] / 1024:6.1f} MiB")
print(f"aigov verify / git verify-commit: {middle['aigov verify'] / middle['git verify-commit']:.3f}")
PY

if command -v strace >/dev/null; then
  strace -f -qq -e trace=fsync,fdatasync,sync_file_range -o "$WORK/trace" "$TARGET/examples/append" 200 >/dev/null
  echo "fsyncs per signed append, making the journal included: $(python3 -c "print(f'{$(grep -c sync "$WORK/trace") / 200:.2f}')")"
fi
