// `npm start`: a database, its migrations, and the three processes of Kith, until Ctrl-C.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkServer } from '../db/server/check.ts';
import { startCluster } from '../db/server/cluster.ts';
import { terminalProgress } from '../db/server/progress.ts';
import { keepRunning, runOnce, type Service } from './lib/children.ts';

const home = join(import.meta.dirname, '../.kith');
const urlFile = join(home, 'url'); // for bin/psql.ts
const POSTGRES_PORT = 54_329;
const API = `http://localhost:${process.env.PORT ?? 4000}`;
const READY_TIMEOUT_MS = 60_000;

interface Database {
  url: string;
  /** Resolves, with the reason, when the database has gone away by itself. */
  lost: Promise<string>;
  stop(): Promise<void>;
}

// The first signal asks for an orderly end, once there is something to end; any other ends us here and now, and our
// children and Postgres notice that by themselves (lib/leash.ts, db/server/guard.ts).
let onSignal = (): void => process.exit(130);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => onSignal());
// A closed terminal is no reason to skip the orderly end.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
// npm passes a SIGTERM on to a shell that dies of it without telling us.
if (process.env.npm_lifecycle_event) watchParent();

main().then(
  (exitCode) => process.exit(exitCode),
  (error: Error) => {
    console.error(`kith: ${error.message}`);
    process.exit(1);
  },
);

function watchParent(): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onSignal();
  }, 500).unref();
}

async function main(): Promise<number> {
  const database = process.env.DATABASE_URL ? await useServer(process.env.DATABASE_URL) : await useEmbedded();
  const services: Service[] = [];
  try {
    const env = { DATABASE_URL: database.url };
    if (!(await runOnce('migrate', env))) {
      console.error('kith: the migrations failed (see above); nothing else was started');
      return 1;
    }
    const stopRequest = new Promise<'asked'>((asked) => {
      onSignal = () => asked('asked');
    });
    for (const name of ['api', 'relay', 'worker']) services.push(keepRunning(name, env));
    void waitUntilReady().then((ready) => ready && welcome(database));

    const reason = await Promise.race([stopRequest, database.lost]);
    console.error(reason === 'asked' ? '\nkith: stopping (once more to stop at once)' : `kith: ${reason}; stopping`);
    return reason === 'asked' ? 0 : 1;
  } finally {
    onSignal = () => process.exit(130);
    await Promise.all(services.map((service) => service.stop()));
    await database.stop();
  }
}

async function useServer(url: string): Promise<Database> {
  const problems = await checkServer(url);
  if (problems.length > 0) {
    throw new Error(`the server of DATABASE_URL cannot carry Kith yet:\n${problems.map((p) => `  - ${p}`).join('\n')}`);
  }
  // A lost connection to somebody's server is for each process to survive, not for us to end.
  return { url, lost: new Promise(() => {}), stop: async () => {} };
}

async function useEmbedded(): Promise<Database> {
  const cluster = await startCluster({
    dataDir: join(home, 'data'),
    port: POSTGRES_PORT,
    progress: terminalProgress(),
  });
  mkdirSync(home, { recursive: true });
  writeFileSync(urlFile, `${cluster.url}\n`, { mode: 0o600 });
  return {
    url: cluster.url,
    lost: cluster.ended.then(() => `Postgres has ended (its log: ${cluster.dataDir}.log)`),
    async stop() {
      rmSync(urlFile, { force: true });
      await cluster.stop('fast');
    },
  };
}

async function waitUntilReady(): Promise<boolean> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const ready = await fetch(`${API}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return true;
    await sleep(100);
  }
  console.error(`kith: ${API}/readyz is not well after ${READY_TIMEOUT_MS / 1000} s; the lines above may say why`);
  return false;
}

function welcome(database: Database): void {
  const server = new URL(database.url);
  console.log(`
  Kith is running. Ctrl-C stops it.

    GraphQL    ${API}/graphql
    Postgres   ${server.host}${server.pathname}   (npm run psql)

    Demo keys  demo-write (send events), demo-read (query), demo-admin (define)

  Three things to try

    1. Open ${API}/graphql in a browser.
    2. Send an event:
       curl ${API}/v1/track -u demo-write: -H 'content-type: application/json' \\
         -d '{"userId": "ada", "event": "Page Viewed", "properties": {"path": "/pricing"}}'
    3. Look at it in SQL: npm run psql
`);
}
