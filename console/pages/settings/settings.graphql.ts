// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { CreateApiKeyInput, UpdateTenantInput } from '../../client/schema.ts'

export type SettingsResult = {
  viewer: {
    scopes: (string)[]
    key: {
      id: string
      name: string
    } | null
    tenant: {
      id: string
      slug: string
      name: string
      timezone: string
      createdAt: string
    }
  }
  apiKeys: {
    nodes: ({
      id: string
      name: string
      scopes: (string)[]
      createdAt: string
      lastUsedAt: string | null
      revokedAt: string | null
      source: {
        id: string
        name: string
      } | null
    })[]
  }
  sources: {
    nodes: ({
      id: string
      name: string
    })[]
  }
}
export type SettingsVariables = {}
export const Settings: Document<SettingsResult, SettingsVariables> = {
  name: 'Settings',
  text: "query Settings{viewer{scopes key{id name}tenant{id slug name timezone createdAt}}apiKeys(first:200 orderBy:[{field:createdAt direction:DESC}]){nodes{id name scopes createdAt lastUsedAt revokedAt source{id name}}}sources(first:200 orderBy:[{field:name}]){nodes{id name}}}",
}

export type CreateApiKeyResult = {
  createApiKey: {
    key: string
    apiKey: {
      id: string
      name: string
    }
  }
}
export type CreateApiKeyVariables = {
  input: CreateApiKeyInput
}
export const CreateApiKey: Document<CreateApiKeyResult, CreateApiKeyVariables> = {
  name: 'CreateApiKey',
  text: "mutation CreateApiKey($input:CreateApiKeyInput!){createApiKey(input:$input){key apiKey{id name}}}",
}

export type RevokeApiKeyResult = {
  revokeApiKey: {
    apiKey: {
      id: string
    }
  }
}
export type RevokeApiKeyVariables = {
  id: string
}
export const RevokeApiKey: Document<RevokeApiKeyResult, RevokeApiKeyVariables> = {
  name: 'RevokeApiKey',
  text: "mutation RevokeApiKey($id:ID!){revokeApiKey(input:{id:$id}){apiKey{id}}}",
}

export type TimezonesResult = {
  timezones: (string)[]
}
export type TimezonesVariables = {}
export const Timezones: Document<TimezonesResult, TimezonesVariables> = {
  name: 'Timezones',
  text: "query Timezones{timezones}",
}

export type UpdateTenantResult = {
  updateTenant: {
    tenant: {
      id: string
    }
  }
}
export type UpdateTenantVariables = {
  input: UpdateTenantInput
}
export const UpdateTenant: Document<UpdateTenantResult, UpdateTenantVariables> = {
  name: 'UpdateTenant',
  text: "mutation UpdateTenant($input:UpdateTenantInput!){updateTenant(input:$input){tenant{id}}}",
}
