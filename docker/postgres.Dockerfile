# PostgreSQL 17 with TimescaleDB and Apache AGE, from the same list of Debian packages, the same settings and the same
# initdb arguments as the embedded server. Build context: the root of the repository.
FROM debian:trixie-slim

COPY db/server/packages.txt db/server/initdb.txt db/server/postgresql.conf /etc/kith/

# postgresql-common first: its next package would make a cluster of its own in the image.
RUN export DEBIAN_FRONTEND=noninteractive \
  && apt-get update \
  && apt-get install -y --no-install-recommends postgresql-common \
  && sed -ri 's/^#?create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf \
  && sed 's/#.*//' /etc/kith/packages.txt | xargs apt-get install -y --no-install-recommends \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o postgres -g postgres -m 0700 /var/lib/kith

COPY --chmod=0755 docker/postgres-entrypoint.sh /usr/local/bin/kith-postgres

ENV PATH=/usr/lib/postgresql/17/bin:$PATH
VOLUME /var/lib/kith
EXPOSE 5432
USER postgres
# Fast shutdown: clients are disconnected, data is written.
STOPSIGNAL SIGINT
HEALTHCHECK --interval=2s --timeout=3s --start-period=60s --retries=15 CMD ["pg_isready", "-q", "-h", "127.0.0.1", "-U", "kith"]
ENTRYPOINT ["kith-postgres"]
