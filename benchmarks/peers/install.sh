#!/usr/bin/env bash
# Make a virtual environment for every peer under var/bench, and beside them eslint's folder and
# that of TypeScript and madge ("imports").
# "calls" holds the makers of call graphs, "tracing" what the traced test suites need.
# The versions are pinned in requirements-*.txt and */package-lock.json.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
bench="$here/../../var/bench"
mkdir -p "$bench"
for peer in chonkie astchunk llama-index radon beniget calls tracing; do
    [ -x "$bench/$peer/bin/python" ] || "${PYTHON:-python3.11}" -m venv "$bench/$peer"
    "$bench/$peer/bin/python" -m pip install --quiet --disable-pip-version-check \
        -r "$here/requirements-$peer.txt"
    echo "$peer: $bench/$peer"
done
for peer in eslint imports; do
    mkdir -p "$bench/$peer"
    cp "$here/$peer/package.json" "$here/$peer/package-lock.json" "$bench/$peer/"
    npm ci --silent --no-fund --no-audit --prefix "$bench/$peer"
    echo "$peer: $bench/$peer"
done
