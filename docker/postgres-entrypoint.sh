#!/bin/sh
# Makes the cluster in the volume at the first start, as db/server/files.ts does, then becomes the server.
set -eu

data=/var/lib/kith/data

if [ ! -s "$data/PG_VERSION" ]; then
  if [ -z "${POSTGRES_PASSWORD:-}" ]; then
    echo 'kith: set POSTGRES_PASSWORD, the password of the superuser kith' >&2
    exit 1
  fi
  # Made aside and renamed: an interrupted start leaves nothing that looks like a cluster.
  aside=$data.new
  rm -rf "$aside" "$data.password"
  (umask 077 && printf '%s\n' "$POSTGRES_PASSWORD" >"$data.password")
  # One argument per word, on purpose.
  # shellcheck disable=SC2046
  initdb -D "$aside" --username=kith --pwfile="$data.password" $(sed 's/#.*//' /etc/kith/initdb.txt)
  rm "$data.password"
  printf "\n# The image's settings:\ninclude '/etc/kith/postgresql.conf'\n" >>"$aside/postgresql.conf"
  printf '\n# The network of the containers:\nhost all all all scram-sha-256\n' >>"$aside/pg_hba.conf"
  echo 'CREATE DATABASE kith' | postgres --single -D "$aside" postgres >/dev/null
  mv "$aside" "$data"
fi

exec postgres -D "$data" -c listen_addresses='*' "$@"
