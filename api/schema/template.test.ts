import { expect, it } from 'vitest'
import { templates } from '../../engine/rules/templates.ts'
import { testDatabase } from '../../test/database.ts'
import { codeOf as code, graphql } from '../../test/graphql.ts'

const db = await testDatabase()
await db.createTenant('ours')
const ask = graphql(db.api)('ours-admin')

const INSTALL = `mutation ($key: String!) { installRuleTemplate(input: {key: $key}) { segments { key rule } labels { key rule } } }`

const INSTALL_AS = `mutation ($key: String!, $keys: [RuleTemplateKeyInput!], $parameters: JSON) {
  installRuleTemplate(input: {key: $key, keys: $keys, parameters: $parameters}) { segments { key name rule } labels { key name rule } }
}`

it('lists the templates', async () => {
  const { data } = await ask(
    '{ ruleTemplates { key name description definitions { kind key name description rule } } }',
  )
  expect(data.ruleTemplates).toEqual(
    templates.map(({ parameters: _, define: __, ...template }) => JSON.parse(JSON.stringify(template))),
  )
})

it.each(templates)('installs $key, once', async ({ key, definitions }) => {
  const { data, errors } = await ask(INSTALL, { key })
  expect(errors, JSON.stringify(errors)).toBeUndefined()
  const made = [...data.installRuleTemplate.segments, ...data.installRuleTemplate.labels]
  expect(new Map(made.map(({ key, rule }: any) => [key, rule]))).toEqual(
    new Map(definitions.map(({ key, rule }) => [key, rule])),
  )
  const again = await ask(INSTALL, { key })
  expect(code(again)).toBe('CONFLICT')
  const { message, extensions } = again.errors![0]!
  expect(message).toContain(`The template ${key} was not installed: there is the `)
  expect(message).toContain('Give other keys: {"keys": [{"of": "')
  const taken = definitions.map(({ kind, key, name }) => ({ kind, key, name, status: 'active' }))
  const byKind = (a: { kind: string; key: string }, b: { kind: string; key: string }) =>
    `${a.kind} ${a.key}` < `${b.kind} ${b.key}` ? -1 : 1
  expect(extensions.details.taken).toEqual(taken.toSorted(byKind))
})

it.each(templates)(
  'installs $key beside itself under other keys, which what refers to them follows',
  async (template) => {
    const { key, definitions } = template
    const keys = definitions.map(({ key }) => ({ of: key, as: `${key}-2` }))
    const { data, errors } = await ask(INSTALL_AS, { key, keys })
    expect(errors, JSON.stringify(errors)).toBeUndefined()
    const made = [...data.installRuleTemplate.segments, ...data.installRuleTemplate.labels]
    expect(made.map(({ key }: any) => key).toSorted()).toEqual(keys.map(({ as }) => as).toSorted())
    const referred = JSON.stringify(made).match(/"(segment|label)":\{"key":"[^"]+"/g) ?? []
    expect(referred.filter((reference) => !reference.endsWith('-2"'))).toEqual([])
  },
)

it.each(templates.flatMap(({ key, parameters }) => Object.keys(parameters).map((name) => ({ key, name }))))(
  'asks for the $name of $key as it is given',
  async ({ key, name }) => {
    const template = templates.find((one) => one.key === key)!
    const value = { duration: 'P77D', number: 77, events: ['Another Event'] }[template.parameters[name]!.type]
    const keys = template.definitions.map(({ key }) => ({ of: key, as: `${key}-${name.toLowerCase()}` }))
    const { data, errors } = await ask(INSTALL_AS, { key, keys, parameters: { [name]: value } })
    expect(errors, JSON.stringify(errors)).toBeUndefined()
    expect(JSON.stringify(data)).toContain(JSON.stringify(value))
    expect(JSON.stringify(template.definitions.map(({ rule }) => rule))).not.toContain(JSON.stringify(value))
  },
)

it.each([
  [{ keys: [{ of: 'gold', as: 'x' }] }, 'The template vip makes nothing with the key "gold"; it makes vip.'],
  [{ keys: [{ of: 'vip', as: 'V I P' }] }, 'Expected a key of up to 63 lower-case letters'],
  [{ parameters: { amount: 5 } }, 'The template vip has no parameter "amount"; it has spend, within.'],
  [{ parameters: { spend: '5' } }, 'Expected a number of at least 0, such as 1000, as the parameter spend, found "5".'],
  [
    { parameters: { within: 'a year' } },
    'Expected an ISO 8601 duration, such as "P1Y", as the parameter within, found "a year".',
  ],
  [{ parameters: ['P1Y'] }, 'Expected an object of parameters, found ["P1Y"].'],
])('refuses %j', async (input, message) => {
  const answer = await ask(INSTALL_AS, { key: 'vip', ...input })
  expect(code(answer)).toBe('INPUT_INVALID')
  expect(answer.errors![0]!.message).toContain(message)
})

it('knows its templates', async () => {
  expect(code(await ask(INSTALL, { key: 'nothing' }))).toBe('NOT_FOUND')
  expect(code(await graphql(db.api)('ours-read')(INSTALL, { key: 'vip' }))).toBe('SCOPE_MISSING')
})
