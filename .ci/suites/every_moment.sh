#!/usr/bin/env bash
# Killed at every second request and append, and every second answer spoilt in every way; `cargo test` takes a sample, and
# AIGOV_EVERY_MOMENT=1 takes them all.

. "$(dirname "$0")/../part.sh"
build_tests
AIGOV_EVERY_MOMENT=${AIGOV_EVERY_MOMENT:-2} suite_tests every_moment
