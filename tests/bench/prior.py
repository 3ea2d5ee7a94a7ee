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
    def write(name, text):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    write(
        "aigov.toml",
        f"""schema = 1
demo = true
[environments.production]
production = true
[providers.plain]
kind = "http"
production = {{ url = "http://127.0.0.1:{port}", token = {{ file = "token" }} }}
[providers.plain.control]
act = {{ method = "PUT", path = "/controls/{{name}}", body = {{ on = "{{value}}" }}, repeat = "harmless" }}
read = {{ path = "/controls/{{name}}", at = "/on" }}
""",
    )
    write("token", "bench-token\n")
    write("people.toml", 'schema = 1\n[persons.ada]\nfunctions = ["engineering", "product"]\n')
    controls = "".join(
        f'[controls.c{i}]\nkind = "switch"\nprovider = "plain"\nby-hand = "none"\nproduction = {{ name = "c{i}" }}\n'
        for i in range(1, count + 1)
    )
    write(
        "automations/bench.toml",
        f"""schema = 1
purpose = "Measured"
risk = {{ impact = "low", reversibility = "easy", confidence = "high" }}
oversight = "advisory-only"
[stop]
control = "c1"
meanwhile = "Nothing: this is a measurement."
[roles]
owner = "ada"
{controls}""",
    )
    steps = "".join(
        f'[[immediate]]\nid = "s{i}"\ndo = "control.safe"\nwith = {{ control = "c{i}" }}\nwhy = "Measured."\n'
        for i in range(1, count + 1)
    )
    write(
        "runbooks/incident/bench.toml",
        f"""schema = 1
title = "Measured"
class = "hallucinated-content"
impact = "advisory-only"
owner = "@owner"
contain-within = "5m"
review-by = 2099-01-01
[[trigger]]
id = "report"
report = "Somebody measures."
{steps}[[fact]]
id = "seen"
ask = "Seen?"
kind = "yes-no"
[[severity]]
level = "sev3"
respond = []
[[verify]]
id = "asked"
ask = "Wrong?"
kind = "count"
below = 1
[restore]
sign-off = {{ functions = ["engineering"], not = [], within = "24h", on-timeout = "read-only" }}
stages = []
[[follow-up]]
title = "Nothing"
kind = "rule"
owner = "@owner"
due = "14d"
""",
    )


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
