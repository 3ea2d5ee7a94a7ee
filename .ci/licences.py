"""Reads `cargo metadata` from standard input: every crate's licence is one we have agreed to, and it comes from the registry of packages."""

import json
import re
import sys

AGREED = {
    "MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "ISC", "BSD-3-Clause", "Unicode-3.0", "Unlicense", "BSL-1.0",
    # MIT-0 is MIT without the notice; a crate of the tests has it.
    "CDLA-Permissive-2.0", "MIT-0",
}

packages = json.load(sys.stdin)["packages"]
bad = []
for package in packages:
    said = package["license"] or ""
    # `A OR B`: one agreed is enough. `A AND B`: all of them. Parentheses occur around an OR only.
    parts = [re.split(r" OR |/", part.strip("() ")) for part in said.split(" AND ")]
    if not said or not all(any(name.strip("() ") in AGREED for name in part) for part in parts):
        bad.append(f"{package['name']} {package['version']}: licence `{said}`")
    if package["source"] and not package["source"].startswith("registry+"):
        bad.append(f"{package['name']} {package['version']}: from {package['source']}")
print(f"{len(packages)} crates, licences agreed: {not bad}")
if bad:
    sys.exit("\n".join(bad))
