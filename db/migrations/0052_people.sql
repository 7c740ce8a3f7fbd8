-- People who sign in. An account is a person's on the whole platform, what they are in a tenant is the tenant's.
CREATE TABLE "ops"."users" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"email" text NOT NULL,
	"password" text,
	"oidc_issuer" text,
	"oidc_subject" text,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "users_email_unique" UNIQUE("email"),
	CONSTRAINT "users_oidc_issuer_oidc_subject_unique" UNIQUE("oidc_issuer","oidc_subject"),
	CONSTRAINT "users_email_check" CHECK (email = lower(btrim(email)) AND email LIKE '%_@_%')
);
--> statement-breakpoint
-- How many attempts to sign in are left, of an address and of a browser that has signed in before (docs/access.md).
CREATE TABLE "ops"."sign_in_attempts" (
	"subject" text PRIMARY KEY NOT NULL,
	"tokens" double precision NOT NULL,
	"at" timestamptz DEFAULT now() NOT NULL,
	"device" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE TABLE "team_members" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"user_id" uuid NOT NULL,
	"email" text NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	CONSTRAINT "team_members_tenant_id_user_id_pk" PRIMARY KEY("tenant_id","user_id"),
	CONSTRAINT "team_members_role_check" CHECK (role IN ('owner', 'marketer', 'analyst', 'operator', 'developer'))
);
--> statement-breakpoint
ALTER TABLE team_members ADD FOREIGN KEY (user_id) REFERENCES ops.users;
--> statement-breakpoint
CREATE INDEX "team_members_by_user" ON "team_members" USING btree ("user_id");
--> statement-breakpoint
-- One-time links: to join, or for somebody who is there, to choose a new password.
CREATE TABLE "invitations" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"purpose" text NOT NULL,
	"email" text NOT NULL,
	"role" text,
	"hash" text NOT NULL,
	"invited_by" uuid,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"expires_at" timestamptz NOT NULL,
	"used_at" timestamptz,
	CONSTRAINT "invitations_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "invitations_hash_unique" UNIQUE("hash"),
	CONSTRAINT "invitations_purpose_check" CHECK (purpose = 'join' AND role IN ('owner', 'marketer', 'analyst', 'operator', 'developer') OR purpose = 'password' AND role IS NULL),
	CONSTRAINT "invitations_email_check" CHECK (email = lower(btrim(email)) AND email LIKE '%_@_%')
);
--> statement-breakpoint
-- Who is signed in, in which tenant. Of the token in the cookie only its SHA-256 is kept.
CREATE TABLE "sessions" (
	"tenant_id" uuid DEFAULT kith_tenant() NOT NULL,
	"id" uuid DEFAULT uuidv7() NOT NULL,
	"user_id" uuid NOT NULL,
	"hash" text NOT NULL,
	"browser" text,
	"created_at" timestamptz DEFAULT now() NOT NULL,
	"seen_at" timestamptz DEFAULT now() NOT NULL,
	"expires_at" timestamptz NOT NULL,
	CONSTRAINT "sessions_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "sessions_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
-- Who leaves the team is signed out.
ALTER TABLE sessions ADD FOREIGN KEY (tenant_id, user_id) REFERENCES team_members ON DELETE CASCADE;
--> statement-breakpoint
CREATE INDEX "sessions_by_user" ON "sessions" USING btree ("tenant_id","user_id");
--> statement-breakpoint
SELECT ops.isolate_tenants();
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON team_members, invitations, sessions TO kith_api;
--> statement-breakpoint
GRANT SELECT, DELETE ON invitations, sessions TO kith_worker;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON ops.users, ops.sign_in_attempts TO kith_api;
--> statement-breakpoint
GRANT SELECT, DELETE ON ops.sign_in_attempts TO kith_worker;
--> statement-breakpoint

-- What arrives before its tenant is known: a cookie, a link, a person who has said the right password. Each finds by a secret, or
-- by an account, and nothing else.
CREATE FUNCTION public.session_of(token_hash text)
RETURNS TABLE (tenant_id uuid, session_id uuid, user_id uuid, email text, role text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  UPDATE public.sessions s SET seen_at = now() WHERE s.hash = token_hash AND s.expires_at > now() AND s.seen_at < now() - interval '1 minute';
  RETURN QUERY
  SELECT s.tenant_id, s.id, s.user_id, m.email, m.role
  FROM public.sessions s JOIN public.team_members m ON m.tenant_id = s.tenant_id AND m.user_id = s.user_id
  WHERE s.hash = token_hash AND s.expires_at > now();
END
$$;
--> statement-breakpoint
CREATE FUNCTION public.invitation_of(token_hash text)
RETURNS TABLE (tenant_id uuid, id uuid, tenant_name text, purpose text, email text, role text, user_id uuid, has_password boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
SELECT i.tenant_id, i.id, t.name, i.purpose, i.email, i.role, u.id, u.password IS NOT NULL
FROM public.invitations i JOIN public.tenants t ON t.id = i.tenant_id LEFT JOIN ops.users u ON u.email = i.email
WHERE i.hash = token_hash AND i.used_at IS NULL AND i.expires_at > now()
$$;
--> statement-breakpoint
CREATE FUNCTION public.tenants_of(account uuid)
RETURNS TABLE (tenant_id uuid, slug text, name text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
SELECT t.id, t.slug, t.name, m.role FROM public.team_members m JOIN public.tenants t ON t.id = m.tenant_id
WHERE m.user_id = account ORDER BY t.name, t.id
$$;
--> statement-breakpoint
-- Invitations that wait for somebody whose address an identity provider vouches for.
CREATE FUNCTION public.invitations_for(address text) RETURNS TABLE (tenant_id uuid, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
SELECT i.tenant_id, i.id FROM public.invitations i
WHERE i.email = address AND i.purpose = 'join' AND i.used_at IS NULL AND i.expires_at > now()
$$;
--> statement-breakpoint
CREATE FUNCTION public.tenant_of(named text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
SELECT id FROM public.tenants WHERE slug = named
$$;
--> statement-breakpoint
-- A new password, or another way in, ends every session of an account, in whichever tenant.
CREATE FUNCTION public.end_sessions_of(account uuid) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
WITH ended AS (DELETE FROM public.sessions WHERE user_id = account RETURNING 1) SELECT count(*)::integer FROM ended
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION public.session_of(text), public.invitation_of(text), public.tenants_of(uuid), public.invitations_for(text),
  public.tenant_of(text), public.end_sessions_of(uuid) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION public.session_of(text), public.invitation_of(text), public.tenants_of(uuid), public.invitations_for(text),
  public.tenant_of(text), public.end_sessions_of(uuid) TO kith_api;
