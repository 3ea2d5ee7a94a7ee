#!/usr/bin/env bash
# Every mistake in every shipped file, not only one in so many, and the figures of tests/lint/survivors.txt. In a release
# build, because there are thirteen thousand.

. "$(dirname "$0")/../part.sh"
AIGOV_SUITE_MISTAKES=1 cargo test --quiet --release --test lint -- mutations one_file || fail "what lint lets pass is not what survivors.txt says"
