"""Writes one job for `aigov` and for its peers: N ordered calls, each after the one before it, then two reads that verify.

usage: job.py FOLDER PORT N

The same requests for everybody, to the mock of this folder: `POST /evidence/sI/snapshots` for I in 1..N, and a GET of what
the first and the last of them made. For `aigov` the calls are evidence captures, because those have no prior state to
capture first; the runbook ends there, waiting for a person (exit code 4).
"""

import json
import pathlib
import sys

folder, port, count = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
url = f"http://127.0.0.1:{port}"


def write(name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


# aigov -----------------------------------------------------------------------------------------------------------------

act = 'act = { method = "POST", path = "/evidence/{source}/snapshots", body = { since = "{since}" }, key-header = "Idempotency-Key", repeat = "keyed" }'
read = 'read = { path = "/evidence/{source}/snapshots/{key}", at = "/state", equals = "sealed" }'
write(
    "aigov.toml",
    f"""schema = 1
demo = true
[environments.production]
production = true
[providers.plain]
kind = "http"
production = {{ url = "{url}", token = {{ file = "token" }} }}
[providers.plain.evidence]
{act}
[providers.plain.control]
act = {{ method = "PUT", path = "/controls/{{name}}", body = {{ on = "{{value}}" }}, repeat = "harmless" }}
read = {{ path = "/controls/{{name}}", at = "/on" }}
[providers.proven]
kind = "http"
production = {{ url = "{url}", token = {{ file = "token" }} }}
[providers.proven.evidence]
{act}
{read}
""",
)
write("token", "bench-token\n")
write("people.toml", 'schema = 1\n[persons.ada]\nfunctions = ["engineering", "product"]\n')
sources = "\n".join(
    f'[evidence.s{i}]\nprovider = "{"proven" if i in (1, count) else "plain"}"\nproduction = {{}}' for i in range(1, count + 1)
)
write(
    "automations/bench.toml",
    f"""schema = 1
purpose = "Measured"
risk = {{ impact = "low", reversibility = "easy", confidence = "high" }}
oversight = "advisory-only"
[stop]
control = "autonomy"
meanwhile = "Nothing: this is a measurement, and its control is never touched."
[controls.autonomy]
kind = "switch"
provider = "plain"
console = "none"
by-hand = "none"
production = {{ name = "autonomy" }}
[roles]
owner = "ada"
{sources}
""",
)
steps = "\n".join(
    f'[[immediate]]\nid = "s{i}"\ndo = "evidence.capture"\nwith = {{ sources = ["s{i}"], since = "2h" }}\nwhy = "Measured."' for i in range(1, count + 1)
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
{steps}
[[fact]]
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

# hurl ------------------------------------------------------------------------------------------------------------------

posts = "\n".join(
    f'POST {url}/evidence/s{i}/snapshots\nAuthorization: Bearer bench-token\nIdempotency-Key: k{i}\n{{"since":"2h"}}\nHTTP *\n[Asserts]\nstatus < 300\n'
    for i in range(1, count + 1)
)
gets = "\n".join(
    f'GET {url}/evidence/s{i}/snapshots/k{i}\nAuthorization: Bearer bench-token\nHTTP 200\n[Asserts]\njsonpath "$.state" == "sealed"\n'
    for i in (1, count)
)
write("job.hurl", posts + "\n" + gets)

# chaostoolkit ----------------------------------------------------------------------------------------------------------

headers = {"Authorization": "Bearer bench-token"}
write(
    "chaos.json",
    json.dumps(
        {
            "title": "Measured",
            "description": "Measured",
            "steady-state-hypothesis": {
                "title": "sealed",
                "probes": [
                    {
                        "type": "probe",
                        "name": f"read-{i}",
                        "tolerance": {"type": "jsonpath", "path": "$.state", "expect": ["sealed"], "target": "body"},
                        "provider": {"type": "http", "url": f"{url}/evidence/s{i}/snapshots/k{i}", "headers": headers},
                    }
                    for i in (1, count)
                ],
            },
            "method": [
                {
                    "type": "action",
                    "name": f"call-{i}",
                    "provider": {
                        "type": "http",
                        "method": "POST",
                        "url": f"{url}/evidence/s{i}/snapshots",
                        "headers": {**headers, "Idempotency-Key": f"k{i}", "Content-Type": "application/json"},
                        "arguments": {"since": "2h"},
                    },
                }
                for i in range(1, count + 1)
            ],
            "rollbacks": [],
        }
    ),
)

# ansible ---------------------------------------------------------------------------------------------------------------

tasks = [
    {
        "name": f"call {i}",
        "ansible.builtin.uri": {
            "url": f"{url}/evidence/s{i}/snapshots",
            "method": "POST",
            "headers": {**headers, "Idempotency-Key": f"k{i}"},
            "body_format": "json",
            "body": {"since": "2h"},
            "status_code": [200, 201, 202],
        },
    }
    for i in range(1, count + 1)
] + [
    {
        "name": f"read {i}",
        "ansible.builtin.uri": {"url": f"{url}/evidence/s{i}/snapshots/k{i}", "headers": headers, "return_content": True},
        "register": "seen",
        "failed_when": "seen.json.state != 'sealed'",
    }
    for i in (1, count)
]
# JSON is YAML.
write("play.yml", json.dumps([{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}]))
