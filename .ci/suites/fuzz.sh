#!/usr/bin/env bash
# The bounded run of the fuzzer's entries with many more rounds, longer lines and larger numbers, in a release build.

. "$(dirname "$0")/../part.sh"
AIGOV_SUITE_FUZZ=1 cargo test --quiet --release --test lint -- fuzz hostile || fail "something is not read to an end"
