# Sourced after part.sh: a real Prometheus that scrapes, once a second, a target which the tests themselves serve on
# AIGOV_SUITE_EXPORTER, over a day of history that tests/outside/real_prometheus.rs describes. Sets AIGOV_SUITE_PROMETHEUS
# and AIGOV_SUITE_EXPORTER.

history() {
  awk -v now="$(date +%s)" '
    function series(name) { printf "# TYPE %s gauge\n", name }
    BEGIN {
      from = now - 86400
      series("suite_steady"); for (t = from; t <= now; t += 15) print "suite_steady 0.06", t
      series("suite_steady_cases"); for (t = from; t <= now; t += 15) print "suite_steady_cases 900", t
      series("suite_doubled"); for (t = from; t <= now; t += 15) print "suite_doubled", (t > now - 3600 ? 6 : 2), t
      series("suite_doubled_cases"); for (t = from; t <= now; t += 15) print "suite_doubled_cases 40", t
      series("suite_dipped")
      for (t = from; t <= now; t += 15) print "suite_dipped", (t > now - 300 && t <= now - 240 ? 0.001 : 0.06), t
      series("suite_stale"); for (t = from; t <= now - 3600; t += 15) print "suite_stale 0.001", t
      print "# EOF"
    }'
}

start_prometheus() {
  apt prometheus curl
  free_port
  AIGOV_SUITE_EXPORTER=127.0.0.1:$PORT
  cat >"$WORK/prometheus.yml" <<END
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: suite
    static_configs: [ { targets: [ "$AIGOV_SUITE_EXPORTER" ] } ]
END
  history >"$WORK/history.txt"
  promtool tsdb create-blocks-from openmetrics "$WORK/history.txt" "$WORK/tsdb" >"$WORK/promtool.log" 2>&1 ||
    fail "promtool tsdb create-blocks-from"
  free_port
  AIGOV_SUITE_PROMETHEUS=http://127.0.0.1:$PORT
  export AIGOV_SUITE_PROMETHEUS AIGOV_SUITE_EXPORTER
  start prometheus prometheus --config.file="$WORK/prometheus.yml" --storage.tsdb.path="$WORK/tsdb" \
    --web.listen-address="127.0.0.1:$PORT"
  ready prometheus 60 "$AIGOV_SUITE_PROMETHEUS/api/v1/status/buildinfo" goVersion
}
