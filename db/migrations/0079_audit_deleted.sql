-- What is gone, for those who ask a rule of the past (engine/rules/then.ts): without it they would read all that was ever written of a table.
CREATE INDEX "audit_log_deleted" ON "audit_log" ("tenant_id", "object", "at") WHERE action = 'deleted';
