#!/usr/bin/env bash
# Make a virtual environment for every peer under var/bench, and eslint's folder beside them.
# "calls" holds the makers of call graphs, "tracing" what the traced test suites need.
# The versions are pinned in requirements-*.txt and eslint/package-lock.json.
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
mkdir -p "$bench/eslint"
cp "$here"/eslint/package.json "$here"/eslint/package-lock.json "$bench/eslint/"
npm ci --silent --no-fund --no-audit --prefix "$bench/eslint"
echo "eslint: $bench/eslint"
