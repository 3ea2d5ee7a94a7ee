#!/usr/bin/env bash
# Killed at every request and after every append, and every answer spoilt in every way; `cargo test` takes a sample.

. "$(dirname "$0")/../part.sh"
build_tests
AIGOV_EVERY_MOMENT=1 suite_tests every_moment
