// Written by `npm run console -- --types` from schema.graphql. Do not edit.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

export type AccountCaseLabelInput = {
  cases: (AccountLabelCaseInput)[]
  otherwise?: Json | null
}

export type AccountFilter = {
  and?: (AccountFilter)[] | null
  createdAt?: DateTimeFilter | null
  custom?: (JSONFilter)[] | null
  domain?: StringFilter | null
  employees?: IntFilter | null
  externalId?: StringFilter | null
  id?: IDFilter | null
  inSegment?: string | null
  industry?: StringFilter | null
  label?: (JSONFilter)[] | null
  name?: StringFilter | null
  not?: AccountFilter | null
  or?: (AccountFilter)[] | null
  owner?: StringFilter | null
  parentId?: IDFilter | null
  updatedAt?: DateTimeFilter | null
}

export type AccountHeldInput = {
  for: string
  op?: HeldOperator | null
  rule: AccountRuleInput
}

export type AccountLabelCaseInput = {
  value: Json
  when: AccountRuleInput
}

export type AccountLabelRuleInput = {
  cases?: AccountCaseLabelInput | null
  compute?: ComputationInput | null
  score?: AccountScoreLabelInput | null
}

export type AccountOrder = {
  direction?: OrderDirection | null
  field: AccountOrderField
}

export type AccountOrderField = 'createdAt' | 'domain' | 'employees' | 'externalId' | 'id' | 'industry' | 'name' | 'owner' | 'parentId' | 'updatedAt'

export type AccountRuleInput = {
  all?: (AccountRuleInput)[] | null
  any?: (AccountRuleInput)[] | null
  children?: ChildrenInput | null
  event?: EventRuleInput | null
  field?: ConditionInput | null
  firstEvent?: EdgeEventInput | null
  followedBy?: FollowedByInput | null
  held?: AccountHeldInput | null
  label?: LabelConditionInput | null
  lastEvent?: EdgeEventInput | null
  not?: AccountRuleInput | null
  parent?: AccountRuleInput | null
  people?: PeopleInput | null
  random?: RandomInput | null
  record?: RecordRuleInput | null
  segment?: KeyInput | null
  sequence?: SequenceInput | null
}

export type AccountScoreLabelInput = {
  base?: number | null
  max?: number | null
  min?: number | null
  parts: (AccountScorePartInput)[]
}

export type AccountScorePartInput = {
  points: number
  when: AccountRuleInput
}

export type AgeInput = {
  gt?: string | null
  gte?: string | null
  lt?: string | null
  lte?: string | null
}

export type AggregateInput = {
  avg?: string | null
  between?: (number)[] | null
  distinct?: string | null
  eq?: number | null
  gt?: number | null
  gte?: number | null
  lt?: number | null
  lte?: number | null
  max?: string | null
  min?: string | null
  ne?: number | null
  sum?: string | null
}

export type AudienceInput = {
  and?: (AudienceInput)[] | null
  not?: AudienceInput | null
  or?: (AudienceInput)[] | null
  segment?: string | null
}

export type AuditAction = 'called' | 'created' | 'deleted' | 'emptied' | 'updated'

export type AuditActionFilter = {
  eq?: AuditAction | null
  in?: (AuditAction)[] | null
  ne?: AuditAction | null
  notIn?: (AuditAction)[] | null
}

export type AuditActorKind = 'api' | 'job' | 'key' | 'sql' | 'user'

export type AuditActorKindFilter = {
  eq?: AuditActorKind | null
  in?: (AuditActorKind)[] | null
  ne?: AuditActorKind | null
  notIn?: (AuditActorKind)[] | null
}

export type AuditEntryFilter = {
  action?: AuditActionFilter | null
  actorId?: IDFilter | null
  actorKind?: AuditActorKindFilter | null
  actorName?: StringFilter | null
  after?: (JSONFilter)[] | null
  and?: (AuditEntryFilter)[] | null
  at?: DateTimeFilter | null
  before?: (JSONFilter)[] | null
  id?: IDFilter | null
  not?: AuditEntryFilter | null
  object?: StringFilter | null
  objectId?: StringFilter | null
  or?: (AuditEntryFilter)[] | null
  requestId?: StringFilter | null
  sqlRole?: StringFilter | null
}

export type BehaviorDraft = {
  channel?: string | null
  description?: string | null
  identifiers?: (string)[] | null
  mode?: BehaviorMode | null
  name: string
  properties?: (BehaviorPropertyInput)[] | null
  purpose?: string | null
  retentionDays?: number | null
  samplePercent?: number | null
}

export type BehaviorMode = 'LENIENT' | 'OFF' | 'STRICT'

export type BehaviorOutcome = 'BOT' | 'CHOICE' | 'EXPIRED' | 'IDENTIFIER' | 'INTERNAL' | 'MARKED_BOT' | 'MARKED_INTERNAL' | 'REFUSED' | 'REQUIRED' | 'SAMPLED_OUT' | 'STORED' | 'TYPE' | 'UNCONSENTED' | 'UNKNOWN' | 'VIOLATING'

export type BehaviorPropertyInput = {
  choices?: (string)[] | null
  description?: string | null
  items?: PropertyShapeInput | null
  key: string
  properties?: (BehaviorPropertyInput)[] | null
  required?: boolean | null
  type: PropertyType
}

export type BigIntFilter = {
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

export type CalendarUnit = 'DAY' | 'HOUR' | 'MONTH' | 'QUARTER' | 'WEEK' | 'YEAR'

export type CalendarWindowInput = {
  ago?: number | null
  timezone?: string | null
  unit: CalendarUnit
  weekStart?: Weekday | null
}

export type CaseLabelInput = {
  cases: (LabelCaseInput)[]
  otherwise?: Json | null
}

export type ChangeTeamRoleInput = {
  id: string
  role: Role
}

export type ChildrenInput = {
  count?: CountInput | null
  rule: AccountRuleInput
}

export type Computation = 'AVG' | 'COUNT' | 'DISTINCT' | 'FIRST' | 'LAST' | 'MAX' | 'MIN' | 'MOST_FREQUENT' | 'SUM'

export type ComputationInput = {
  between?: PeriodInput | null
  calendar?: CalendarWindowInput | null
  event?: EventMatcherInput | null
  of: Computation
  path?: string | null
  record?: RecordMatcherInput | null
  within?: string | null
}

export type ConditionInput = {
  after?: string | null
  all?: ElementInput | null
  anniversary?: string | null
  any?: ElementInput | null
  before?: string | null
  between?: (Json)[] | null
  contains?: Json | null
  empty?: boolean | null
  endsWith?: string | null
  eq?: Json | null
  exists?: boolean | null
  gt?: Json | null
  gte?: Json | null
  ignoreCase?: boolean | null
  in?: (Json)[] | null
  lt?: Json | null
  lte?: Json | null
  matches?: string | null
  missing?: boolean | null
  ne?: Json | null
  none?: ElementInput | null
  notIn?: (Json)[] | null
  path: string
  startsWith?: string | null
  withinLast?: string | null
  withinNext?: string | null
}

export type ConsentRuleInput = {
  channel: string
  is?: RuleConsent | null
  purpose: string
}

export type ConsentState = 'DENIED' | 'GRANTED'

export type CountInput = {
  between?: (number)[] | null
  eq?: number | null
  gt?: number | null
  gte?: number | null
  lt?: number | null
  lte?: number | null
  ne?: number | null
}

export type CreateApiKeyInput = {
  eventsPerSecond?: number | null
  name: string
  scopes: (KeyScope)[]
  source?: string | null
}

export type CreateBehaviorInput = {
  channel?: string | null
  description?: string | null
  identifiers?: (string)[] | null
  mode?: BehaviorMode | null
  name: string
  properties?: (BehaviorPropertyInput)[] | null
  purpose?: string | null
  retentionDays?: number | null
  samplePercent?: number | null
}

export type CreateFieldInput = {
  choices?: (string)[] | null
  default?: Json | null
  description?: string | null
  indexed?: boolean | null
  key: string
  object: FieldObject
  personal?: FieldPersonal | null
  required?: boolean | null
  retentionDays?: number | null
  type: FieldType
  unique?: boolean | null
}

export type CreateLabelInput = {
  accountTree?: AccountLabelRuleInput | null
  description?: string | null
  key: string
  name: string
  rule?: Json | null
  subject?: DefinitionSubject | null
  tree?: LabelRuleInput | null
}

export type CreateObjectInput = {
  account?: boolean | null
  description?: string | null
  fields?: (ObjectFieldInput)[] | null
  key: string
  name: string
  parent?: string | null
  person?: boolean | null
  plural: string
}

export type CreatePostgresSourceInput = {
  cursor?: string | null
  everySeconds?: number | null
  id?: string | null
  mapping: string
  mode?: PostgresSourceMode | null
  name: string
  schema?: string | null
  table?: string | null
  tables?: (string)[] | null
  url: string
}

export type CreateSegmentInput = {
  accountTree?: AccountRuleInput | null
  description?: string | null
  key: string
  name: string
  rule?: Json | null
  subject?: DefinitionSubject | null
  tree?: RuleInput | null
}

export type CreateSourceInput = {
  kind?: string | null
  name: string
}

export type CreateWebhookInput = {
  header?: string | null
  mapping: string
  name: string
  secret: string
  verify: WebhookVerify
}

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

export type DeadLetterFilter = {
  and?: (DeadLetterFilter)[] | null
  attempts?: IntFilter | null
  code?: StringFilter | null
  discardedAt?: DateTimeFilter | null
  door?: StringFilter | null
  envelope?: StringFilter | null
  id?: IDFilter | null
  mended?: StringFilter | null
  messageId?: StringFilter | null
  not?: DeadLetterFilter | null
  or?: (DeadLetterFilter)[] | null
  payload?: StringFilter | null
  reason?: StringFilter | null
  receivedAt?: DateTimeFilter | null
  replayedAt?: DateTimeFilter | null
  sourceId?: IDFilter | null
}

export type DeadLettersInput = {
  code?: string | null
  ids?: (string)[] | null
  receivedBefore?: string | null
  receivedFrom?: string | null
  source?: string | null
}

export type DefinitionStatus = 'ACTIVE' | 'ARCHIVED' | 'PAUSED'

export type DefinitionStatusFilter = {
  eq?: DefinitionStatus | null
  in?: (DefinitionStatus)[] | null
  ne?: DefinitionStatus | null
  notIn?: (DefinitionStatus)[] | null
}

export type DefinitionSubject = 'ACCOUNT' | 'PERSON'

export type DefinitionSubjectFilter = {
  eq?: DefinitionSubject | null
  in?: (DefinitionSubject)[] | null
  ne?: DefinitionSubject | null
  notIn?: (DefinitionSubject)[] | null
}

export type DeletePostgresSourceInput = {
  source: string
}

export type EdgeEventInput = {
  age?: AgeInput | null
  is?: (WhereInput)[] | null
  name: (string)[]
  where?: (WhereInput)[] | null
}

export type ElementInput = {
  after?: string | null
  all?: ElementInput | null
  anniversary?: string | null
  any?: ElementInput | null
  before?: string | null
  between?: (Json)[] | null
  contains?: Json | null
  empty?: boolean | null
  endsWith?: string | null
  eq?: Json | null
  exists?: boolean | null
  gt?: Json | null
  gte?: Json | null
  ignoreCase?: boolean | null
  in?: (Json)[] | null
  lt?: Json | null
  lte?: Json | null
  matches?: string | null
  missing?: boolean | null
  ne?: Json | null
  none?: ElementInput | null
  notIn?: (Json)[] | null
  path?: string | null
  startsWith?: string | null
  withinLast?: string | null
  withinNext?: string | null
}

export type EventFilter = {
  and?: (EventFilter)[] | null
  anonymousId?: StringFilter | null
  context?: (JSONFilter)[] | null
  id?: IDFilter | null
  identifiers?: (JSONFilter)[] | null
  messageId?: StringFilter | null
  name?: StringFilter | null
  not?: EventFilter | null
  occurredAt?: DateTimeFilter | null
  or?: (EventFilter)[] | null
  properties?: (JSONFilter)[] | null
  receivedAt?: DateTimeFilter | null
  sourceId?: IDFilter | null
  traits?: (JSONFilter)[] | null
  type?: StringFilter | null
  userId?: StringFilter | null
}

export type EventMatcherInput = {
  name: (string)[]
  where?: (WhereInput)[] | null
}

export type EventRuleInput = {
  aggregate?: AggregateInput | null
  between?: PeriodInput | null
  by?: string | null
  calendar?: CalendarWindowInput | null
  count?: CountInput | null
  name: (string)[]
  where?: (WhereInput)[] | null
  within?: string | null
}

export type FeedKind = 'LABEL_CHANGED' | 'PROFILE_CHANGED' | 'SEGMENT_ENTERED' | 'SEGMENT_LEFT'

export type FieldDraft = {
  choices?: (string)[] | null
  default?: Json | null
  description?: string | null
  indexed?: boolean | null
  key: string
  object: FieldObject
  personal?: FieldPersonal | null
  required?: boolean | null
  retentionDays?: number | null
  type: FieldType
  unique?: boolean | null
}

export type FieldIndexState = 'BUILDING' | 'FAILED' | 'READY' | 'WAITING'

export type FieldObject = 'ACCOUNT' | 'ACTIVITY' | 'CONTACT' | 'CONTRACT' | 'LEAD' | 'MEMBERSHIP' | 'OPPORTUNITY' | 'ORDER' | 'PROFILE' | 'TICKET'

export type FieldPersonal = 'NONE' | 'PERSONAL' | 'SENSITIVE'

export type FieldType = 'BOOLEAN' | 'CHOICE' | 'DATE' | 'INSTANT' | 'NUMBER' | 'TEXT'

export type FollowedByInput = {
  absent?: boolean | null
  any?: boolean | null
  by?: string | null
  first: EventMatcherInput
  sticky?: boolean | null
  then: EventMatcherInput
  within: string
}

export type HeldInput = {
  for: string
  op?: HeldOperator | null
  rule: RuleInput
}

export type HeldOperator = 'GTE' | 'LT'

export type IDFilter = {
  eq?: string | null
  in?: (string)[] | null
  isNull?: boolean | null
  ne?: string | null
  notIn?: (string)[] | null
}

export type IdentifierNormaliser = 'EMAIL' | 'LOWER' | 'PHONE' | 'VERBATIM'

export type IdentifierRuleInput = {
  after?: string | null
  all?: ElementInput | null
  anniversary?: string | null
  any?: ElementInput | null
  before?: string | null
  between?: (Json)[] | null
  contains?: Json | null
  empty?: boolean | null
  endsWith?: string | null
  eq?: Json | null
  exists?: boolean | null
  gt?: Json | null
  gte?: Json | null
  ignoreCase?: boolean | null
  in?: (Json)[] | null
  lt?: Json | null
  lte?: Json | null
  matches?: string | null
  missing?: boolean | null
  ne?: Json | null
  none?: ElementInput | null
  notIn?: (Json)[] | null
  startsWith?: string | null
  type: string
  withinLast?: string | null
  withinNext?: string | null
}

export type IntFilter = {
  eq?: number | null
  gt?: number | null
  gte?: number | null
  in?: (number)[] | null
  isNull?: boolean | null
  lt?: number | null
  lte?: number | null
  ne?: number | null
  notIn?: (number)[] | null
}

export type InvitationPurpose = 'join' | 'password'

export type InviteTeamMemberInput = {
  email: string
  role: Role
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

export type JobFilter = {
  and?: (JobFilter)[] | null
  attempts?: IntFilter | null
  createdAt?: DateTimeFilter | null
  error?: StringFilter | null
  id?: BigIntFilter | null
  key?: StringFilter | null
  maxAttempts?: IntFilter | null
  not?: JobFilter | null
  or?: (JobFilter)[] | null
  priority?: IntFilter | null
  queue?: StringFilter | null
  runAt?: DateTimeFilter | null
  startedAt?: DateTimeFilter | null
  state?: JobStateFilter | null
  task?: StringFilter | null
  updatedAt?: DateTimeFilter | null
  worker?: StringFilter | null
}

export type JobState = 'FAILED' | 'RETRYING' | 'RUNNING' | 'SCHEDULED' | 'WAITING'

export type JobStateFilter = {
  eq?: JobState | null
  in?: (JobState)[] | null
}

export type KeyInput = {
  key: string
}

export type KeyScope = 'admin' | 'operator' | 'read' | 'write'

export type LabelCaseInput = {
  value: Json
  when: RuleInput
}

export type LabelConditionInput = {
  after?: string | null
  all?: ElementInput | null
  anniversary?: string | null
  any?: ElementInput | null
  before?: string | null
  between?: (Json)[] | null
  contains?: Json | null
  empty?: boolean | null
  endsWith?: string | null
  eq?: Json | null
  exists?: boolean | null
  gt?: Json | null
  gte?: Json | null
  ignoreCase?: boolean | null
  in?: (Json)[] | null
  key: string
  lt?: Json | null
  lte?: Json | null
  matches?: string | null
  missing?: boolean | null
  ne?: Json | null
  none?: ElementInput | null
  notIn?: (Json)[] | null
  startsWith?: string | null
  withinLast?: string | null
  withinNext?: string | null
}

export type LabelFilter = {
  and?: (LabelFilter)[] | null
  backfilledVersion?: IntFilter | null
  createdAt?: DateTimeFilter | null
  description?: StringFilter | null
  id?: IDFilter | null
  key?: StringFilter | null
  name?: StringFilter | null
  not?: LabelFilter | null
  or?: (LabelFilter)[] | null
  rule?: (JSONFilter)[] | null
  status?: DefinitionStatusFilter | null
  subject?: DefinitionSubjectFilter | null
  updatedAt?: DateTimeFilter | null
  version?: IntFilter | null
}

export type LabelRuleInput = {
  cases?: CaseLabelInput | null
  compute?: ComputationInput | null
  score?: ScoreLabelInput | null
}

export type LabelValueFilter = {
  and?: (LabelValueFilter)[] | null
  labelId?: IDFilter | null
  not?: LabelValueFilter | null
  or?: (LabelValueFilter)[] | null
  profileId?: IDFilter | null
  since?: DateTimeFilter | null
  value?: (JSONFilter)[] | null
}

export type MergeKind = 'MERGE' | 'MOVE' | 'SPLIT'

export type MergeProfilesInput = {
  intoId: string
  profileIds: (string)[]
  reason?: string | null
}

export type ModelPart = 'BEHAVIOR' | 'FIELD' | 'OBJECT'

export type ObjectFieldInput = {
  choices?: (string)[] | null
  default?: Json | null
  description?: string | null
  indexed?: boolean | null
  key: string
  personal?: FieldPersonal | null
  required?: boolean | null
  retentionDays?: number | null
  type: FieldType
  unique?: boolean | null
}

export type OrderDirection = 'ASC' | 'DESC'

export type PeopleInput = {
  count?: CountInput | null
  rule: RuleInput
  share?: CountInput | null
}

export type PeriodInput = {
  from?: string | null
  to?: string | null
}

export type Permission = 'admin' | 'audit' | 'define' | 'edit' | 'identity' | 'keys' | 'lists' | 'model' | 'operate' | 'privacy' | 'read' | 'repair' | 'team' | 'write'

export type PersonalDataAction = 'DROP' | 'HASH' | 'MASK'

export type PersonalDataRuleInput = {
  action: PersonalDataAction
  path: string
}

export type PostgresSourceMode = 'POLLING' | 'REPLICATION'

export type PostgresSourceStatus = 'ACTIVE' | 'PAUSED'

export type PreviewIdentifierTypeInput = {
  blocked?: (string)[] | null
  country?: string | null
  key: string
  max?: number | null
  normaliser?: IdentifierNormaliser | null
  peopleLimit?: number | null
  priority?: number | null
  shared?: boolean | null
  weights?: Json | null
}

export type PreviewPostgresSourceInput = {
  cursor?: string | null
  id?: string | null
  mapping?: string | null
  mode?: PostgresSourceMode | null
  schema?: string | null
  source?: string | null
  table?: string | null
  tables?: (string)[] | null
  url?: string | null
}

export type PreviewWebhookInput = {
  body: Json
  headers?: Json | null
  mapping: string
}

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

export type PropertyShapeInput = {
  choices?: (string)[] | null
  items?: PropertyShapeInput | null
  properties?: (BehaviorPropertyInput)[] | null
  type: PropertyType
}

export type PropertyType = 'BOOLEAN' | 'CHOICE' | 'DATE' | 'INSTANT' | 'LIST' | 'NUMBER' | 'OBJECT' | 'TEXT'

export type PullPostgresSourceInput = {
  source: string
}

export type RandomInput = {
  from?: number | null
  percent: number
  salt: string
}

export type RecordMatcherInput = {
  kind: RuleRecordKind
  on?: string | null
  where?: (WhereInput)[] | null
}

export type RecordRuleInput = {
  aggregate?: AggregateInput | null
  between?: PeriodInput | null
  by?: string | null
  calendar?: CalendarWindowInput | null
  count?: CountInput | null
  kind: RuleRecordKind
  on?: string | null
  where?: (WhereInput)[] | null
  within?: string | null
}

export type ReplayEventsInput = {
  before: string
  from: string
  names?: (string)[] | null
  source?: string | null
}

export type ReplayState = 'CANCELLED' | 'DONE' | 'RUNNING' | 'WAITING'

export type Role = 'analyst' | 'developer' | 'marketer' | 'operator' | 'owner'

export type RuleConsent = 'DENIED' | 'GRANTED' | 'UNKNOWN'

export type RuleInput = {
  account?: AccountRuleInput | null
  all?: (RuleInput)[] | null
  any?: (RuleInput)[] | null
  consent?: ConsentRuleInput | null
  event?: EventRuleInput | null
  field?: ConditionInput | null
  firstEvent?: EdgeEventInput | null
  followedBy?: FollowedByInput | null
  held?: HeldInput | null
  identifier?: IdentifierRuleInput | null
  label?: LabelConditionInput | null
  lastEvent?: EdgeEventInput | null
  list?: KeyInput | null
  not?: RuleInput | null
  random?: RandomInput | null
  record?: RecordRuleInput | null
  segment?: KeyInput | null
  sequence?: SequenceInput | null
}

export type RuleRecordKind = 'ACTIVITY' | 'CONTACT' | 'CONTRACT' | 'LEAD' | 'MEMBERSHIP' | 'OPPORTUNITY' | 'ORDER' | 'ORDER_ITEM' | 'TICKET'

export type RuleTemplateKeyInput = {
  as: string
  of: string
}

export type RuleTemplateParameterType = 'DURATION' | 'EVENTS' | 'NUMBER'

export type ScoreLabelInput = {
  base?: number | null
  max?: number | null
  min?: number | null
  parts: (ScorePartInput)[]
}

export type ScorePartInput = {
  points: number
  when: RuleInput
}

export type SegmentFilter = {
  and?: (SegmentFilter)[] | null
  backfilledVersion?: IntFilter | null
  createdAt?: DateTimeFilter | null
  description?: StringFilter | null
  id?: IDFilter | null
  key?: StringFilter | null
  name?: StringFilter | null
  not?: SegmentFilter | null
  or?: (SegmentFilter)[] | null
  rule?: (JSONFilter)[] | null
  status?: DefinitionStatusFilter | null
  subject?: DefinitionSubjectFilter | null
  updatedAt?: DateTimeFilter | null
  version?: IntFilter | null
}

export type SequenceInput = {
  by?: string | null
  steps: (EventMatcherInput)[]
  strict?: boolean | null
  within?: string | null
}

export type SplitProfileInput = {
  identifierIds: (string)[]
  profileId: string
  reason?: string | null
}

export type StringFilter = {
  contains?: string | null
  endsWith?: string | null
  eq?: string | null
  gt?: string | null
  gte?: string | null
  ignoreCase?: boolean | null
  in?: (string)[] | null
  isNull?: boolean | null
  lt?: string | null
  lte?: string | null
  ne?: string | null
  notIn?: (string)[] | null
  startsWith?: string | null
}

export type TrafficAction = 'DROP' | 'KEEP' | 'MARK'

export type TraitSourceKind = 'CONTACT' | 'EVENT' | 'LEAD'

export type TransitionCause = 'ARCHIVED' | 'BACKFILL' | 'CHANGE' | 'ERASED' | 'MERGE' | 'TIMER'

export type TransitionKind = 'LABEL_CHANGED' | 'SEGMENT_ENTERED' | 'SEGMENT_LEFT'

export type TransitionTrigger = 'DEFINITION' | 'EVENT' | 'IDENTITY' | 'STATE' | 'TIME' | 'UNKNOWN'

export type UndoMergeInput = {
  mergeId: string
  reason?: string | null
}

export type UnknownEventAction = 'ALLOW' | 'COUNT' | 'REFUSE'

export type UpdateBehaviorInput = {
  channel?: string | null
  description?: string | null
  id: string
  identifiers?: (string)[] | null
  mode?: BehaviorMode | null
  name?: string | null
  properties?: (BehaviorPropertyInput)[] | null
  purpose?: string | null
  retentionDays?: number | null
  samplePercent?: number | null
}

export type UpdateConsentPurposeInput = {
  channels?: (string)[] | null
  description?: string | null
  key: string
  name?: string | null
  retired?: boolean | null
}

export type UpdateFieldInput = {
  choices?: (string)[] | null
  default?: Json | null
  description?: string | null
  id: string
  indexed?: boolean | null
  personal?: FieldPersonal | null
  required?: boolean | null
  retentionDays?: number | null
  type?: FieldType | null
  unique?: boolean | null
}

export type UpdateGateInput = {
  bots?: TrafficAction | null
  eventsPerSecond?: number | null
  internal?: TrafficAction | null
  internalDomains?: (string)[] | null
  internalNetworks?: (string)[] | null
  internalUsers?: (string)[] | null
  personalData?: (PersonalDataRuleInput)[] | null
  unknownEvents?: UnknownEventAction | null
}

export type UpdateIdentifierTypeInput = {
  blocked?: (string)[] | null
  country?: string | null
  key: string
  max?: number | null
  normaliser?: IdentifierNormaliser | null
  peopleLimit?: number | null
  priority?: number | null
  shared?: boolean | null
  weights?: Json | null
}

export type UpdateLabelInput = {
  accountTree?: AccountLabelRuleInput | null
  description?: string | null
  id: string
  name?: string | null
  rule?: Json | null
  subject?: DefinitionSubject | null
  tree?: LabelRuleInput | null
}

export type UpdatePostgresSourceInput = {
  everySeconds?: number | null
  mapping?: string | null
  restart?: boolean | null
  source: string
  status?: PostgresSourceStatus | null
  url?: string | null
}

export type UpdateSegmentInput = {
  accountTree?: AccountRuleInput | null
  description?: string | null
  id: string
  name?: string | null
  rule?: Json | null
  subject?: DefinitionSubject | null
  tree?: RuleInput | null
}

export type UpdateSourceInput = {
  channel?: string | null
  id: string
  name?: string | null
  purpose?: string | null
}

export type UpdateTenantInput = {
  name?: string | null
  timezone?: string | null
}

export type UpdateWebhookInput = {
  header?: string | null
  mapping?: string | null
  secret?: string | null
  source: string
  verify?: WebhookVerify | null
}

export type WebhookVerify = 'hmac' | 'hubspot' | 'shopify' | 'standard' | 'stripe'

export type Weekday = 'FRIDAY' | 'MONDAY' | 'SATURDAY' | 'SUNDAY' | 'THURSDAY' | 'TUESDAY' | 'WEDNESDAY'

export type WhereInput = {
  all?: (WhereInput)[] | null
  any?: (WhereInput)[] | null
  condition?: ConditionInput | null
  not?: WhereInput | null
}
