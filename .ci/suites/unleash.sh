#!/usr/bin/env bash
# The adapter for Unleash against a real Unleash 7.5.1 on PostgreSQL.

. "$(dirname "$0")/../part.sh"
. "$ROOT/.ci/servers/unleash.sh"
build_tests
start_unleash
suite_tests real_unleash
