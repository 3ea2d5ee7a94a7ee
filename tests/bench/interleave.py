"""Runs commands turn by turn, A B C A B C, and prints what each took as a ratio to the first.

Whole processes, from spawn to reap: wall time, processor time and peak memory as the kernel counts them. Ratios of
medians from one interleaved run are what may be quoted; the absolute figures beside them belong to this machine and
this minute.

usage: interleave.py ROUNDS FILE, where FILE holds one JSON object a line:
    {"name": "…", "argv": ["…"], "cwd": "…", "env": {…}, "exit": [0], "before": ["…"]}
`before` runs ahead of each turn and is not measured. Leave `env` out to inherit.
"""

import json
import os
import statistics
import subprocess
import sys
import time


def once(command):
    if command.get("before"):
        subprocess.run(command["before"], check=True, stdout=subprocess.DEVNULL)
    start = time.perf_counter()
    with open(os.devnull, "r+b") as null:
        process = subprocess.Popen(
            command["argv"], cwd=command.get("cwd"), env=command.get("env"), stdin=null, stdout=null, stderr=null
        )
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in command.get("exit", [0]):
        sys.exit(f"{command['name']}: exit code {process.returncode}, expected one of {command.get('exit', [0])}")
    return wall * 1000, (usage.ru_utime + usage.ru_stime) * 1000, usage.ru_maxrss / 1024


def main():
    rounds, path = int(sys.argv[1]), sys.argv[2]
    with open(path, encoding="utf-8") as lines:
        commands = [json.loads(line) for line in lines if line.strip()]
    for command in commands:
        once(command)
    seen = {command["name"]: [] for command in commands}
    for _ in range(rounds):
        for command in commands:
            seen[command["name"]].append(once(command))
    width = max(len(name) for name in seen)
    print(f"{'':{width}}  {'wall ms':>9}  {'min':>9}  {'cpu ms':>9}  {'peak MiB':>9}  {'x first':>8}")
    first = None
    for name, turns in seen.items():
        wall = statistics.median(t[0] for t in turns)
        first = first or wall
        print(
            f"{name:{width}}  {wall:9.2f}  {min(t[0] for t in turns):9.2f}  "
            f"{statistics.median(t[1] for t in turns):9.2f}  {max(t[2] for t in turns):9.1f}  {wall / first:8.2f}"
        )


main()
