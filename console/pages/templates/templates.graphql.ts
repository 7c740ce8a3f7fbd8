// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { Json, RuleTemplateKeyInput, RuleTemplateParameterType } from '../../client/schema.ts'

export type RuleTemplatesResult = {
  ruleTemplates: ({
    key: string
    name: string
    description: string
    parameters: ({
      name: string
      description: string
      type: RuleTemplateParameterType
      default: Json
    })[]
    definitions: ({
      kind: string
      key: string
      name: string
      description: string
      rule: Json
    })[]
  })[]
  segments: {
    nodes: ({
      id: string
      key: string
    })[]
  }
  labels: {
    nodes: ({
      id: string
      key: string
    })[]
  }
}
export type RuleTemplatesVariables = {}
export const RuleTemplates: Document<RuleTemplatesResult, RuleTemplatesVariables> = {
  name: 'RuleTemplates',
  text: "query RuleTemplates{ruleTemplates{key name description parameters{name description type default}definitions{kind key name description rule}}segments(first:500){nodes{id key}}labels(first:500){nodes{id key}}}",
}

export type InstallRuleTemplateResult = {
  installRuleTemplate: {
    segments: ({
      id: string
      key: string
    })[]
    labels: ({
      id: string
      key: string
    })[]
  }
}
export type InstallRuleTemplateVariables = {
  key: string
  keys?: (RuleTemplateKeyInput)[] | null
  parameters?: Json | null
}
export const InstallRuleTemplate: Document<InstallRuleTemplateResult, InstallRuleTemplateVariables> = {
  name: 'InstallRuleTemplate',
  text: "mutation InstallRuleTemplate($key:String!$keys:[RuleTemplateKeyInput!]$parameters:JSON){installRuleTemplate(input:{key:$key keys:$keys parameters:$parameters}){segments{id key}labels{id key}}}",
}
