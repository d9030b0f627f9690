#!/usr/bin/env bash
# Boots a built binary on an empty folder: loads the demo, serves it, signs in, reads, stops when told.
set -euo pipefail

binary=$(realpath "$1")
folder=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null || echo 8765)
export TERMBOOK_DATABASE_URL="sqlite://$folder/termbook.db" TERMBOOK_BIND="127.0.0.1:$port"
base="http://127.0.0.1:$port"
server=
trap 'test -z "$server" || kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT

fail() { echo "smoke: $1" >&2; exit 1; }
fetch() { curl --silent --show-error --fail-with-body "$@"; }

"$binary" demo
"$binary" serve 2>"$folder/log" &
server=$!
fetch --retry 50 --retry-delay 1 --retry-connrefused "$base/health/ready" >/dev/null || fail "not ready: $(cat "$folder/log")"
fetch "$base/api/docs/" | grep -q swagger-ui || fail "no Swagger UI"
token=$(fetch "$base/api/token/" --json '{"username": "admin@gp.demo", "password": "termbook-demo"}' | sed 's/.*"access":"\([^"]*\)".*/\1/')
count=$(fetch "$base/api/students/" -H "Authorization: Bearer $token" | sed 's/.*"count":\([0-9]*\).*/\1/')
test "$count" = 441 || fail "441 pupils expected, $count counted"
kill -TERM "$server"
wait "$server" || fail "did not stop well: $(cat "$folder/log")"
server=
echo "smoke: the release binary serves the demo from nothing and stops when told"
