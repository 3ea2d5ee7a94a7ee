# Sourced after part.sh: a real MLflow 3.17.2 tracking server and registry on SQLite. Sets AIGOV_SUITE_MLFLOW.

start_mlflow() {
  apt curl
  local venv=$AIGOV_CI/mlflow version=3.17.2
  if [ "$(cat "$venv/installed" 2>/dev/null)" != "$version" ]; then
    rm -rf "$venv"
    python3 -m venv "$venv" >"$WORK/venv.log" 2>&1 || fail "python3 -m venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "mlflow-skinny==$version" 'Flask<4' Flask-CORS 'SQLAlchemy<3' alembic \
      graphene huey fastapi uvicorn starlette cachetools cryptography aiohttp numpy pandas >"$WORK/pip.log" 2>&1 ||
      fail "pip install mlflow-skinny"
    printf '%s\n' "$version" >"$venv/installed"
  fi
  free_port
  AIGOV_SUITE_MLFLOW=http://127.0.0.1:$PORT
  export AIGOV_SUITE_MLFLOW
  start mlflow env PATH="$venv/bin:$PATH" MLFLOW_DISABLE_TELEMETRY=true DO_NOT_TRACK=true \
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false "$venv/bin/mlflow" server --host 127.0.0.1 --port "$PORT" --workers 1 \
    --backend-store-uri "sqlite:///$WORK/mlflow.db" --artifacts-destination "$WORK/artifacts"
  ready mlflow 90 "$AIGOV_SUITE_MLFLOW/version" "$version"
}
