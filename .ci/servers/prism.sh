# Sourced after part.sh: Prism, a mock that validates every request against an official API description.
# The descriptions lie in ../shared/specs, or where AIGOV_SPECS says; they are data of others and not part of this project.

AIGOV_SPECS=${AIGOV_SPECS:-$ROOT/../shared/specs}
export AIGOV_SPECS

# start_prism NAME SPEC: sets PRISM_URL.
start_prism() {
  local name=$1 spec=$AIGOV_SPECS/$2
  [ -r "$spec" ] || fail "no API description at $spec (AIGOV_SPECS names the folder)"
  node_package prism @stoplight/prism-cli@5.14.2
  free_port
  PRISM_URL=http://127.0.0.1:$PORT
  start "prism-$name" node "$AIGOV_CI/prism/node_modules/@stoplight/prism-cli/dist/index.js" mock --host 127.0.0.1 --port "$PORT" "$spec"
  local n
  for ((n = 0; n < 450; n++)); do
    grep -q 'Prism is listening' "$WORK/prism-$name.log" && return
    kill -0 "$PID" 2>/dev/null || fail "prism for $name ended while starting"
    sleep 0.2
  done
  fail "prism for $name did not start within 90 s"
}
