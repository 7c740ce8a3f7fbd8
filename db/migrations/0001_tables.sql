CREATE SCHEMA "ops";
--> statement-breakpoint
CREATE TABLE "accounts" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"external_id" text,
	"name" text NOT NULL,
	"domain" text,
	"industry" text,
	"employees" integer,
	"parent_id" uuid,
	"owner" text,
	"custom" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "accounts_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "accounts_tenant_id_external_id_unique" UNIQUE("tenant_id","external_id")
);
--> statement-breakpoint
CREATE TABLE "activities" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"external_id" text,
	"account_id" uuid,
	"contact_id" uuid,
	"user_id" text,
	"email" text,
	"identifier_id" uuid GENERATED ALWAYS AS (coalesce(identifier_id('contact', contact_id::text), identifier_id('user_id', user_id), identifier_id('email', lower(btrim(email))))) STORED,
	"kind" text NOT NULL,
	"subject" text,
	"body" text,
	"owner" text,
	"occurred_at" timestamptz NOT NULL,
	"custom" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "activities_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "activities_tenant_id_external_id_unique" UNIQUE("tenant_id","external_id")
);
--> statement-breakpoint
CREATE TABLE "contacts" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"external_id" text,
	"account_id" uuid,
	"user_id" text,
	"email" text,
	"phone" text,
	"first_name" text,
	"last_name" text,
	"title" text,
	"stage" text,
	"owner" text,
	"custom" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "contacts_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "contacts_tenant_id_external_id_unique" UNIQUE("tenant_id","external_id")
);
--> statement-breakpoint
CREATE TABLE "contracts" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"external_id" text,
	"account_id" uuid,
	"contact_id" uuid,
	"user_id" text,
	"email" text,
	"identifier_id" uuid GENERATED ALWAYS AS (coalesce(identifier_id('contact', contact_id::text), identifier_id('user_id', user_id), identifier_id('email', lower(btrim(email))))) STORED,
	"name" text NOT NULL,
	"status" text DEFAULT 'draft' NOT NULL,
	"amount" numeric(20, 4),
	"currency" text,
	"starts_at" timestamptz,
	"ends_at" timestamptz,
	"custom" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "contracts_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "contracts_tenant_id_external_id_unique" UNIQUE("tenant_id","external_id")
);
--> statement-breakpoint
CREATE TABLE "leads" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"external_id" text,
	"user_id" text,
	"email" text,
	"phone" text,
	"first_name" text,
	"last_name" text,
	"company" text,
	"status" text DEFAULT 'new' NOT NULL,
	"origin" text,
	"score" numeric,
	"owner" text,
	"converted_contact_id" uuid,
	"custom" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "leads_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "leads_tenant_id_external_id_unique" UNIQUE("tenant_id","external_id")
);
--> statement-breakpoint
CREATE TABLE "memberships" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"external_id" text,
	"contact_id" uuid,
	"user_id" text,
	"email" text,
	"identifier_id" uuid GENERATED ALWAYS AS (coalesce(identifier_id('contact', contact_id::text), identifier_id('user_id', user_id), identifier_id('email', lower(btrim(email))))) STORED,
	"program" text NOT NULL,
	"tier" text,
	"points" numeric,
	"status" text DEFAULT 'active' NOT NULL,
	"starts_at" timestamptz,
	"ends_at" timestamptz,
	"custom" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "memberships_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "memberships_tenant_id_external_id_unique" UNIQUE("tenant_id","external_id")
);
--> statement-breakpoint
CREATE TABLE "opportunities" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"external_id" text,
	"account_id" uuid,
	"contact_id" uuid,
	"user_id" text,
	"email" text,
	"identifier_id" uuid GENERATED ALWAYS AS (coalesce(identifier_id('contact', contact_id::text), identifier_id('user_id', user_id), identifier_id('email', lower(btrim(email))))) STORED,
	"name" text NOT NULL,
	"stage" text NOT NULL,
	"amount" numeric(20, 4),
	"currency" text,
	"close_date" date,
	"owner" text,
	"custom" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "opportunities_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "opportunities_tenant_id_external_id_unique" UNIQUE("tenant_id","external_id")
);
--> statement-breakpoint
CREATE TABLE "order_items" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"external_id" text,
	"order_id" uuid NOT NULL,
	"sku" text NOT NULL,
	"name" text,
	"quantity" numeric NOT NULL,
	"unit_price" numeric(20, 4) NOT NULL,
	"currency" text NOT NULL,
	"custom" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "order_items_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "order_items_tenant_id_external_id_unique" UNIQUE("tenant_id","external_id")
);
--> statement-breakpoint
CREATE TABLE "orders" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"external_id" text,
	"account_id" uuid,
	"contact_id" uuid,
	"user_id" text,
	"email" text,
	"identifier_id" uuid GENERATED ALWAYS AS (coalesce(identifier_id('contact', contact_id::text), identifier_id('user_id', user_id), identifier_id('email', lower(btrim(email))))) STORED,
	"number" text,
	"status" text DEFAULT 'placed' NOT NULL,
	"amount" numeric(20, 4) NOT NULL,
	"currency" text NOT NULL,
	"placed_at" timestamptz NOT NULL,
	"custom" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "orders_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "orders_tenant_id_external_id_unique" UNIQUE("tenant_id","external_id")
);
--> statement-breakpoint
CREATE TABLE "tickets" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"external_id" text,
	"account_id" uuid,
	"contact_id" uuid,
	"user_id" text,
	"email" text,
	"identifier_id" uuid GENERATED ALWAYS AS (coalesce(identifier_id('contact', contact_id::text), identifier_id('user_id', user_id), identifier_id('email', lower(btrim(email))))) STORED,
	"subject" text NOT NULL,
	"status" text DEFAULT 'open' NOT NULL,
	"priority" text,
	"channel" text,
	"opened_at" timestamptz,
	"closed_at" timestamptz,
	"custom" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "tickets_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "tickets_tenant_id_external_id_unique" UNIQUE("tenant_id","external_id")
);
--> statement-breakpoint
CREATE TABLE "dead_letters" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"source_id" uuid,
	"received_at" timestamptz DEFAULT now() NOT NULL,
	"door" text NOT NULL,
	"message_id" text,
	"payload" text NOT NULL,
	"code" text NOT NULL,
	"reason" text NOT NULL,
	"replayed_at" timestamptz,
	CONSTRAINT "dead_letters_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE TABLE "event_ids" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"message_id" text NOT NULL,
	"received_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "event_ids_tenant_id_message_id_pk" PRIMARY KEY("tenant_id","message_id")
);
--> statement-breakpoint
CREATE TABLE "events" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"type" text DEFAULT 'track' NOT NULL,
	"name" text NOT NULL,
	"user_id" text,
	"anonymous_id" text,
	"identifiers" jsonb,
	"occurred_at" timestamptz DEFAULT now() NOT NULL,
	"received_at" timestamptz DEFAULT now() NOT NULL,
	"message_id" text,
	"source_id" uuid,
	"properties" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"traits" jsonb,
	"context" jsonb,
	"identifier_id" uuid GENERATED ALWAYS AS (coalesce(identifier_id('user_id', user_id), identifier_id('anonymous_id', anonymous_id), identifier_id('email', lower(btrim(identifiers ->> 'email'))), identifier_id('phone', identifiers ->> 'phone'))) STORED
);
--> statement-breakpoint
CREATE TABLE "ops"."relays" (
	"slot" text PRIMARY KEY NOT NULL,
	"lsn" "pg_lsn" DEFAULT '0/0' NOT NULL,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	"leader" text,
	"lost" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ops"."workers" (
	"id" text PRIMARY KEY NOT NULL,
	"host" text NOT NULL,
	"pid" integer NOT NULL,
	"started_at" timestamptz DEFAULT now() NOT NULL,
	"seen_at" timestamptz DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "consents" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"contact_id" uuid,
	"user_id" text,
	"email" text,
	"identifier_id" uuid GENERATED ALWAYS AS (coalesce(identifier_id('contact', contact_id::text), identifier_id('user_id', user_id), identifier_id('email', lower(btrim(email))))) STORED,
	"purpose" text NOT NULL,
	"channel" text NOT NULL,
	"state" text NOT NULL,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "consents_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE TABLE "identifiers" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid NOT NULL,
	"type" text NOT NULL,
	"value" text NOT NULL,
	"profile_id" uuid NOT NULL,
	"first_seen" timestamptz NOT NULL,
	"traits" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "identifiers_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE TABLE "profiles" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"traits" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"first_seen" timestamptz NOT NULL,
	"last_seen" timestamptz NOT NULL,
	"merged_into" uuid,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "profiles_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE TABLE "feed" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"seq" bigint NOT NULL,
	"at" timestamptz NOT NULL,
	"kind" text NOT NULL,
	"profile_id" uuid NOT NULL,
	"definition_id" uuid,
	"payload" jsonb NOT NULL,
	CONSTRAINT "feed_tenant_id_seq_pk" PRIMARY KEY("tenant_id","seq")
);
--> statement-breakpoint
CREATE TABLE "feed_heads" (
	"tenant_id" uuid PRIMARY KEY DEFAULT kith_tenant() NOT NULL,
	"last_seq" bigint DEFAULT 0 NOT NULL,
	"first_seq" bigint DEFAULT 1 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "label_values" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"label_id" uuid NOT NULL,
	"profile_id" uuid NOT NULL,
	"value" jsonb NOT NULL,
	"since" timestamptz NOT NULL,
	CONSTRAINT "label_values_tenant_id_label_id_profile_id_pk" PRIMARY KEY("tenant_id","label_id","profile_id")
);
--> statement-breakpoint
CREATE TABLE "labels" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"key" text NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"status" text DEFAULT 'active' NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"backfilled_version" integer DEFAULT 0 NOT NULL,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	"rule" jsonb NOT NULL,
	CONSTRAINT "labels_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "labels_tenant_id_key_unique" UNIQUE("tenant_id","key")
);
--> statement-breakpoint
CREATE TABLE "members" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"segment_id" uuid NOT NULL,
	"profile_id" uuid NOT NULL,
	"since" timestamptz NOT NULL,
	CONSTRAINT "members_tenant_id_segment_id_profile_id_pk" PRIMARY KEY("tenant_id","segment_id","profile_id")
);
--> statement-breakpoint
CREATE TABLE "segments" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"key" text NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"status" text DEFAULT 'active' NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"backfilled_version" integer DEFAULT 0 NOT NULL,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"updated_at" timestamptz DEFAULT now() NOT NULL,
	"rule" jsonb NOT NULL,
	CONSTRAINT "segments_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "segments_tenant_id_key_unique" UNIQUE("tenant_id","key")
);
--> statement-breakpoint
CREATE TABLE "timers" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"profile_id" uuid NOT NULL,
	"due_at" timestamptz NOT NULL,
	CONSTRAINT "timers_tenant_id_profile_id_pk" PRIMARY KEY("tenant_id","profile_id")
);
--> statement-breakpoint
CREATE TABLE "transitions" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"at" timestamptz NOT NULL,
	"kind" text NOT NULL,
	"profile_id" uuid NOT NULL,
	"segment_id" uuid,
	"label_id" uuid,
	"from_value" jsonb,
	"to_value" jsonb,
	"cause" text NOT NULL,
	CONSTRAINT "transitions_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"source_id" uuid,
	"name" text NOT NULL,
	"hash" text NOT NULL,
	"scopes" text[] NOT NULL,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"revoked_at" timestamptz,
	CONSTRAINT "api_keys_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "api_keys_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "sources" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"name" text NOT NULL,
	"kind" text DEFAULT 'http' NOT NULL,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "sources_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "sources_tenant_id_name_unique" UNIQUE("tenant_id","name")
);
--> statement-breakpoint
CREATE TABLE "tenants" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"timezone" text DEFAULT 'UTC' NOT NULL,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "tenants_slug_unique" UNIQUE("slug")
);
--> statement-breakpoint
CREATE INDEX "accounts_by_domain" ON "accounts" USING btree ("tenant_id","domain");--> statement-breakpoint
CREATE INDEX "accounts_by_parent" ON "accounts" USING btree ("tenant_id","parent_id");--> statement-breakpoint
CREATE INDEX "activities_by_account" ON "activities" USING btree ("tenant_id","account_id");--> statement-breakpoint
CREATE INDEX "activities_by_identifier" ON "activities" USING btree ("tenant_id","identifier_id","occurred_at");--> statement-breakpoint
CREATE INDEX "contacts_by_account" ON "contacts" USING btree ("tenant_id","account_id");--> statement-breakpoint
CREATE INDEX "contacts_by_email" ON "contacts" USING btree ("tenant_id","email");--> statement-breakpoint
CREATE INDEX "contracts_by_account" ON "contracts" USING btree ("tenant_id","account_id");--> statement-breakpoint
CREATE INDEX "contracts_by_identifier" ON "contracts" USING btree ("tenant_id","identifier_id");--> statement-breakpoint
CREATE INDEX "leads_by_email" ON "leads" USING btree ("tenant_id","email");--> statement-breakpoint
CREATE INDEX "memberships_by_identifier" ON "memberships" USING btree ("tenant_id","identifier_id");--> statement-breakpoint
CREATE INDEX "opportunities_by_account" ON "opportunities" USING btree ("tenant_id","account_id");--> statement-breakpoint
CREATE INDEX "opportunities_by_identifier" ON "opportunities" USING btree ("tenant_id","identifier_id");--> statement-breakpoint
CREATE INDEX "order_items_by_order" ON "order_items" USING btree ("tenant_id","order_id");--> statement-breakpoint
CREATE INDEX "orders_by_identifier" ON "orders" USING btree ("tenant_id","identifier_id","placed_at");--> statement-breakpoint
CREATE INDEX "orders_by_account" ON "orders" USING btree ("tenant_id","account_id");--> statement-breakpoint
CREATE INDEX "tickets_by_account" ON "tickets" USING btree ("tenant_id","account_id");--> statement-breakpoint
CREATE INDEX "tickets_by_identifier" ON "tickets" USING btree ("tenant_id","identifier_id");--> statement-breakpoint
CREATE INDEX "event_ids_by_time" ON "event_ids" USING brin ("received_at");--> statement-breakpoint
CREATE INDEX "events_by_identifier" ON "events" USING btree ("tenant_id","identifier_id","occurred_at");--> statement-breakpoint
CREATE INDEX "events_by_time" ON "events" USING btree ("tenant_id","occurred_at","id");--> statement-breakpoint
CREATE INDEX "consents_by_identifier" ON "consents" USING btree ("tenant_id","identifier_id");--> statement-breakpoint
CREATE INDEX "identifiers_by_profile" ON "identifiers" USING btree ("tenant_id","profile_id");--> statement-breakpoint
CREATE INDEX "identifiers_by_value" ON "identifiers" USING btree ("tenant_id","value","type");--> statement-breakpoint
CREATE INDEX "profiles_merged" ON "profiles" USING btree ("tenant_id","merged_into") WHERE merged_into is not null;--> statement-breakpoint
CREATE INDEX "label_values_by_profile" ON "label_values" USING btree ("tenant_id","profile_id");--> statement-breakpoint
CREATE INDEX "members_by_profile" ON "members" USING btree ("tenant_id","profile_id");--> statement-breakpoint
CREATE INDEX "timers_by_due" ON "timers" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "transitions_by_profile" ON "transitions" USING btree ("tenant_id","profile_id","at");--> statement-breakpoint
CREATE INDEX "transitions_by_segment" ON "transitions" USING btree ("tenant_id","segment_id","at");