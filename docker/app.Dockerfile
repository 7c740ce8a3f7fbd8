# The processes of Kith: one image; the command says which (bin/api.ts, bin/relay.ts, bin/worker.ts, bin/migrate.ts).
# Build context: the root of the repository. The major version is that of .node-version.
FROM node:24-trixie-slim AS console

WORKDIR /kith
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN node bin/console.ts

FROM node:24-trixie-slim

ENV NODE_ENV=production
WORKDIR /kith

COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force

COPY . .
COPY --from=console /kith/console/dist console/dist

USER node
EXPOSE 4000
# Node forwards no signal it does not handle, as process 1: `init: true` in docker-compose.yml stands in.
CMD ["node", "bin/api.ts"]
