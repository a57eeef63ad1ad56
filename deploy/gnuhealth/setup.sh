#!/bin/sh
# GNU Health in a virtual environment of its own; does nothing where it stands. It stands on another Tryton than the
# ERP does, so the two do not mix. GNUHEALTH_HOME names another place, PYTHON another interpreter.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${GNUHEALTH_HOME:-$here/../../var/peers/gnuhealth}/venv
stamp=$venv/.locked-$(cksum < "$here/requirements.lock" | cut -d' ' -f1)
[ -e "$stamp" ] && exit 0
echo "Installing GNU Health into $venv (once per lock file) ..."
mkdir -p "$(dirname "$venv")"
[ -x "$venv/bin/python" ] || "${PYTHON:-python3}" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$here/requirements.lock"
rm -f "$venv"/.locked-* && touch "$stamp"
