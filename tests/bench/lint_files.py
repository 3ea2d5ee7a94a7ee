"""A workspace to lint: N runbooks of about 80 lines and M automations, and for each runbook a Python file of as many lines.

usage: lint_files.py FOLDER [RUNBOOKS] [AUTOMATIONS]

Everything in it is valid and has no findings of any group. Names, thresholds, texts and the
controls that a runbook asks for differ, so that nothing is cached by accident. Most runbooks name the automation that
they were written for; every tenth names none and fits by what it asks for.
"""

import base64
import datetime
import hashlib
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
runbooks = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
automations = int(sys.argv[3]) if len(sys.argv) > 3 else 200


def write(path, text):
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


write("ws/aigov.toml", '''#:schema .aigov/schema/workspace.json
schema = 1

[environments.production]
production = true

[environments.staging]

[providers.flags]
kind = "http"
production = { url = "https://flags.example.com", token = { env = "FLAGS_TOKEN" } }
staging = { url = "https://flags.staging.example.com", token = { env = "FLAGS_TOKEN" } }

[providers.flags.control]
act = { method = "PUT", path = "/flags/{flag}", body = { value = "{value}" }, repeat = "harmless" }
read = { path = "/flags/{flag}", at = "/value" }

[providers.flags.layer]
act = { method = "PUT", path = "/layers/{name}", body = { version = "{value}" }, repeat = "harmless" }
read = { path = "/layers/{name}", at = "/version" }

[providers.flags.evidence]
act = { method = "POST", path = "/evidence/{source}", repeat = "never" }
read = { path = "/evidence/{source}", at = "/state", equals = "sealed" }

[providers.flags.deploy]
act = { method = "PUT", path = "/freeze/{app}", repeat = "harmless" }
read = { path = "/freeze/{app}", at = "/frozen" }

[providers.flags.paging]
act = { method = "POST", path = "/pages", repeat = "never" }

[providers.registry]
kind = "http"
production = { url = "https://registry.example.com", token = { env = "REGISTRY_TOKEN" } }
staging = { url = "https://registry.staging.example.com", token = { env = "REGISTRY_TOKEN" } }

[providers.registry.layer]
act = { method = "PUT", path = "/layers/{name}", body = { version = "{value}" }, repeat = "harmless" }
read = { path = "/layers/{name}", at = "/version" }

[paging]
provider = "flags"

[policy.approvals]
high = { people = 1 }
''')


def public_key(n):
    """The Ed25519 key of a person, as ssh writes it: RFC 8032 from a seed that is their number."""
    p, d = 2**255 - 19, -121665 * pow(121666, -1, 2**255 - 19) % (2**255 - 19)
    y = 4 * pow(5, -1, p) % p
    xx = (y * y - 1) * pow(d * y * y + 1, -1, p) % p
    x = pow(xx, (p + 3) // 8, p)
    x = x if x * x % p == xx else x * pow(2, (p - 1) // 4, p) % p
    base, point = (x if x % 2 == 0 else p - x, y), (0, 1)

    def add(a, b):
        t = d * a[0] * b[0] * a[1] * b[1] % p
        return ((a[0] * b[1] + b[0] * a[1]) * pow(1 + t, -1, p) % p, (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, -1, p) % p)

    secret = int.from_bytes(hashlib.sha512(n.to_bytes(32, "big")).digest()[:32], "little")
    secret = secret & ~7 & (2**254 - 1) | 2**254
    while secret:
        point = add(point, base) if secret & 1 else point
        base, secret = add(base, base), secret >> 1
    raw = (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")
    field = lambda b: len(b).to_bytes(4, "big") + b
    return "ssh-ed25519 " + base64.b64encode(field(b"ssh-ed25519") + field(raw)).decode()


write("ws/people.toml", "#:schema .aigov/schema/people.json\nschema = 1\n\n" + "".join(
    f'[persons.p{n}]\nname = "Person {n}"\nfunctions = ["engineering", "product", "legal"]\n'
    f'roles = ["lead-{n}", "commander-{n}"]\nalternates = ["p{(n + 7) % 20}"]\nkeys = ["{public_key(n)}"]\n\n' for n in range(20)))

CONTROLS = ["autonomy", "mode", "traffic", "replicas", "sending", "tools", "writes", "refunds"]

for a in range(automations):
    controls = "".join(
        f'[controls.{name}]\nkind = "{"switch" if i % 2 == 0 else "percent"}"\nprovider = "flags"\n'
        f'console = "https://flags.example.com/a{a}/{name}"\nby-hand = "Projects → a{a} → {name} → off"\n'
        f'production = {{ flag = "a{a}-{name}" }}\nstaging = {{ flag = "a{a}-{name}" }}\n\n'
        for i, name in enumerate(CONTROLS) if (a + i) % 8 != 0 or i < 2)
    write(f"ws/automations/a{a}.toml", f'''#:schema ../.aigov/schema/automation.json
schema = 1
purpose = "Automation number {a}"
vendor = {{ name = "Vendor", contact = "help@vendor.example", model = "vendor/v{a}" }}
risk = {{ impact = "high", reversibility = "hard", confidence = "medium" }}
oversight = "single-gate"
may = ["Answer"]
may-not = ["Promise"]

[roles]
owner = "lead-{a % 20}"
commander = "commander-{(a + 1) % 20}"
legal = "commander-{(a + 1) % 20}"

[stop]
control = "autonomy"
wider = ["mode"]
who = ["lead-{a % 20}"]
meanwhile = "People answer."

{controls}[layers.prompt]
provider = "registry"
production = {{ name = "prompt-{a}" }}
staging = {{ name = "prompt-{a}" }}

[evidence.decisions]
provider = "flags"

[deploy]
provider = "flags"
production = {{ app = "a{a}" }}
staging = {{ app = "a{a}" }}
''')

REVIEW = datetime.date.today().replace(day=1) + datetime.timedelta(days=300)
CLASSES = ["hallucinated-content", "unsafe-recommendation", "policy-violation", "data-leakage", "bias-regression",
           "unauthorized-tool-use", "runaway-automation", "unknown"]

for r in range(runbooks):
    automation = r % automations
    control = "mode" if r % 3 else "autonomy"
    named = "" if r % 10 == 0 else f'automations = ["a{automation}"]\n'
    text = f'''#:schema ../../../.aigov/schema/runbook.json
schema = 1
title = "Incident number {r} reached somebody outside"
class = "{CLASSES[r % 8]}"
impact = "advisory-only"
owner = "@owner"
contain-within = "{5 + r % 7}m"
review-by = {REVIEW}

[scope]
environments = ["production"]
users = ["external"]
{named}
[[trigger]]
id = "report-{r}"
report = "A customer shows case {r}, or one like it."

[[trigger]]
id = "press-{r}"
report = "A journalist asks about case {r}."

[[immediate]]
id = "stop"
do = "control.safe"
with = {{ control = "{control}" }}
why = "Reason number {r} why nothing may go out."
within = "{20 + r % 30}s"

[[immediate]]
id = "keep"
do = "evidence.capture"
with = {{ sources = ["decisions"], since = "{1 + r % 20}h" }}
why = "What it saw is gone after the next run."

[[immediate]]
id = "freeze"
do = "deploy.freeze"
why = "A moving target hides the cause."

[[immediate]]
id = "page"
do = "page.send"
with = {{ to = ["@owner", "@commander"], severity = "critical" }}

[[fact]]
id = "harm"
ask = "Could somebody act on case {r} to their harm?"
kind = "yes-no"

[[fact]]
id = "exposed"
ask = "How many people received it?"
kind = "count"

[[severity]]
level = "sev1"
when = "harm || exposed > {100 + r}"
respond = ["rollback"]
escalate = ["@commander"]

[[severity]]
level = "sev2"
respond = []
escalate = ["@owner"]

[[respond]]
id = "rollback"
do = "layer.rollback"
with = {{ layer = "prompt", to = "last-known-good" }}

[[verify]]
id = "sample"
ask = "Read {30 + r % 50} answers. How many are wrong?"
kind = "count"
below = 1

[restore]
sign-off = {{ functions = ["engineering", "product"], not = ["operator", "fix-author"], within = "24h", on-timeout = "read-only" }}
stages = [ {{ control = "{control}", to = {'"on"' if control == "autonomy" else 5}, soak = "2h" }} ]

[[follow-up]]
title = "Add case {r} to the evaluation set"
kind = "evaluation"
owner = "@owner"
due = "14d"
'''
    # A hundred files a folder, as people would have them.
    write(f"ws/runbooks/incident/g{r // 100}/r{r}.toml", text)
    lines = text.count("\n")
    # Used, so that there is nothing to find in them either.
    body = "".join(f'    print({{"case": {r}, "line": {n}, "text": "Reason number {r}"}})\n' for n in range(lines - 4))
    write(f"py/g{r // 100}/r{r}.py", f'"""Case {r}."""\n\n\ndef case_{r}() -> None:\n{body}')
