// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { CreateFieldInput, CreateObjectInput, FieldDraft, FieldIndexState, FieldObject, FieldPersonal, FieldType, Json, ModelPart, UpdateFieldInput } from '../../client/schema.ts'

export type ModelResult = {
  objects: {
    nodes: ({
      id: string
      key: string
      plural: string
      name: string
      description: string | null
      person: boolean
      account: boolean
      parent: string | null
    })[]
  }
  fields: {
    nodes: ({
      id: string
      object: FieldObject
      key: string
      type: FieldType
      description: string | null
      required: boolean
      choices: (string)[] | null
      default: Json | null
      unique: boolean
      indexed: boolean
      personal: FieldPersonal
      retentionDays: number | null
      index: {
        state: FieldIndexState
        progress: number
        error: string | null
      } | null
    })[]
  }
}
export type ModelVariables = {}
export const Model: Document<ModelResult, ModelVariables> = {
  name: 'Model',
  text: "query Model{objects(first:100 orderBy:[{field:name}]){nodes{id key plural name description person account parent}}fields(first:500 orderBy:[{field:object}{field:key}]){nodes{id object key type description required choices default unique indexed personal retentionDays index{state progress error}}}}",
}

export type RecordCountsResult = {
  objects: {
    nodes: ({
      id: string
      records: {
        totalCount: number
      }
    })[]
  }
}
export type RecordCountsVariables = {}
export const RecordCounts: Document<RecordCountsResult, RecordCountsVariables> = {
  name: 'RecordCounts',
  text: "query RecordCounts{objects(first:100){nodes{id records{totalCount}}}}",
}

export type FieldCheckResult = {
  nodes: ({
  } | {
    id: string
    violations: {
      count: number
    }
  } | null)[]
}
export type FieldCheckVariables = {
  ids: (string)[]
}
export const FieldCheck: Document<FieldCheckResult, FieldCheckVariables> = {
  name: 'FieldCheck',
  text: "query FieldCheck($ids:[ID!]!){nodes(ids:$ids){...on Field{id violations{count}}}}",
}

export type PreviewFieldResult = {
  previewField: {
    count: number
  }
}
export type PreviewFieldVariables = {
  field: FieldDraft
}
export const PreviewField: Document<PreviewFieldResult, PreviewFieldVariables> = {
  name: 'PreviewField',
  text: "query PreviewField($field:FieldDraft!){previewField(field:$field){count}}",
}

export type CreateFieldResult = {
  createField: {
    field: {
      id: string
    }
  }
}
export type CreateFieldVariables = {
  input: CreateFieldInput
}
export const CreateField: Document<CreateFieldResult, CreateFieldVariables> = {
  name: 'CreateField',
  text: "mutation CreateField($input:CreateFieldInput!){createField(input:$input){field{id}}}",
}

export type UpdateFieldResult = {
  updateField: {
    field: {
      id: string
    }
  }
}
export type UpdateFieldVariables = {
  input: UpdateFieldInput
}
export const UpdateField: Document<UpdateFieldResult, UpdateFieldVariables> = {
  name: 'UpdateField',
  text: "mutation UpdateField($input:UpdateFieldInput!){updateField(input:$input){field{id}}}",
}

export type DeleteFieldResult = {
  deleteField: {
    deletedId: string
  }
}
export type DeleteFieldVariables = {
  id: string
}
export const DeleteField: Document<DeleteFieldResult, DeleteFieldVariables> = {
  name: 'DeleteField',
  text: "mutation DeleteField($id:ID!){deleteField(input:{id:$id}){deletedId}}",
}

export type CreateObjectResult = {
  createObject: {
    object: {
      id: string
    }
  }
}
export type CreateObjectVariables = {
  input: CreateObjectInput
}
export const CreateObject: Document<CreateObjectResult, CreateObjectVariables> = {
  name: 'CreateObject',
  text: "mutation CreateObject($input:CreateObjectInput!){createObject(input:$input){object{id}}}",
}

export type DeleteObjectResult = {
  deleteObject: {
    deletedId: string
  }
}
export type DeleteObjectVariables = {
  id: string
}
export const DeleteObject: Document<DeleteObjectResult, DeleteObjectVariables> = {
  name: 'DeleteObject',
  text: "mutation DeleteObject($id:ID!){deleteObject(input:{id:$id}){deletedId}}",
}

export type ModelVersionsResult = {
  modelVersions: {
    nodes: ({
      id: string
      number: number
      at: string
      actor: Json | null
      changes: ({
        part: ModelPart
        key: string
        before: Json | null
        after: Json | null
      })[]
    })[]
  }
}
export type ModelVersionsVariables = {
  first?: number | null
}
export const ModelVersions: Document<ModelVersionsResult, ModelVersionsVariables> = {
  name: 'ModelVersions',
  text: "query ModelVersions($first:Int){modelVersions(first:$first){nodes{id number at actor changes{part key before after}}}}",
}

export type ModelDiffResult = {
  modelDiff: ({
    part: ModelPart
    key: string
    before: Json | null
    after: Json | null
    violations: {
      count: number
    } | null
  })[]
}
export type ModelDiffVariables = {
  to?: number | null
}
export const ModelDiff: Document<ModelDiffResult, ModelDiffVariables> = {
  name: 'ModelDiff',
  text: "query ModelDiff($to:Int){modelDiff(to:$to){part key before after violations{count}}}",
}

export type RestoreModelResult = {
  restoreModel: {
    changes: ({
      key: string
    })[]
  }
}
export type RestoreModelVariables = {
  number: number
}
export const RestoreModel: Document<RestoreModelResult, RestoreModelVariables> = {
  name: 'RestoreModel',
  text: "mutation RestoreModel($number:Int!){restoreModel(input:{number:$number}){changes{key}}}",
}

export type ModelTemplatesResult = {
  modelTemplates: ({
    key: string
    name: string
    description: string
    items: ({
      kind: string
      key: string
    })[]
  })[]
}
export type ModelTemplatesVariables = {}
export const ModelTemplates: Document<ModelTemplatesResult, ModelTemplatesVariables> = {
  name: 'ModelTemplates',
  text: "query ModelTemplates{modelTemplates{key name description items{kind key}}}",
}

export type InstallModelTemplateResult = {
  installModelTemplate: {
    created: ({
      key: string
    })[]
    kept: ({
      key: string
    })[]
  }
}
export type InstallModelTemplateVariables = {
  key: string
}
export const InstallModelTemplate: Document<InstallModelTemplateResult, InstallModelTemplateVariables> = {
  name: 'InstallModelTemplate',
  text: "mutation InstallModelTemplate($key:String!){installModelTemplate(input:{key:$key}){created{key}kept{key}}}",
}
