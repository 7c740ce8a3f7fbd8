-- The history of a label, and who had which value at an instant.
CREATE INDEX transitions_by_label ON transitions (tenant_id, label_id, at) WHERE label_id IS NOT NULL;
