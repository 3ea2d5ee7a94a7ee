"""Writes a workspace of N automations that `aigov stop --all` stops, spread over some mocks.

usage: stop.py FOLDER N PORT…

Automation number i is at the mock number i modulo their count: one switch each, read before, put, and read back.
"""

import pathlib
import sys

folder, count, ports = pathlib.Path(sys.argv[1]), int(sys.argv[2]), [int(p) for p in sys.argv[3:]]


def write(name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


providers = "".join(
    f"""
[providers.p{i}]
kind = "http"
production = {{ url = "http://127.0.0.1:{port}", token = {{ file = "token" }} }}
[providers.p{i}.control]
act = {{ method = "PUT", path = "/controls/{{name}}", body = {{ on = "{{value}}" }}, repeat = "harmless" }}
read = {{ path = "/controls/{{name}}", at = "/on" }}
"""
    for i, port in enumerate(ports)
)
write("aigov.toml", f"schema = 1\n[environments.production]\nproduction = true\n{providers}")
write("token", "bench-token\n")
for i in range(count):
    write(
        f"automations/a{i:04}.toml",
        f"""schema = 1
[stop]
control = "autonomy"
[controls.autonomy]
kind = "switch"
provider = "p{i % len(ports)}"
by-hand = "measured"
production = {{ name = "a{i:04}" }}
""",
    )
