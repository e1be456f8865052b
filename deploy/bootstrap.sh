#!/bin/sh
# Makes .tools, where the pinned uv lives, and an empty .venv beside it, with Python alone: bootstrap.sh PYTHON
set -eu
python=$1

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Python 3.11 or newer is needed: make PYTHON=python3.11 ..." >&2
    exit 1
fi

# Debian leaves ensurepip to a package of its own.
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    if [ "$(id -u)" -ne 0 ]; then
        echo "Python cannot make virtual environments here. Run: sudo apt-get install python3-venv" >&2
        exit 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    install="apt-get install --quiet --yes --no-install-recommends python3-venv"
    $install </dev/null || { apt-get --quiet update && $install </dev/null; }
fi

echo "Installing uv in .tools"
"$python" -m venv --clear .tools
.tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement deploy/uv.txt
[ -x .venv/bin/python ] || "$python" -m venv --without-pip .venv
