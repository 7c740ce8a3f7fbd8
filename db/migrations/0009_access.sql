-- A person says one thing about a purpose and channel; saying it again changes it.
ALTER TABLE consents ADD CONSTRAINT consents_tenant_id_identifier_id_purpose_channel_unique UNIQUE (tenant_id, identifier_id, purpose, channel);
--> statement-breakpoint
DROP INDEX consents_by_identifier;
--> statement-breakpoint
-- A tenant's latest transitions.
CREATE INDEX transitions_by_time ON transitions (tenant_id, at, id);
