// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { CreateWebhookInput, Json, PreviewWebhookInput, UpdateWebhookInput, WebhookVerify } from '../../client/schema.ts'

export type WebhooksResult = {
  webhooks: ({
    source: {
      id: string
      name: string
    } | null
    path: string
    verify: WebhookVerify
    header: string | null
    mapping: string
    deliveries: ({
      at: string
      stored: number
      deduplicated: number
      records: number
      code: string | null
      deadLetter: {
        reason: string
      } | null
    })[]
  })[]
}
export type WebhooksVariables = {}
export const Webhooks: Document<WebhooksResult, WebhooksVariables> = {
  name: 'Webhooks',
  text: "query Webhooks{webhooks{source{id name}path verify header mapping deliveries(first:10){at stored deduplicated records code deadLetter{reason}}}}",
}

export type PreviewWebhookResult = {
  previewWebhook: {
    events: (Json)[]
    records: (Json)[]
    problems: ({
      part: string
      index: number
      code: string
      reason: string
    })[]
  }
}
export type PreviewWebhookVariables = {
  input: PreviewWebhookInput
}
export const PreviewWebhook: Document<PreviewWebhookResult, PreviewWebhookVariables> = {
  name: 'PreviewWebhook',
  text: "mutation PreviewWebhook($input:PreviewWebhookInput!){previewWebhook(input:$input){events records problems{part index code reason}}}",
}

export type CreateWebhookResult = {
  createWebhook: {
    webhook: {
      path: string
      source: {
        id: string
      } | null
    }
  }
}
export type CreateWebhookVariables = {
  input: CreateWebhookInput
}
export const CreateWebhook: Document<CreateWebhookResult, CreateWebhookVariables> = {
  name: 'CreateWebhook',
  text: "mutation CreateWebhook($input:CreateWebhookInput!){createWebhook(input:$input){webhook{path source{id}}}}",
}

export type UpdateWebhookResult = {
  updateWebhook: {
    webhook: {
      path: string
    }
  }
}
export type UpdateWebhookVariables = {
  input: UpdateWebhookInput
}
export const UpdateWebhook: Document<UpdateWebhookResult, UpdateWebhookVariables> = {
  name: 'UpdateWebhook',
  text: "mutation UpdateWebhook($input:UpdateWebhookInput!){updateWebhook(input:$input){webhook{path}}}",
}
