// The process of mapping.ts.

import jsonata from 'jsonata'

const MOST_COMPILED = 500
const compiled = new Map<string, jsonata.Expression>()

process.on('message', async ({ mapping, input }: { mapping: string; input: string }) => {
  try {
    const value: unknown = await compile(mapping).evaluate(JSON.parse(input))
    process.send!({ value: JSON.stringify(value) })
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
