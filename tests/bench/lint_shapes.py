"""A workspace of the sandbox's automations and the shipped runbooks, with variants of each runbook, so that lint walks
about 50 shapes of plans.

usage: lint_shapes.py FOLDER [VARIANTS]

A variant asks for one more hand check before autonomy returns than the one before it: another shape, as large as what
people write.
"""

import pathlib
import shutil
import sys

root = pathlib.Path(__file__).resolve().parents[2]
folder = pathlib.Path(sys.argv[1])
variants = int(sys.argv[2]) if len(sys.argv) > 2 else 3

shutil.copytree(root / "templates/sandbox", folder, dirs_exist_ok=True)
for runbook in sorted((root / "runbooks/incident").glob("*.toml")):
    text = runbook.read_text()
    for variant in range(variants):
        name = runbook.name if variant == 0 else f"{runbook.stem}-{variant}.toml"
        checks = "".join(
            f'\n[[verify]]\nid = "hand-{n}"\nask = "Look at part {n}. How much is wrong?"\nkind = "count"\nbelow = 1\n'
            for n in range(variant)
        )
        # Before the first table that is not a list, as a person would write it.
        at = text.find("\n[restore]")
        out = folder / "runbooks/incident" / name
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text[:at] + checks + text[at:] if at >= 0 else text)
