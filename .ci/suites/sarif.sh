#!/usr/bin/env bash
# What lint tells as SARIF against the official schema of SARIF 2.1.0, taken from the sources of a public package that
# bundles it as its authors, OASIS, published it.

. "$(dirname "$0")/../part.sh"
VERSION=0.8.0
SCHEMA=$AIGOV_CI/sarif-$VERSION.json
if [ ! -s "$SCHEMA" ]; then
  mkdir -p "$WORK/fetch/src"
  printf '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\nserde-sarif = "=%s"\n[workspace]\n' \
    "$VERSION" >"$WORK/fetch/Cargo.toml"
  : >"$WORK/fetch/src/lib.rs"
  cargo metadata --quiet --format-version 1 --manifest-path "$WORK/fetch/Cargo.toml" >"$WORK/metadata.json" ||
    fail "the package with the schema can not be fetched"
  python3 - "$WORK/metadata.json" "$SCHEMA" <<'PY' || fail "the package brings no schema of SARIF 2.1.0"
import json, pathlib, sys
packages = json.load(open(sys.argv[1]))["packages"]
manifest = next(p["manifest_path"] for p in packages if p["name"] == "serde-sarif")
schema = json.loads(pathlib.Path(manifest).parent.joinpath("src/schema.json").read_text())
assert schema["$id"].endswith("/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json"), schema["$id"]
pathlib.Path(sys.argv[2]).write_text(json.dumps(schema))
PY
fi
cd "$ROOT" && AIGOV_SUITE_SARIF=$SCHEMA cargo test --quiet --test lint -- --nocapture sarif 2>&1 | tee "$WORK/tests.out"
[ "${PIPESTATUS[0]}" -eq 0 ] || fail "what is told is not SARIF"
grep -q 'are valid against the official schema' "$WORK/tests.out" || fail "nothing was held against the schema"
