/**
 * The compiler against the oracle, on random rules, histories and instants: RULES_SEED repeats a run, RULES_BATCHES makes
 * it longer. A batch is two statements, that answer DEFINITIONS definitions for PEOPLE profiles and for ACCOUNTS accounts
 * at one instant; and a few definitions more, of what of the language was asked or answered too seldom yet.
 */
import { isDeepStrictEqual } from 'node:util'
import { expect, it } from 'vitest'
import { inTenant, type Transaction } from '../../db/client.ts'
import { testDatabase } from '../../test/database.ts'
import { compile, type Definition, STORED, type Subject, SUBJECTS } from './index.ts'
import { DAY, type Micros, SECOND, toIso, toMicros } from './testing/calendar.ts'
import { asker, asks, Coverage } from './testing/coverage.ts'
import { Dice } from './testing/dice.ts'
import { Oracle, type OracleAccount, type OracleProfile, type Value, type Watch } from './testing/oracle.ts'
import { randomDefinition, randomDefinitions } from './testing/random-rule.ts'
import { randomTime, randomWorld, SCALARS, storeWorld } from './testing/random-world.ts'

const SEED = Number(process.env.RULES_SEED ?? Date.now() % 2 ** 31)
const BATCHES = Number(process.env.RULES_BATCHES ?? 100)
const DEFINITIONS = 20
/** So often at least is each node, operator, kind of window and so on (testing/coverage.ts) to be answered either way. */
const LEAST = 5
/** So many definitions of a batch are made for what is lacking yet. */
const GUIDED = 8
const PEOPLE = 15
const ACCOUNTS = 8
const TIMEZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata']

const db = await testDatabase()
const tenant = await db.createTenant('random')
const dice = new Dice(SEED)
const world = randomWorld(dice, 120)
await inTenant(db.owner, tenant, (sql) => storeWorld(sql, world))

type Answer = {
  definition_id: string | null
  subject_id: string
  value: unknown
  next_at: string | null
  is_member: boolean | null
}
type Asked = OracleProfile | OracleAccount

it(`agrees with the oracle, and holds its answers until it says (RULES_SEED=${SEED})`, {
  timeout: 240_000,
}, async () => {
  const coverage = new Coverage()
  let cases = 0
  // A few batches more, where something rare has not come up yet.
  for (let batch = 0; batch < BATCHES || (batch < 2 * BATCHES && coverage.lacking(LEAST).length > 0); batch++) {
    const at = randomTime(dice)
    const timezone = dice.pick(TIMEZONES)
    const asked = { person: some(PEOPLE, world.profiles), account: some(ACCOUNTS, world.accounts) }
    const definitions = randomDefinitions(dice, DEFINITIONS).map(standInAtTimes)
    addWhatIsLacking(definitions, coverage, asked, (definitions, watch) => new Oracle(definitions, at, timezone, watch))
    const answers = await evaluate(definitions, asked, at, timezone)
    for (const subject of SUBJECTS) {
      const ours = definitions.filter((definition) => about(definition) === subject)
      expect(answers[subject]).toHaveLength(ours.length * asked[subject].length)
    }
    for (const answer of SUBJECTS.flatMap((subject) => answers[subject])) {
      const definition = definitions.find(({ id }) => id === answer.definition_id)!
      const one = [...asked.person, ...asked.account].find(({ id }) => id === answer.subject_id)!
      const oracle = (at: Micros, watch?: Watch) => ask(new Oracle(definitions, at, timezone, watch), definition, one)
      const agree = (found: unknown, expected: unknown, what: string) => {
        if (isDeepStrictEqual(found, expected)) return
        const context = {
          about: what,
          found,
          expected,
          batch,
          at: toIso(at),
          timezone,
          next: answer.next_at,
          definition,
          definitions,
          one,
        }
        throw new Error(`RULES_SEED=${SEED}: ${JSON.stringify(context, shortly)}`)
      }
      const expected = oracle(at, coverage.watch)
      if (definition.kind === 'label' && !('kept' in definition.rule)) coverage.label(definition, expected as Value)
      agree(answer.value, expected, 'the answer')
      agree(answer.is_member, definition.kind === 'segment' ? expected : null, 'whether it is a member')
      const next = answer.next_at === null ? null : toMicros(answer.next_at, 'UTC')!
      agree(next === null || next > at, true, 'whether the next change is to come')
      for (const then of instantsBefore(at, next)) agree(oracle(then), answer.value, `the answer at ${toIso(then)}`)
      cases++
    }
  }
  console.log(`${cases} cases, seed ${SEED}`)
  expect(cases).toBeGreaterThan(BATCHES * 195)
  expect(coverage.lacking(LEAST)).toEqual([])
})

/** Definitions that ask for what was asked, or answered in one of the two ways, the least. */
function addWhatIsLacking(
  definitions: Definition[],
  coverage: Coverage,
  asked: { person: OracleProfile[]; account: OracleAccount[] },
  oracleOf: (definitions: Definition[], watch: Watch) => Oracle,
): void {
  for (const { aspect, answer } of coverage.lacking(LEAST).slice(0, GUIDED)) {
    const { kind, subject } = asker(aspect)
    for (let attempt = 0; attempt < 1000; attempt++) {
      const definition = randomDefinition(dice, definitions, kind, subject, attempt % 2)
      if (!asks(definition, aspect)) continue
      const probe = new Coverage()
      const oracle = oracleOf([...definitions, definition], probe.watch)
      for (const one of asked[subject]) {
        const value = ask(oracle, definition, one) as Value
        if (definition.kind === 'label') probe.label(definition, value)
      }
      if (probe.of(aspect)[answer] === 0) continue
      definitions.push(definition)
      break
    }
  }
}

/** What is paused keeps what is stored of it; what is archived is true of nobody. */
function standInAtTimes(definition: Definition): Definition {
  if (dice.chance(0.05)) return { ...definition, rule: { kept: true } } as unknown as Definition
  const archived = definition.kind === 'segment' ? { any: [] } : { cases: [] }
  return dice.chance(0.05) ? ({ ...definition, rule: archived } as Definition) : definition
}

function some<T extends { id: string }>(most: number, all: readonly T[]): T[] {
  return [...new Map(dice.some(most, () => dice.pick(all), most).map((one) => [one.id, one])).values()]
}

const about = ({ subject }: Definition): Subject => subject ?? 'person'

function ask(oracle: Oracle, definition: Definition, one: Asked): unknown {
  return definition.subject === 'account'
    ? oracle.answerOfAccount(definition, one as OracleAccount)
    : oracle.answer(definition, one as OracleProfile)
}

/** The world is round: who is meant says enough. */
function shortly(key: string, value: unknown): unknown {
  if (['accounts', 'people', 'children'].includes(key) && Array.isArray(value)) return value.length
  return key === 'parent' && value ? ((value as { id?: string }).id ?? value) : value
}

/** With some memberships and values stored, so that rules can ask for how long, and paused ones have what they keep. */
async function evaluate(
  definitions: Definition[],
  asked: { person: OracleProfile[]; account: OracleAccount[] },
  at: Micros,
  timezone: string,
): Promise<Record<Subject, Answer[]>> {
  const oracle = new Oracle(definitions, at, timezone)
  const stored = (subject: Subject) => {
    const { id } = STORED[subject]
    const members: object[] = []
    const values: object[] = []
    const ours = definitions.filter((one) => about(one) === subject)
    for (const one of asked[subject]) {
      one.entered = {}
      one.valued = {}
      for (const definition of ours.filter(() => dice.chance(0.4))) {
        const since = randomTime(dice)
        if (definition.kind === 'segment') {
          one.entered[definition.id] = since
          members.push({ segment_id: definition.id, [id]: one.id, since: toIso(since) })
        } else {
          const now = 'kept' in definition.rule || dice.chance(0.3) ? null : (ask(oracle, definition, one) as Value)
          const value = now ?? dice.pick(SCALARS)
          one.valued[definition.id] = { value, since }
          values.push({ label_id: definition.id, [id]: one.id, value, since: toIso(since) })
        }
      }
    }
    return { members, values }
  }
  const kept = { person: stored('person'), account: stored('account') }
  return inTenant(db.owner, tenant, async (sql) => {
    const answers: Record<Subject, Answer[]> = { person: [], account: [] }
    for (const subject of SUBJECTS) {
      const { members, values } = kept[subject]
      if (members.length > 0) await sql`INSERT INTO ${sql(STORED[subject].members)} ${sql(members as never[])}`
      if (values.length > 0) await storeValues(sql, STORED[subject], values)
    }
    for (const subject of SUBJECTS) {
      const answer = async (sparse: boolean) => {
        const { text, parameters } = compile(definitions, subject, { many: dice.chance(0.5), sparse })
        const values = [asked[subject].map(({ id }) => id), toIso(at), timezone, ...parameters]
        const rows = await sql.unsafe<(Answer & Record<string, string>)[]>(text, values as never[])
        return rows.map(
          ({ [STORED[subject].id]: subject_id, ...row }) => ({ ...row, subject_id: subject_id! }) as Answer,
        )
      }
      answers[subject] = await answer(false)
      if (answers[subject].length > 0) expect(sorted(await answer(true))).toEqual(sorted(sparse(answers[subject])))
    }
    for (const subject of SUBJECTS) {
      await sql`DELETE FROM ${sql(STORED[subject].members)}`
      await sql`DELETE FROM ${sql(STORED[subject].values)}`
    }
    return answers
  })
}

/** What of the answers is to be told, and when the first of a subject's may change. */
function sparse(answers: Answer[]): Answer[] {
  const told = answers.filter(({ is_member }) => is_member !== false).map((answer) => ({ ...answer, next_at: null }))
  const bySubject = [...Map.groupBy(answers, ({ subject_id }) => subject_id)]
  const time = (at: string) => toMicros(at, 'UTC')!
  const first = (of: Answer[]) =>
    of.flatMap(({ next_at }) => next_at ?? []).sort((a, b) => time(a) - time(b))[0] ?? null
  const nothing = { definition_id: null, value: null, is_member: null }
  return [...told, ...bySubject.map(([subject_id, of]) => ({ ...nothing, subject_id, next_at: first(of) }))]
}

function sorted(answers: Answer[]): Answer[] {
  const key = ({ subject_id, definition_id }: Answer) => `${subject_id} ${definition_id}`
  return answers.sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

async function storeValues(sql: Transaction, { values, id }: (typeof STORED)[Subject], rows: object[]) {
  await sql.unsafe(
    `INSERT INTO ${values} (label_id, ${id}, value, since) SELECT label_id, ${id}, value, since FROM jsonb_populate_recordset(NULL::${values}, $1::text::jsonb)`,
    [JSON.stringify(rows)],
  )
}

/** Some instants at which the answer must still be the same: the last before it may change, and a few in between. */
function instantsBefore(at: Micros, next: Micros | null): Micros[] {
  const end = next ?? at + 400 * DAY
  const between = Array.from({ length: 3 }, () => at + Math.floor(dice.next() * Math.min(end - at, 50 * DAY)))
  return [end - 1, at + 1, at + 3600 * SECOND, ...between].filter((then) => then > at && then < end)
}
