#!/bin/sh
# Tryton 8.2 in a virtual environment of its own; does nothing where it stands. Its dependencies do not mix with
# the hub's. TRYTON_VENV names another place, PYTHON another interpreter.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${TRYTON_VENV:-$here/../../var/tryton/venv}
stamp=$venv/.locked-$(cksum < "$here/requirements.lock" | cut -d' ' -f1)
[ -e "$stamp" ] && exit 0
echo "Installing Tryton 8.2 into $venv (once per lock file) ..."
mkdir -p "$(dirname "$venv")"
[ -x "$venv/bin/python" ] || "${PYTHON:-python3}" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$here/requirements.lock"
rm -f "$venv"/.locked-* && touch "$stamp"
