/** The task list of a worker. Tasks only parse their payload and call the engine. */
import type { Task, TaskList } from 'graphile-worker'
import type { Client } from '../../db/client.ts'
import { enqueuePulls } from '../../db/sql/postgres-sources.ts'
import { startSpan, within } from '../../trace.ts'
import type { Engine } from '../engine.ts'
import { describeError } from './errors.ts'
import {
  audiencePayload,
  backfillPayload,
  indexPayload,
  pullPayload,
  reapplyPayload,
  recomputePayload,
  replayPayload,
} from './payload.ts'
import { prune } from './prune.ts'
import { reactTask } from './react.ts'

export function tasks(engine: Engine, sql: Client): TaskList {
  return {
    react: reactTask(engine, sql),
    backfill: described(async (payload) => {
      const { tenant, kind, id, trace } = backfillPayload.parse(payload)
      const span = startSpan('backfill', { parent: trace, kind: 'consumer' })
      await within(span, () => engine.backfill(sql, tenant, kind, id))
    }),
    audience: described(async (payload) => {
      await engine.refreshAudience(sql, audiencePayload.parse(payload).tenant)
    }),
    index: described(async (payload) => {
      const { tenant, id } = indexPayload.parse(payload)
      await engine.keepIndex(sql, tenant, id)
    }),
    recompute: described(async (payload) => {
      const { tenant, walk } = recomputePayload.parse(payload)
      await engine.recompute(sql, tenant, walk)
    }),
    pulls: described(async () => {
      await enqueuePulls(sql)
    }),
    pull: described(async (payload) => {
      const { tenant, source } = pullPayload.parse(payload)
      await engine.pull(sql, tenant, source)
    }),
    replay: described(async (payload) => {
      const { tenant, id } = replayPayload.parse(payload)
      await engine.replay(sql, tenant, id)
    }),
    reapply: described(async (payload) => {
      const { tenant, walk, ...decision } = reapplyPayload.parse(payload)
      await engine.reapply(sql, tenant, walk, decision)
    }),
    prune: described(() => prune(sql)),
  }
}

function described(work: (payload: unknown) => Promise<void>): Task {
  return (payload) =>
    work(payload).catch((error: unknown) => {
      throw describeError(error)
    })
}
