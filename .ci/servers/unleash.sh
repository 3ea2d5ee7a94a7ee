# Sourced after part.sh: a real Unleash 7.5.1 with its PostgreSQL.
# Sets AIGOV_SUITE_UNLEASH and the tokens it was seeded with.

start_unleash() {
  apt postgresql curl
  node_package unleash unleash-server@7.5.1
  local bin data=$WORK/pg db_port
  bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  install -d -o postgres "$data" "$WORK/pg-socket"
  chown postgres "$WORK/pg-socket"
  runuser -u postgres -- "$bin/initdb" -D "$data/db" -U postgres -A trust --no-sync >"$WORK/initdb.log" 2>&1 || fail initdb
  free_port
  db_port=$PORT
  start postgres runuser -u postgres -- "$bin/postgres" -D "$data/db" -p "$db_port" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories="$WORK/pg-socket" -c fsync=off
  # runuser hands the signal on; postgres ends at once and cleanly on INT, and on TERM once its clients have gone.
  local n
  for ((n = 0; n < 100; n++)); do
    "$bin/psql" -h 127.0.0.1 -p "$db_port" -U postgres -qc 'create database unleash' >"$WORK/createdb.log" 2>&1 && break
    sleep 0.2
  done
  [ "$n" -lt 100 ] || fail "postgres did not take a connection"
  free_port
  AIGOV_SUITE_UNLEASH=http://127.0.0.1:$PORT
  AIGOV_SUITE_UNLEASH_ADMIN='*:*.aigov-suite-admin'
  AIGOV_SUITE_UNLEASH_CLIENT='default:production.aigov-suite-client'
  export AIGOV_SUITE_UNLEASH AIGOV_SUITE_UNLEASH_ADMIN AIGOV_SUITE_UNLEASH_CLIENT
  start unleash env TZ=UTC NODE_ENV=production DATABASE_HOST=127.0.0.1 DATABASE_PORT="$db_port" DATABASE_NAME=unleash \
    DATABASE_USERNAME=postgres DATABASE_PASSWORD=none DATABASE_SSL=false HTTP_HOST=127.0.0.1 HTTP_PORT="$PORT" \
    UNLEASH_URL="$AIGOV_SUITE_UNLEASH" INIT_ADMIN_API_TOKENS="$AIGOV_SUITE_UNLEASH_ADMIN" \
    INIT_BACKEND_API_TOKENS="default:development.aigov-suite-client,$AIGOV_SUITE_UNLEASH_CLIENT" \
    CHECK_VERSION=false SEND_TELEMETRY=false node "$AIGOV_CI/unleash/node_modules/unleash-server/dist/server.js"
  ready unleash 90 "$AIGOV_SUITE_UNLEASH/api/admin/feature-types" kill-switch -H "Authorization: $AIGOV_SUITE_UNLEASH_ADMIN"
}
