# Sourced after part.sh: a real Prometheus that scrapes, once a second, a target which the tests themselves serve on
# AIGOV_SUITE_EXPORTER. Sets AIGOV_SUITE_PROMETHEUS and AIGOV_SUITE_EXPORTER.

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
  free_port
  AIGOV_SUITE_PROMETHEUS=http://127.0.0.1:$PORT
  export AIGOV_SUITE_PROMETHEUS AIGOV_SUITE_EXPORTER
  start prometheus prometheus --config.file="$WORK/prometheus.yml" --storage.tsdb.path="$WORK/tsdb" \
    --web.listen-address="127.0.0.1:$PORT"
  ready prometheus 60 "$AIGOV_SUITE_PROMETHEUS/api/v1/status/buildinfo" goVersion
}
