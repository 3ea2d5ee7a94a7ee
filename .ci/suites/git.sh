#!/usr/bin/env bash
# The journal in the hands of a real git, over ssh to an sshd and over smart HTTP, both on loopback, on two machines, and in
# the hands of an auditor who has git and ssh-keygen alone.

. "$(dirname "$0")/../part.sh"
apt git openssh-server openssh-client util-linux curl
build_tests

AIGOV_SUITE_GIT=$(command -v git)
# Nothing of this machine's own configuration.
export AIGOV_SUITE_GIT GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL="$WORK/gitconfig" GIT_TERMINAL_PROMPT=0
cat >"$GIT_CONFIG_GLOBAL" <<END
[user]
	name = Suite
	email = suite@example.invalid
[safe]
	directory = *
END

ssh-keygen -q -t ed25519 -N '' -f "$WORK/host_key" && ssh-keygen -q -t ed25519 -N '' -f "$WORK/key" || fail ssh-keygen
install -m 600 "$WORK/key.pub" "$WORK/authorized_keys"
mkdir -p /run/sshd
free_port
cat >"$WORK/sshd_config" <<END
Port $PORT
ListenAddress 127.0.0.1
HostKey $WORK/host_key
AuthorizedKeysFile $WORK/authorized_keys
PidFile none
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
AllowUsers $(id -un)
END
start sshd "$(command -v sshd)" -D -e -f "$WORK/sshd_config"
export AIGOV_SUITE_SSH="ssh://$(id -un)@127.0.0.1:$PORT"
export GIT_SSH_COMMAND="ssh -F none -i $WORK/key -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=$WORK/known_hosts"
for ((n = 0; n < 50; n++)); do
  $GIT_SSH_COMMAND -p "$PORT" "$(id -un)@127.0.0.1" true 2>>"$WORK/ssh.log" && break
  sleep 0.2
done
[ "$n" -lt 50 ] || fail "sshd let nobody in"
free_port
start git_http python3 .ci/servers/git_http.py "$PORT"
export AIGOV_SUITE_HTTP="http://127.0.0.1:$PORT"
for ((n = 0; n < 50; n++)); do
  curl -s -o "$WORK/http.out" "$AIGOV_SUITE_HTTP/nothing" && break
  sleep 0.2
done
[ "$n" -lt 50 ] || fail "nobody serves git over HTTP"
suite_tests interop_git
suite_tests hosts
suite_tests approvals
suite_tests by_hand
suite_tests leaving
suite_tests rewritten
