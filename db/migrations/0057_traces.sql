-- Where a traced request has committed, the write-ahead log says so, behind what it wrote: the relay passes it on to the job.
CREATE FUNCTION ops.emit_trace(context text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT pg_logical_emit_message(true, 'kith', jsonb_build_object('tenant', public.kith_tenant(), 'people', '[]'::jsonb, 'trace', context)::text)
WHERE public.kith_tenant() IS NOT NULL AND context ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$'
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION ops.emit_trace(text) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION ops.emit_trace(text) TO kith_api;
