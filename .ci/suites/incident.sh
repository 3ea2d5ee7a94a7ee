#!/usr/bin/env bash
# The whole of `aigov run incident/hallucination` against real Unleash, MLflow and Prometheus.

. "$(dirname "$0")/../part.sh"
for server in unleash mlflow prometheus; do . "$ROOT/.ci/servers/$server.sh"; done
build_tests
start_unleash
start_mlflow
start_prometheus
suite_tests real_incident
