import { expect, it } from 'vitest'
import { templates } from '../../engine/rules/templates.ts'
import { testDatabase } from '../../test/database.ts'
import { codeOf as code, graphql } from '../../test/graphql.ts'

const db = await testDatabase()
await db.createTenant('ours')
const ask = graphql(db.api)('ours-admin')

const INSTALL = `mutation ($key: String!) { installRuleTemplate(input: {key: $key}) { segments { key rule } labels { key rule } } }`

it('lists the templates', async () => {
  const { data } = await ask(
    '{ ruleTemplates { key name description definitions { kind key name description rule } } }',
  )
  expect(data.ruleTemplates).toEqual(templates)
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
  expect(again.errors?.[0]?.message).toMatch(
    /^The template makes a (segment|label) with the key "[a-z-]+", and there is one\.$/,
  )
})

it('knows its templates', async () => {
  expect(code(await ask(INSTALL, { key: 'nothing' }))).toBe('NOT_FOUND')
  expect(code(await graphql(db.api)('ours-read')(INSTALL, { key: 'vip' }))).toBe('SCOPE_MISSING')
})
