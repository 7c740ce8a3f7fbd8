/**
 * The compiler against the oracle, on random rules, histories and instants: RULES_SEED repeats a run, RULES_BATCHES makes
 * it longer. A batch is one statement that answers DEFINITIONS definitions for PEOPLE profiles at one instant.
 */
import { isDeepStrictEqual } from 'node:util'
import { expect, it } from 'vitest'
import { inTenant } from '../../db/client.ts'
import { testDatabase } from '../../test/database.ts'
import { compile, type Definition } from './index.ts'
import { DAY, type Micros, SECOND, toIso, toMicros } from './testing/calendar.ts'
import { Dice } from './testing/dice.ts'
import { Oracle, type OracleProfile } from './testing/oracle.ts'
import { randomDefinitions } from './testing/random-rule.ts'
import { randomTime, randomWorld, storeWorld } from './testing/random-world.ts'

const SEED = Number(process.env.RULES_SEED ?? Date.now() % 2 ** 31)
const BATCHES = Number(process.env.RULES_BATCHES ?? 45)
const DEFINITIONS = 20
const PEOPLE = 15
const TIMEZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata']

const db = await testDatabase()
const tenant = await db.createTenant('random')
const dice = new Dice(SEED)
const world = randomWorld(dice, 120)
await inTenant(db.owner, tenant, (sql) => storeWorld(sql, world))

type Answer = { definition_id: string; profile_id: string; value: unknown; next_at: string | null }

it(`agrees with the oracle, and holds its answers until it says (RULES_SEED=${SEED})`, {
  timeout: 120_000,
}, async () => {
  let cases = 0
  for (let batch = 0; batch < BATCHES; batch++) {
    const definitions = randomDefinitions(dice, DEFINITIONS)
    const profiles = dice.some(PEOPLE, () => dice.pick(world.profiles), PEOPLE)
    const people = [...new Map(profiles.map((profile) => [profile.id, profile])).values()]
    const at = randomTime(dice)
    const timezone = dice.pick(TIMEZONES)
    const answers = await evaluate(definitions, people, at, timezone)
    expect(answers).toHaveLength(definitions.length * people.length)
    for (const answer of answers) {
      const definition = definitions.find(({ id }) => id === answer.definition_id)!
      const person = people.find(({ id }) => id === answer.profile_id)!
      const oracle = (at: Micros) => new Oracle(definitions, at, timezone).answer(definition, person)
      const agree = (found: unknown, expected: unknown, about: string) => {
        if (isDeepStrictEqual(found, expected)) return
        const context = {
          about,
          found,
          expected,
          batch,
          at: toIso(at),
          timezone,
          next: answer.next_at,
          definition,
          definitions,
          person,
        }
        throw new Error(
          `RULES_SEED=${SEED}: ${JSON.stringify(context, (key, value) => (key === 'accounts' ? value.length : value))}`,
        )
      }
      agree(answer.value, oracle(at), 'the answer')
      const next = answer.next_at === null ? null : toMicros(answer.next_at, 'UTC')!
      agree(next === null || next > at, true, 'whether the next change is to come')
      for (const then of instantsBefore(at, next)) agree(oracle(then), answer.value, `the answer at ${toIso(then)}`)
      cases++
    }
  }
  console.log(`${cases} cases, seed ${SEED}`)
  expect(cases).toBeGreaterThan(BATCHES * DEFINITIONS * PEOPLE * 0.8)
})

/** With some of the people stored as members of the segments, so that rules can ask for how long. */
async function evaluate(
  definitions: Definition[],
  people: OracleProfile[],
  at: Micros,
  timezone: string,
): Promise<Answer[]> {
  const { text, parameters } = compile(definitions)
  const values = [people.map(({ id }) => id), toIso(at), timezone, ...parameters]
  const members = people.flatMap((person) => {
    const segments = definitions.filter(({ kind }) => kind === 'segment' && dice.chance(0.3))
    person.entered = Object.fromEntries(segments.map(({ id }) => [id, randomTime(dice)]))
    return segments.map(({ id }) => ({ segment_id: id, profile_id: person.id, since: toIso(person.entered[id]!) }))
  })
  return inTenant(db.owner, tenant, async (sql) => {
    await sql`INSERT INTO members ${sql(members)}`
    const answers = await sql.unsafe<Answer[]>(text, values as never[])
    await sql`DELETE FROM members`
    return answers
  })
}

/** Some instants at which the answer must still be the same: the last before it may change, and a few in between. */
function instantsBefore(at: Micros, next: Micros | null): Micros[] {
  const end = next ?? at + 400 * DAY
  const between = Array.from({ length: 3 }, () => at + Math.floor(dice.next() * Math.min(end - at, 50 * DAY)))
  return [end - 1, at + 1, at + 3600 * SECOND, ...between].filter((then) => then > at && then < end)
}
