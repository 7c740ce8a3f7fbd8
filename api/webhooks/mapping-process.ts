// The process of mapping-child.ts.

import jsonata from 'jsonata'

const MOST_COMPILED = 500
/** In characters: what is made is read by the process that asked, which has no such limit of its own. */
const MOST_MADE = 8_000_000
const compiled = new Map<string, jsonata.Expression>()

process.on('message', async ({ mapping, input }: { mapping: string; input: string }) => {
  try {
    const value: unknown = await compile(mapping).evaluate(JSON.parse(input))
    const text = JSON.stringify(value)
    if (text?.length > MOST_MADE) throw new Error(`it made more than ${MOST_MADE / 1e6} MB of JSON.`)
    process.send!({ value: text })
  } catch (error) {
    const { message, position } = error as { message?: string; position?: number }
    process.send!({ error: `${message ?? String(error)}${position === undefined ? '' : ` (at ${position})`}` })
  }
})
process.on('disconnect', () => process.exit())
process.send!('ready')

function compile(mapping: string): jsonata.Expression {
  let expression = compiled.get(mapping)
  if (!expression) {
    expression = jsonata(mapping)
    if (compiled.size >= MOST_COMPILED) compiled.delete(compiled.keys().next().value!)
    compiled.set(mapping, expression)
  }
  return expression
}
