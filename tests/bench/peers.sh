#!/usr/bin/env bash
# Installs the peers that report.sh compares with, at the versions that were measured, into $AIGOV_PEERS.

set -eu
PEERS=${AIGOV_PEERS:-/var/tmp/aigov-peers}
mkdir -p "$PEERS/bin"
apt-get -qq update
apt-get -qq install -y --no-install-recommends libcurl4-openssl-dev libxml2-dev libclang-dev pkg-config strace time curl
[ -x "$PEERS/bin/hurl" ] || cargo install hurl --version 8.0.1 --locked --root "$PEERS"
if [ ! -x "$PEERS/bin/chaos" ]; then
  python3 -m venv "$PEERS/venv"
  "$PEERS/venv/bin/pip" -q install chaostoolkit==1.19.0 jsonpath2 ansible-core==2.19.14
  ln -sf "$PEERS"/venv/bin/{chaos,ansible-playbook} "$PEERS/bin/"
fi
ls "$PEERS/bin"
