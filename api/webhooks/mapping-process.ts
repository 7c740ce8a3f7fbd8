// The process of mapping-child.ts.

import jsonata from 'jsonata'
import type { Answer, Question } from './mapping-child.ts'

const MOST_COMPILED = 500
/** In characters: what is made is read by the process that asked, which has no such limit of its own. */
const MOST_MADE = 8_000_000
/** After so long, or so much that was made, what is answered by then is told: others wait, and memory is bounded. */
const LONG_MS = 50
const MUCH_MADE = 1_000_000
const compiled = new Map<string, jsonata.Expression>()

process.on('message', async ({ mapping, inputs }: Question) => {
  const answers: Answer[] = []
  const until = performance.now() + LONG_MS
  let made = 0
  for (const input of inputs) {
    const answer = await map(mapping, input)
    answers.push(answer)
    made += answer.value?.length ?? 0
    if (made > MUCH_MADE || performance.now() > until) break
  }
  process.send!(answers)
})
process.on('disconnect', () => process.exit())
process.send!('ready')

async function map(mapping: string, input: string): Promise<Answer> {
  try {
    const value: unknown = await compile(mapping).evaluate(JSON.parse(input))
    const text = JSON.stringify(value)
    if (text?.length > MOST_MADE) throw new Error(`it made more than ${MOST_MADE / 1e6} MB of JSON.`)
    return { value: text }
  } catch (error) {
    const { message, position } = error as { message?: string; position?: number }
    return { error: `${message ?? String(error)}${position === undefined ? '' : ` (at ${position})`}` }
  }
}

function compile(mapping: string): jsonata.Expression {
  let expression = compiled.get(mapping)
  if (!expression) {
    expression = jsonata(mapping)
    if (compiled.size >= MOST_COMPILED) compiled.delete(compiled.keys().next().value!)
    compiled.set(mapping, expression)
  }
  return expression
}
