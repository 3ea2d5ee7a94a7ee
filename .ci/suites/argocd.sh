#!/usr/bin/env bash
# The adapter for Argo CD against a validating mock of its official API description.

. "$(dirname "$0")/../part.sh"
. "$ROOT/.ci/servers/prism.sh"
build_tests
start_prism argocd argocd.swagger2.json
export AIGOV_SUITE_ARGOCD=$PRISM_URL
suite_tests spec_argocd
