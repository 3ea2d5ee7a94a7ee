#!/usr/bin/env bash
# The adapter for Prometheus against a real Prometheus with a day of history.

. "$(dirname "$0")/../part.sh"
. "$ROOT/.ci/servers/prometheus.sh"
# Before the server, because its history ends when it starts.
build_tests
start_prometheus
suite_tests real_prometheus
