-- What must run before a tenant is known: a short list of definer functions that return ids and times, no content.
GRANT SELECT ON organizations, channel_accounts, conversations, outbox TO auzap_lookup;
GRANT UPDATE (hinted_at) ON conversations, outbox TO auzap_lookup;
-- No more rows than the functions below are about: what receives, what waits for the agent, what is still to be sent.
CREATE POLICY lookup ON organizations FOR SELECT TO auzap_lookup USING (status <> 'closed');
CREATE POLICY lookup ON channel_accounts FOR SELECT TO auzap_lookup USING (status <> 'disconnected');
CREATE POLICY lookup ON conversations FOR SELECT TO auzap_lookup USING (state <> 'closed');
CREATE POLICY lookup ON outbox FOR SELECT TO auzap_lookup USING (state IN ('queued', 'sending'));
CREATE POLICY lookup_hint ON conversations FOR UPDATE TO auzap_lookup
  USING (state = 'ai' AND answer_at IS NOT NULL) WITH CHECK (state = 'ai' AND answer_at IS NOT NULL);
CREATE POLICY lookup_hint ON outbox FOR UPDATE TO auzap_lookup
  USING (state IN ('queued', 'sending')) WITH CHECK (state IN ('queued', 'sending'));

GRANT CREATE ON SCHEMA app TO auzap_lookup;
SET LOCAL ROLE auzap_lookup;

-- The first statement of every transaction. The settings are local to it, so a pooled connection cannot carry a tenant on.
CREATE FUNCTION app.begin_tenant(organization uuid, actor text) RETURNS TABLE (status text, settings_version integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  SELECT o.status, o.settings_version INTO begin_tenant.status, begin_tenant.settings_version
  FROM public.organizations o WHERE o.id = organization;
  IF status IS DISTINCT FROM 'active' THEN
    RAISE EXCEPTION 'organization % is %', organization, coalesce(status, 'unknown') USING ERRCODE = 'AZ001';
  END IF;
  PERFORM set_config('app.organization', organization::text, true), set_config('app.actor', actor, true);
  RETURN NEXT;
END
$$;

CREATE FUNCTION app.find_channel_account(channel text, external_id text) RETURNS TABLE (organization_id uuid, account_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT a.organization_id, a.id FROM public.channel_accounts a
  JOIN public.organizations o ON o.id = a.organization_id AND o.status = 'active'
  WHERE a.channel = find_channel_account.channel AND a.external_id = find_channel_account.external_id AND a.status <> 'disconnected'
$$;

CREATE FUNCTION app.find_business_accounts(channel text, business_id text) RETURNS TABLE (organization_id uuid, account_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT a.organization_id, a.id FROM public.channel_accounts a
  JOIN public.organizations o ON o.id = a.organization_id AND o.status = 'active'
  WHERE a.channel = find_business_accounts.channel AND a.business_id = find_business_accounts.business_id AND a.status <> 'disconnected'
$$;

CREATE FUNCTION app.connected_accounts() RETURNS TABLE (organization_id uuid, account_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT a.organization_id, a.id FROM public.channel_accounts a
  JOIN public.organizations o ON o.id = a.organization_id AND o.status = 'active'
  WHERE a.status <> 'disconnected' ORDER BY a.organization_id, a.id
$$;

-- Conversations whose hint was lost or whose turn died. Stamped here, so that two sweeps do not hint the same ones.
CREATE FUNCTION app.unhinted_conversations(most integer) RETURNS TABLE (organization_id uuid, conversation_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH due AS (
    SELECT c.organization_id, c.id FROM public.conversations c
    WHERE c.answer_at < app.now() - interval '5 seconds' AND c.answer_at IS NOT NULL AND c.state = 'ai'
      AND (c.lease_until IS NULL OR c.lease_until < app.now())
      AND (c.hinted_at IS NULL OR c.hinted_at < app.now() - interval '2 minutes')
    ORDER BY c.answer_at LIMIT most FOR UPDATE OF c SKIP LOCKED
  )
  UPDATE public.conversations c SET hinted_at = app.now() FROM due
  WHERE c.organization_id = due.organization_id AND c.id = due.id
  RETURNING c.organization_id, c.id
$$;

CREATE FUNCTION app.unhinted_outbox(most integer) RETURNS TABLE (organization_id uuid, conversation_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH due AS (
    SELECT o.organization_id, o.id FROM public.outbox o
    WHERE o.state IN ('queued', 'sending') AND o.due_at < app.now() - interval '5 seconds'
      AND (o.claimed_at IS NULL OR o.claimed_at < app.now() - interval '60 seconds')
      AND (o.hinted_at IS NULL OR o.hinted_at < app.now() - interval '2 minutes')
      AND NOT EXISTS (
        SELECT FROM public.conversations c JOIN public.channel_accounts a
          ON a.organization_id = c.organization_id AND a.id = c.channel_account_id
        WHERE c.organization_id = o.organization_id AND c.id = o.conversation_id AND a.sending_paused_until > app.now())
    ORDER BY o.due_at LIMIT most FOR UPDATE OF o SKIP LOCKED
  ), stamped AS (
    UPDATE public.outbox o SET hinted_at = app.now() FROM due
    WHERE o.organization_id = due.organization_id AND o.id = due.id
    RETURNING o.organization_id, o.conversation_id
  )
  SELECT DISTINCT organization_id, conversation_id FROM stamped
$$;

-- By the owner of the functions: nobody else's grant or revocation counts.
REVOKE EXECUTE ON FUNCTION app.begin_tenant(uuid, text), app.find_channel_account(text, text),
  app.find_business_accounts(text, text), app.connected_accounts(), app.unhinted_conversations(integer),
  app.unhinted_outbox(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.begin_tenant(uuid, text), app.find_channel_account(text, text),
  app.find_business_accounts(text, text), app.connected_accounts(), app.unhinted_conversations(integer),
  app.unhinted_outbox(integer) TO auzap_app;
GRANT EXECUTE ON FUNCTION app.begin_tenant(uuid, text) TO auzap_owner;

RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM auzap_lookup;
