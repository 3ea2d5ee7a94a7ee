#!/usr/bin/env bash
# The adapter for PagerDuty against validating mocks of its two official API descriptions.

. "$(dirname "$0")/../part.sh"
. "$ROOT/.ci/servers/prism.sh"
build_tests
start_prism pagerduty-events pagerduty-events-v2.json
export AIGOV_SUITE_PAGERDUTY_EVENTS=$PRISM_URL
start_prism pagerduty-rest pagerduty-rest.json
export AIGOV_SUITE_PAGERDUTY_REST=$PRISM_URL
suite_tests spec_pagerduty
