-- The send path: how fast, until when, and with which template where a window is closed.
ALTER TABLE outbox DROP CONSTRAINT outbox_kind_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_kind_check CHECK (kind IN ('reply', 'handoff', 'apology', 'notice', 'template', 'staff'));
ALTER TABLE outbox DROP CONSTRAINT outbox_state_check;
-- held: the customer's window is closed; it waits for them to write.
ALTER TABLE outbox ADD CONSTRAINT outbox_state_check CHECK (state IN ('queued', 'sending', 'held', 'sent', 'failed', 'cancelled', 'expired'));
ALTER TABLE outbox
  ADD expires_at timestamptz NOT NULL DEFAULT app.now() + interval '24 hours',
  -- Said once for one occasion, however often it is noticed.
  ADD once_key text CHECK (length(once_key) BETWEEN 1 AND 200),
  -- The template that asks the customer to write, while this one is held.
  ADD waits_for uuid,
  ADD FOREIGN KEY (organization_id, waits_for) REFERENCES outbox;
ALTER TABLE outbox ALTER expires_at DROP DEFAULT;
CREATE UNIQUE INDEX outbox_said_once ON outbox (organization_id, once_key) WHERE once_key IS NOT NULL;
CREATE INDEX outbox_waiting_for ON outbox (organization_id, waits_for) WHERE waits_for IS NOT NULL;
DROP INDEX outbox_unsent;
CREATE INDEX outbox_unsent ON outbox (organization_id, conversation_id, id) WHERE state IN ('queued', 'held', 'sending');
CREATE INDEX outbox_held ON outbox (expires_at) WHERE state = 'held';

-- How long what is said is worth sending, where whoever says it does not know better: nobody wants a stale good morning.
CREATE FUNCTION app.set_expiry() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  NEW.expires_at := NEW.due_at + CASE NEW.kind
    WHEN 'apology' THEN interval '2 hours' WHEN 'notice' THEN interval '2 hours'
    WHEN 'reply' THEN interval '12 hours' WHEN 'handoff' THEN interval '12 hours'
    ELSE interval '24 hours' END;
  RETURN NEW;
END
$$;
CREATE TRIGGER expiry BEFORE INSERT ON outbox FOR EACH ROW WHEN (NEW.expires_at IS NULL) EXECUTE FUNCTION app.set_expiry();

ALTER TABLE conversations
  -- One message each 6 seconds to one person, 45 of them borrowed: up to when the time is spent already.
  ADD paced_until timestamptz,
  -- The customer's message after which the provider called their window closed, whatever our clock says.
  ADD window_closed_after timestamptz;

-- A minute less than a day: a message that leaves in the last one arrives too late.
CREATE FUNCTION app.is_window_open(last_inbound_at timestamptz, window_closed_after timestamptz) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(last_inbound_at > app.now() - interval '23 hours 59 minutes', false)
  AND last_inbound_at IS DISTINCT FROM window_closed_after;
GRANT EXECUTE ON FUNCTION app.is_window_open(timestamptz, timestamptz) TO auzap_app, auzap_lookup;

ALTER TABLE channel_accounts
  ADD per_second smallint NOT NULL DEFAULT 80 CHECK (per_second BETWEEN 1 AND 1000),
  ADD campaigns_paused_until timestamptz,
  ADD token_expires_at timestamptz;

-- One row a number, apart from the account: it changes with every message.
CREATE TABLE sending_pace (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  channel_account_id uuid NOT NULL,
  paced_until timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, channel_account_id),
  FOREIGN KEY (organization_id, channel_account_id) REFERENCES channel_accounts ON DELETE CASCADE
) WITH (fillfactor = 50);
CALL app.protect('sending_pace');
GRANT SELECT, INSERT, UPDATE ON sending_pace TO auzap_app;

CREATE TABLE message_templates (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  -- Templates belong to the business account, and all of its numbers may send them.
  business_id text NOT NULL,
  name text NOT NULL CHECK (name ~ '^[a-z0-9_]+$' AND length(name) <= 512),
  language text NOT NULL CHECK (language ~ '^[a-z]{2}(_[A-Z]{2})?$'),
  -- What the house uses it for: 'reopen' asks a customer to open the window again.
  purpose text CHECK (purpose IN ('reopen')),
  category text NOT NULL CHECK (category IN ('utility', 'marketing', 'authentication')),
  status text NOT NULL CHECK (status IN ('pending', 'approved', 'rejected', 'paused', 'disabled')),
  body text NOT NULL CHECK (length(body) BETWEEN 1 AND 1024),
  -- What stands between double braces in the body: numbers, or names.
  parameters text[] NOT NULL DEFAULT '{}',
  -- The texts of its quick replies.
  buttons jsonb NOT NULL DEFAULT '[]',
  updated_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX message_templates_name ON message_templates (organization_id, business_id, name, language);
CALL app.protect('message_templates');
GRANT SELECT, INSERT, UPDATE, DELETE ON message_templates TO auzap_app;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON message_templates FOR EACH ROW EXECUTE FUNCTION app.record_audit();

ALTER POLICY lookup ON outbox USING (state IN ('queued', 'held', 'sending'));
ALTER POLICY lookup_hint ON outbox USING (state IN ('queued', 'held', 'sending')) WITH CHECK (state IN ('queued', 'held', 'sending'));

GRANT CREATE ON SCHEMA app TO auzap_lookup;
SET LOCAL ROLE auzap_lookup;

-- As before, but nothing that stands behind a message which is not to go yet; and what is held although its customer has
-- written, or for longer than it is worth.
CREATE OR REPLACE FUNCTION app.unhinted_outbox(most integer) RETURNS TABLE (organization_id uuid, conversation_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH due AS (
    SELECT o.organization_id, o.id FROM public.outbox o
    JOIN public.organizations tenant ON tenant.id = o.organization_id AND tenant.status = 'active'
    WHERE o.state IN ('queued', 'sending') AND o.due_at < app.now() - interval '5 seconds'
      AND (o.claimed_at IS NULL OR o.claimed_at < app.now() - interval '60 seconds')
      AND (o.hinted_at IS NULL OR o.hinted_at < app.now() - interval '2 minutes')
      AND NOT EXISTS (
        SELECT FROM public.conversations c JOIN public.channel_accounts a
          ON a.organization_id = c.organization_id AND a.id = c.channel_account_id
        WHERE c.organization_id = o.organization_id AND c.id = o.conversation_id AND a.sending_paused_until > app.now())
      -- What is older goes first, and looks after what is behind it.
      AND NOT EXISTS (
        SELECT FROM public.outbox older
        WHERE older.organization_id = o.organization_id AND older.conversation_id = o.conversation_id AND older.id < o.id
          AND (older.state = 'queued' AND older.due_at > app.now()
            OR older.state = 'sending' AND older.claimed_at >= app.now() - interval '60 seconds'))
    ORDER BY o.due_at LIMIT most FOR UPDATE OF o SKIP LOCKED
  ), released AS (
    SELECT o.organization_id, o.id FROM public.outbox o
    JOIN public.organizations tenant ON tenant.id = o.organization_id AND tenant.status = 'active'
    JOIN public.conversations c ON c.organization_id = o.organization_id AND c.id = o.conversation_id
    WHERE o.state = 'held' AND (o.hinted_at IS NULL OR o.hinted_at < app.now() - interval '2 minutes')
      AND (o.expires_at <= app.now() OR app.is_window_open(c.last_inbound_at, c.window_closed_after))
    ORDER BY o.expires_at LIMIT most FOR UPDATE OF o SKIP LOCKED
  ), stamped AS (
    UPDATE public.outbox o SET hinted_at = app.now()
    FROM (SELECT * FROM due UNION ALL SELECT * FROM released) unsent
    WHERE o.organization_id = unsent.organization_id AND o.id = unsent.id
    RETURNING o.organization_id, o.conversation_id
  )
  SELECT DISTINCT organization_id, conversation_id FROM stamped
$$;

RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM auzap_lookup;
