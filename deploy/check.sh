#!/bin/sh
# What Django itself can check: no model change without its migration, and clean production settings.
# The secrets are made up for this one process; no server is needed.
set -eu
python=$1
HUB_ENV=production
HUB_SECRET_KEY=$("$python" -c 'import secrets; print(secrets.token_urlsafe(64))')
HUB_PAYLOAD_KEYS=$("$python" -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())')
HUB_ALLOWED_HOSTS=hub.example.org
# A socket that is not there: makemigrations asks the database for its history and goes on without it.
DATABASE_URL='postgres://hub@/hub?host=/nonexistent'
REDIS_URL=redis://redis.example.org/0
export HUB_ENV HUB_SECRET_KEY HUB_PAYLOAD_KEYS HUB_ALLOWED_HOSTS DATABASE_URL REDIS_URL
"$python" -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
"$python" manage.py check --deploy --fail-level WARNING
