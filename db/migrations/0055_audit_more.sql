-- What Kith itself counts on tables that are audited: how far an index is, and the whole plan beside the changes it made.
SELECT ops.audit('fields', ARRAY['index_state', 'index_progress', 'index_error']);
--> statement-breakpoint
SELECT ops.audit('plans', ARRAY['document']);
