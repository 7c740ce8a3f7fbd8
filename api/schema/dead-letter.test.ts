import { expect, it } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import { codeOf, graphql, okOf } from '../../test/graphql.ts'

const db = await testDatabase()
await db.createTenant('ours')
await db.createTenant('theirs')
const as = graphql(db.api)
const [ask, foreign] = [as('ours-admin'), as('theirs-admin')]

const ok = okOf(ask)

const replay = (which: string) =>
  `mutation { replayDeadLetters(input: {which: ${which}}) { replayed stored deduplicated refused } }`

it('takes a dead letter from its refusal to the event that it should have been', async () => {
  const sent = await ok(
    'mutation { sendEvents(input: {events: [{userId: "ada"}, {event: "x"}]}) { stored dead { deadLetterId code } } }',
  )
  const [nameless] = sent.sendEvents.dead
  expect(
    await ok('{ deadLetterGroups { code count reason latest { payload door attempts source { name } } } }'),
  ).toEqual({
    deadLetterGroups: [
      {
        code: 'EVENT_WITHOUT_NAME',
        count: 1,
        reason: expect.stringContaining('Expected event'),
        latest: { payload: expect.stringContaining('"userId":"ada"'), door: 'graphql', attempts: 1, source: null },
      },
      expect.objectContaining({ code: 'EVENT_WITHOUT_PERSON', count: 1 }),
    ],
  })

  const mend = `mutation ($id: ID!, $payload: String!) { mendDeadLetter(input: {id: $id, payload: $payload}) { code reason deadLetter { mended } } }`
  const mended = '{"type": "track", "event": "Mended", "userId": "ada"}'
  expect(await ok(mend, { id: nameless.deadLetterId, payload: '{}' })).toMatchObject({
    mendDeadLetter: { code: 'EVENT_TYPE_UNKNOWN' },
  })
  expect(await ok(mend, { id: nameless.deadLetterId, payload: mended })).toEqual({
    mendDeadLetter: { code: null, reason: null, deadLetter: { mended } },
  })
  const settled = { replayed: 1, stored: 1, deduplicated: 0, refused: 0 }
  expect(await ok(replay(`{ids: ["${nameless.deadLetterId}"]}`))).toEqual({ replayDeadLetters: settled })
  expect(await ok('{ events(first: 5) { nodes { name userId } } }')).toEqual({
    events: { nodes: [{ name: 'Mended', userId: 'ada' }] },
  })
  expect(
    await ok('mutation { discardDeadLetters(input: {which: {code: "EVENT_WITHOUT_PERSON"}}) { discarded } }'),
  ).toEqual({
    discardDeadLetters: { discarded: 1 },
  })
  expect(await ok('{ deadLetterGroups { code } }')).toEqual({ deadLetterGroups: [] })
  expect(await ok('{ ingestCounts { door accepted stored deduplicated dead source { name } } }')).toEqual({
    ingestCounts: [
      { door: 'graphql', accepted: 2, stored: 0, deduplicated: 0, dead: 2, source: null },
      { door: 'replay', accepted: 1, stored: 1, deduplicated: 0, dead: 0, source: null },
    ],
  })
})

it('leaves the dead letters of another tenant, and those that nobody named, alone', async () => {
  const sent = await ok('mutation { sendEvents(input: {events: [{userId: "ada"}]}) { dead { deadLetterId } } }')
  const [{ deadLetterId }] = sent.sendEvents.dead
  const { data } = await foreign(replay(`{ids: ["${deadLetterId}"]}`))
  expect(data.replayDeadLetters).toMatchObject({ replayed: 0, refused: 0 })
  const mend = await foreign(`mutation { mendDeadLetter(input: {id: "${deadLetterId}", payload: "{}"}) { code } }`)
  expect(codeOf(mend)).toBe('NOT_FOUND')
  expect(codeOf(await ask('mutation { discardDeadLetters(input: {which: {}}) { discarded } }'))).toBe('INPUT_INVALID')
  expect(codeOf(await as('ours-write')(replay('{}')))).toBe('SCOPE_MISSING')
})
