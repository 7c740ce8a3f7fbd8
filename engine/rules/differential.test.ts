/**
 * The compiler against the oracle, on random rules, histories and instants: RULES_SEED repeats a run, RULES_BATCHES makes
 * it longer. A batch is two statements, that answer DEFINITIONS definitions for PEOPLE profiles and for ACCOUNTS accounts
 * at one instant.
 */
import { isDeepStrictEqual } from 'node:util'
import { expect, it } from 'vitest'
import { inTenant } from '../../db/client.ts'
import { testDatabase } from '../../test/database.ts'
import { compile, type Definition, STORED, type Subject, SUBJECTS } from './index.ts'
import { DAY, type Micros, SECOND, toIso, toMicros } from './testing/calendar.ts'
import { Dice } from './testing/dice.ts'
import { Oracle, type OracleAccount, type OracleProfile } from './testing/oracle.ts'
import { randomDefinitions } from './testing/random-rule.ts'
import { randomTime, randomWorld, storeWorld } from './testing/random-world.ts'

const SEED = Number(process.env.RULES_SEED ?? Date.now() % 2 ** 31)
const BATCHES = Number(process.env.RULES_BATCHES ?? 52)
const DEFINITIONS = 20
const PEOPLE = 15
const ACCOUNTS = 8
const TIMEZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata']

const db = await testDatabase()
const tenant = await db.createTenant('random')
const dice = new Dice(SEED)
const world = randomWorld(dice, 120)
await inTenant(db.owner, tenant, (sql) => storeWorld(sql, world))

type Answer = { definition_id: string; subject_id: string; value: unknown; next_at: string | null }
type Asked = OracleProfile | OracleAccount

it(`agrees with the oracle, and holds its answers until it says (RULES_SEED=${SEED})`, {
  timeout: 120_000,
}, async () => {
  let cases = 0
  for (let batch = 0; batch < BATCHES; batch++) {
    const definitions = randomDefinitions(dice, DEFINITIONS)
    const at = randomTime(dice)
    const timezone = dice.pick(TIMEZONES)
    const asked = { person: some(PEOPLE, world.profiles), account: some(ACCOUNTS, world.accounts) }
    const answers = await evaluate(definitions, asked, at, timezone)
    for (const subject of SUBJECTS) {
      const ours = definitions.filter((definition) => about(definition) === subject)
      expect(answers[subject]).toHaveLength(ours.length * asked[subject].length)
    }
    for (const answer of SUBJECTS.flatMap((subject) => answers[subject])) {
      const definition = definitions.find(({ id }) => id === answer.definition_id)!
      const one = [...asked.person, ...asked.account].find(({ id }) => id === answer.subject_id)!
      const oracle = (at: Micros) => ask(new Oracle(definitions, at, timezone), definition, one)
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
      agree(answer.value, oracle(at), 'the answer')
      const next = answer.next_at === null ? null : toMicros(answer.next_at, 'UTC')!
      agree(next === null || next > at, true, 'whether the next change is to come')
      for (const then of instantsBefore(at, next)) agree(oracle(then), answer.value, `the answer at ${toIso(then)}`)
      cases++
    }
  }
  console.log(`${cases} cases, seed ${SEED}`)
  expect(cases).toBeGreaterThan(BATCHES * 195)
})

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
  if (key === 'accounts' || key === 'people' || key === 'children') return (value as unknown[]).length
  return key === 'parent' && value ? ((value as { id?: string }).id ?? value) : value
}

/** With some of them stored as members of the segments, so that rules can ask for how long. */
async function evaluate(
  definitions: Definition[],
  asked: { person: OracleProfile[]; account: OracleAccount[] },
  at: Micros,
  timezone: string,
): Promise<Record<Subject, Answer[]>> {
  const stored = (subject: Subject) =>
    asked[subject].flatMap((one) => {
      const segments = definitions.filter((one) => one.kind === 'segment' && about(one) === subject && dice.chance(0.3))
      one.entered = Object.fromEntries(segments.map(({ id }) => [id, randomTime(dice)]))
      const { id } = STORED[subject]
      return segments.map((segment) => ({
        segment_id: segment.id,
        [id]: one.id,
        since: toIso(one.entered[segment.id]!),
      }))
    })
  const members = { person: stored('person'), account: stored('account') }
  return inTenant(db.owner, tenant, async (sql) => {
    const answers: Record<Subject, Answer[]> = { person: [], account: [] }
    for (const subject of SUBJECTS) {
      if (members[subject].length > 0) await sql`INSERT INTO ${sql(STORED[subject].members)} ${sql(members[subject])}`
    }
    for (const subject of SUBJECTS) {
      const { text, parameters } = compile(definitions, subject, { many: dice.chance(0.5) })
      const values = [asked[subject].map(({ id }) => id), toIso(at), timezone, ...parameters]
      const rows = await sql.unsafe<(Answer & Record<string, string>)[]>(text, values as never[])
      answers[subject] = rows
        .map((row) => ({ ...row, subject_id: row[STORED[subject].id]! }))
        .filter((row) => row.definition_id !== null)
    }
    await sql`DELETE FROM members`
    await sql`DELETE FROM segment_accounts`
    return answers
  })
}

/** Some instants at which the answer must still be the same: the last before it may change, and a few in between. */
function instantsBefore(at: Micros, next: Micros | null): Micros[] {
  const end = next ?? at + 400 * DAY
  const between = Array.from({ length: 3 }, () => at + Math.floor(dice.next() * Math.min(end - at, 50 * DAY)))
  return [end - 1, at + 1, at + 3600 * SECOND, ...between].filter((then) => then > at && then < end)
}
