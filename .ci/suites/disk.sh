#!/usr/bin/env bash
# The program on a disk that is really full: a small file system in a mount namespace of the test's own.

. "$(dirname "$0")/../part.sh"
apt git mount util-linux
build_tests
# Where the kernel lets nobody have such a namespace, that has to be said and not passed over.
unshare --map-root-user --mount true || fail "no mount namespace for this user: the disk suite can't run here"
export AIGOV_SUITE_DISK=1 GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
suite_tests full_disk
