#!/usr/bin/env bash
# Completion of names in real shells, at a real terminal, with a real Tab.

. "$(dirname "$0")/../part.sh"
apt bash zsh fish
build_tests
export AIGOV_SUITE_SHELLS=1
suite_tests completion
