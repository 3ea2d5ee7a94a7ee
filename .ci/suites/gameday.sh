#!/usr/bin/env bash
# The shipped scenarios in a release build: a thousand drills of one seed give one digest. After mistakes and fuzz, which have
# built the program already.

. "$(dirname "$0")/../part.sh"
cargo test --quiet --release --test plan -- gameday || fail "a drill is not what its seed says"
