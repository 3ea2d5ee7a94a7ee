"""What capturing prior state and proving effects costs, beside the calls themselves.

usage: prior.py job FOLDER PORT N      writes a job of N controls that are lowered: each is read, put and read back
       prior.py split JOURNAL          where the time of the last run of a journal went, by that run's own records

The job is the one of `job.py` with another verb: where a call of that one is one request, a control of this one is three.
"""

import json
import pathlib
import re
import subprocess
import sys


def job(folder, port, count):
    script = pathlib.Path(__file__).with_name("job.py")
    subprocess.run([sys.executable, script, folder, str(port), str(count)], check=True)
    automation, runbook = folder / "automations/bench.toml", folder / "runbooks/incident/bench.toml"
    controls = "".join(
        f'[controls.c{i}]\nkind = "switch"\nprovider = "plain"\nby-hand = "none"\nproduction = {{ name = "c{i}" }}\n'
        for i in range(1, count + 1)
    )
    automation.write_text(automation.read_text(encoding="utf-8") + controls, encoding="utf-8")
    capture = r'do = "evidence.capture"\nwith = \{ sources = \["s(\d+)"\], since = "2h" \}'
    lower = r'do = "control.safe"\nwith = { control = "c\1" }'
    text, changed = re.subn(capture, lower, runbook.read_text(encoding="utf-8"))
    if changed != count:
        sys.exit(f"{changed} of {count} steps of job.py are what they were")
    runbook.write_text(text, encoding="utf-8")


def length(written):
    units = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
    return sum(int(n) * units[unit] for n, unit in re.findall(r"(\d+)(ms|s|m|h)", written))


def split(journal):
    def git(*arguments):
        return subprocess.run(
            ["git", f"--git-dir={journal}", *arguments], check=True, capture_output=True, text=True
        ).stdout

    run = git("for-each-ref", "--sort=-committerdate", "--format=%(refname)", "refs/heads/*/run/*").split()[0]
    parts = {"step-prepared": [], "step-observed": [], "step-proved": []}
    for line in git("log", "--format=%B", run).splitlines():
        if not line.startswith('{"'):
            continue
        record = json.loads(line)
        took = record.get("detail", {}).get("took")
        if record["event"]["kind"] in parts and took is not None:
            parts[record["event"]["kind"]].append(length(took))
    words = {"step-prepared": "prior state", "step-observed": "calls", "step-proved": "probes"}
    print(", ".join(f"{words[kind]} {sum(took)} ms in {len(took)}" for kind, took in parts.items()))


if sys.argv[1] == "job":
    job(pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
else:
    split(sys.argv[2])
