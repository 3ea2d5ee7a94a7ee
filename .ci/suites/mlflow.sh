#!/usr/bin/env bash
# The adapter for MLflow against a real MLflow 3.17.2.

. "$(dirname "$0")/../part.sh"
. "$ROOT/.ci/servers/mlflow.sh"
build_tests
start_mlflow
suite_tests real_mlflow
