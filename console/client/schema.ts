// Written by `npm run console -- --types` from schema.graphql. Do not edit.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

export type ConsentState = 'DENIED' | 'GRANTED'

export type DateTimeFilter = {
  eq?: string | null
  gt?: string | null
  gte?: string | null
  in?: (string)[] | null
  isNull?: boolean | null
  lt?: string | null
  lte?: string | null
  ne?: string | null
  notIn?: (string)[] | null
}

export type IDFilter = {
  eq?: string | null
  in?: (string)[] | null
  isNull?: boolean | null
  ne?: string | null
  notIn?: (string)[] | null
}

export type JSONFilter = {
  contains?: string | null
  endsWith?: string | null
  eq?: Json | null
  exists?: boolean | null
  gt?: Json | null
  gte?: Json | null
  ignoreCase?: boolean | null
  in?: (Json)[] | null
  lt?: Json | null
  lte?: Json | null
  ne?: Json | null
  notIn?: (Json)[] | null
  path: string
  startsWith?: string | null
}

export type OrderDirection = 'ASC' | 'DESC'

export type ProfileFilter = {
  and?: (ProfileFilter)[] | null
  createdAt?: DateTimeFilter | null
  firstSeen?: DateTimeFilter | null
  id?: IDFilter | null
  identifier?: ProfileIdentifierFilter | null
  inSegment?: string | null
  label?: (JSONFilter)[] | null
  lastSeen?: DateTimeFilter | null
  not?: ProfileFilter | null
  or?: (ProfileFilter)[] | null
  traits?: (JSONFilter)[] | null
  updatedAt?: DateTimeFilter | null
}

export type ProfileIdentifierFilter = {
  in?: (string)[] | null
  startsWith?: string | null
  type?: string | null
  value?: string | null
}

export type ProfileOrder = {
  direction?: OrderDirection | null
  field: ProfileOrderField
}

export type ProfileOrderField = 'createdAt' | 'firstSeen' | 'id' | 'lastSeen' | 'updatedAt'

export type TransitionKind = 'LABEL_CHANGED' | 'SEGMENT_ENTERED' | 'SEGMENT_LEFT'
