#!/usr/bin/env bash
# The count of votes against every way of trying: a million random rosters, votes, duplicates, clocks and orders.

. "$(dirname "$0")/../part.sh"
(cd "$ROOT" && cargo run --quiet --example tally -- 1000000) || fail "the tally"
