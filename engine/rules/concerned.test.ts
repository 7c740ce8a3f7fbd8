/**
 * Who is left out keeps an answer that is right, and for as long as was said: random rules over random histories are answered
 * without some of the events, and of those whom these events are said not to concern the oracle, which knows them, must say the
 * same. RULES_SEED repeats a run.
 */
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { inTenant } from '../../db/client.ts'
import { testDatabase } from '../../test/database.ts'
import { compileConcerned } from './concerned.ts'
import { compile, type Definition, nameOf, parseLabelRule, parseRule, type Rule } from './index.ts'
import { readsOf } from './reads.ts'
import { DAY, type Micros, toIso, toMicros } from './testing/calendar.ts'
import { Dice } from './testing/dice.ts'
import { Oracle, type OracleProfile } from './testing/oracle.ts'
import { randomDefinition } from './testing/random-rule.ts'
import { NAMES, randomTime, randomWorld, storeWorld } from './testing/random-world.ts'

type PersonDefinition = Exclude<Definition, { subject: 'account' }>
type Answer = { definition_id: string; profile_id: string; value: never; next_at: string | null }

const SEED = Number(process.env.RULES_SEED ?? Date.now() % 2 ** 31)
const BATCHES = Number(process.env.RULES_BATCHES ?? 200)
const TIMEZONES = ['UTC', 'Europe/Berlin', 'America/New_York']

const db = await testDatabase()

it(`leaves out only whom the events cannot concern (RULES_SEED=${SEED})`, { timeout: 240_000 }, async () => {
  const tenant = await db.createTenant('concerned')
  const dice = new Dice(SEED)
  const world = randomWorld(dice, 80)
  await inTenant(db.owner, tenant, (sql) => storeWorld(sql, world))
  const everybody = world.profiles.map(({ id }) => id)
  const count = { leftOut: 0, members: 0, asked: 0, changed: 0 }
  for (let batch = 0; batch < BATCHES; batch++) {
    const { names, all, asked, statement } = question(dice)
    const at = randomTime(dice)
    const timezone = dice.pick(TIMEZONES)
    const added = world.profiles.flatMap(({ events }) =>
      events.filter(({ name }) => names.has(name) && dice.chance(0.5)).map(({ id }) => id),
    )
    const { answers, concerned } = await inTenant(db.owner, tenant, async (sql) => {
      const { text, parameters } = compile(all)
      let answers: Answer[] = []
      await sql
        .savepoint(async (sql) => {
          await sql`DELETE FROM events WHERE id = ANY (${added}::uuid[])`
          answers = await sql.unsafe<Answer[]>(text, [everybody, toIso(at), timezone, ...parameters] as never[])
          throw new Undo()
        })
        .catch((error) => expect(error).toBeInstanceOf(Undo))
      const members = answers.filter((answer) => answer.value === true && isSegment(all, answer))
      if (members.length > 0) {
        const rows = members.map((one) => ({
          segment_id: one.definition_id,
          profile_id: one.profile_id,
          since: toIso(at),
        }))
        await sql`INSERT INTO members ${sql(rows as never[])}`
      }
      const values = [everybody, toIso(at), timezone, ...statement.parameters]
      const concerned = await sql.unsafe<{ id: string }[]>(statement.text, values as never[])
      await sql`DELETE FROM members`
      return { answers, concerned: new Set(concerned.map(({ id }) => id)) }
    })
    remember(world.profiles, answers, all, at)
    for (const answer of answers) {
      const definition = asked.find(({ id }) => id === answer.definition_id)
      if (!definition) continue
      const one = world.profiles.find(({ id }) => id === answer.profile_id)!
      const oracle = (at: Micros) => new Oracle(all, at, timezone).answer(definition, one)
      if (concerned.has(one.id)) {
        count.asked++
        if (!isDeepStrictEqual(oracle(at), answer.value)) count.changed++
        continue
      }
      count.leftOut++
      if (answer.value === true) count.members++
      for (const then of instantsUntil(dice, at, answer.next_at)) {
        const found = oracle(then)
        if (isDeepStrictEqual(found, answer.value)) continue
        const context = {
          batch,
          names: [...names],
          at: toIso(at),
          then: toIso(then),
          timezone,
          answer,
          found,
          definition,
          all,
        }
        throw new Error(`RULES_SEED=${SEED}: left out, but changed: ${JSON.stringify(context)}`)
      }
    }
  }
  console.log(`seed ${SEED}: ${JSON.stringify(count)}`)
  expect(count.leftOut).toBeGreaterThan(15 * BATCHES)
  expect(count.members).toBeGreaterThan(3 * BATCHES)
  expect(count.changed).toBeGreaterThan(BATCHES / 4)
})

class Undo extends Error {}

const isSegment = (all: readonly Definition[], { definition_id }: Answer) =>
  all.find(({ id }) => id === definition_id)!.kind === 'segment'

/** Some definitions, and of these one or two that read events with some names, but do not concern everybody. */
function question(dice: Dice) {
  for (;;) {
    const names = new Set(dice.some(2, () => dice.pick(NAMES), 1))
    const all: PersonDefinition[] = []
    for (let n = 0; n < 6; n++) {
      const kind = dice.chance(0.8) ? 'segment' : 'label'
      const one = randomDefinition(dice, all, kind, 'person', dice.below(4)) as PersonDefinition
      if (one.kind === 'segment' && dice.chance(0.4)) one.rule = beside(dice, one.rule)
      all.push(one)
    }
    const reading = all.filter((one) => reads(one, names, all))
    if (reading.length === 0) continue
    const asked = [...new Set(dice.some(2, () => dice.pick(reading), 1))]
    const statement = compileConcerned(asked, names, all, dice.chance(0.3))
    if (statement) return { names, all, asked, statement }
  }
}

/** With a field that decides for some, perhaps only for a time. */
function beside(dice: Dice, rule: Rule): Rule {
  for (;;) {
    const field = randomDefinition(dice, [], 'segment', 'person', 0).rule as Rule
    if ('field' in field) return dice.chance(0.6) ? { all: [field, rule] } : { any: [rule, field] }
  }
}

/** Itself, or through what it refers to. */
function reads({ rule }: PersonDefinition, names: ReadonlySet<string>, all: readonly PersonDefinition[]): boolean {
  const { events, everyEvent, definitions } = readsOf(rule)
  const referred = definitions.flatMap((reference) => all.find((one) => nameOf(one) === nameOf(reference)) ?? [])
  return everyEvent || [...names].some((name) => events.has(name)) || referred.some((one) => reads(one, names, all))
}

/** What was answered is what is stored, since then. */
function remember(profiles: OracleProfile[], answers: Answer[], all: readonly Definition[], at: Micros): void {
  const byId = new Map(profiles.map((one) => [one.id, one]))
  for (const one of profiles) Object.assign(one, { entered: {}, valued: {} })
  for (const answer of answers) {
    const { entered, valued } = byId.get(answer.profile_id)!
    if (!isSegment(all, answer)) {
      if (answer.value !== null) valued[answer.definition_id] = { value: answer.value, since: at }
    } else if (answer.value) entered[answer.definition_id] = at
  }
}

function instantsUntil(dice: Dice, at: Micros, next: string | null): Micros[] {
  const end = next === null ? at + 400 * DAY : toMicros(next, 'UTC')!
  const between = Array.from({ length: 4 }, () => at + Math.floor(dice.next() * Math.min(end - at, 40 * DAY)))
  return [at, at + 1, end - 1, ...between].filter((then) => then >= at && then < end)
}

describe('whom an event named view concerns', () => {
  const view = { event: { name: 'view' } }
  const viewed: PersonDefinition = {
    id: '00000000-0000-0000-0000-000000000002',
    kind: 'label',
    key: 'viewed',
    rule: parseLabelRule({ compute: { of: 'count', event: { name: 'view' } } }),
  }
  const either = { event: { name: 'view', count: { eq: 2 } } }
  const cases: [string, unknown, string | null][] = [
    ['not yet in, where events only bring people in', view, 'NOT EXISTS'],
    ['in, where events only take people out', { not: view }, 'EXISTS'],
    ['anybody, where either may be', either, null],
    [
      'anybody, where one part moves up and another down',
      { all: [view, { not: { event: { name: 'view', count: { gte: 3 } } } }] },
      null,
    ],
    [
      'anybody, where few of one value are asked for',
      { event: { name: 'view', by: 'sku', count: { between: [1, 2] } } },
      null,
    ],
    ['anybody, where the most is to be little', { event: { name: 'view', aggregate: { max: 'price', lt: 5 } } }, null],
    ['anybody, where a label counts them', { label: { key: 'viewed', gte: 3 } }, null],
    ['nobody, where it is not read', { event: { name: 'buy' } }, 'AND false'],
    ['whom a trait does not rule out', { all: [{ field: { path: 'plan', eq: 'pro' } }, either] }, 's.traits'],
    ['anybody, where time changes the field', { all: [{ field: { path: 'due', before: 'now' } }, either] }, null],
    [
      'anybody, where it changes the field',
      { all: [{ field: { path: 'lastSeen', after: '2026-01-01' } }, either] },
      null,
    ],
  ]
  it.each(cases)('%s', (_, rule, expected) => {
    const definition: PersonDefinition = {
      id: '00000000-0000-0000-0000-000000000001',
      kind: 'segment',
      key: 'k',
      rule: parseRule(rule),
    }
    const statement = compileConcerned([definition], new Set(['view']), [definition, viewed])
    if (expected === null) expect(statement).toBeNull()
    else expect(statement!.text.split('NOT NULL')[1]).toContain(expected)
  })
})
