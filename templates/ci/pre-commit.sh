#!/bin/sh
# A git hook: copy to .git/hooks/pre-commit and make it executable. Nothing is committed that lint finds an error in.
set -e
aigov lint
