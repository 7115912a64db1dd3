-- What the house watches over: its numbers, what no queue could deliver, and questions to the team.
CREATE TABLE channel_events (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  channel_account_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('status', 'quality', 'limit', 'subscription', 'token', 'silence')),
  was text,
  is_now text,
  reason text,
  noticed_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, channel_account_id) REFERENCES channel_accounts ON DELETE CASCADE
);
CREATE INDEX channel_events_of ON channel_events (organization_id, channel_account_id, id);
CALL app.protect('channel_events');
GRANT SELECT, INSERT ON channel_events TO auzap_app;
CREATE TRIGGER change AFTER INSERT ON channel_events FOR EACH ROW EXECUTE FUNCTION app.record_change();

ALTER TABLE dead_letters
  ADD reason text NOT NULL DEFAULT 'unknown',
  ADD redrives integer NOT NULL DEFAULT 0,
  ADD settled_at timestamptz,
  ADD settled_by text;
CREATE INDEX dead_letters_kept ON dead_letters (organization_id, id) WHERE state = 'kept';
CREATE TRIGGER change AFTER INSERT OR UPDATE ON dead_letters FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER audit AFTER UPDATE ON dead_letters FOR EACH ROW EXECUTE FUNCTION app.record_audit('body');

-- Whether a telephone is one of the shop's own people, however Brazil's ninth digit is spelled on either side.
CREATE FUNCTION app.is_owner(phone text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN EXISTS (
  SELECT FROM public.authorized_owner_numbers o
  WHERE o.is_active AND regexp_replace(o.phone, '^\+55(\d\d)9([6-9]\d{7})$', '+55\1\2')
    = regexp_replace(is_owner.phone, '^\+55(\d\d)9([6-9]\d{7})$', '+55\1\2'));
GRANT EXECUTE ON FUNCTION app.is_owner(text) TO auzap_app;

-- A question that the agent could not answer, and the team's answer on its way back to the right customer.
CREATE TABLE escalations (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  conversation_id uuid NOT NULL,
  question text NOT NULL CHECK (length(question) BETWEEN 1 AND 1000),
  -- The message that asked the team: an answer quotes it.
  asked_outbox_id uuid,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'answered', 'resolved')),
  answer text CHECK (length(answer) BETWEEN 1 AND 4000),
  answered_by text,
  -- The message that answered: a turn that is retried meets its own answer, not somebody else's.
  answered_message_id uuid,
  answered_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations,
  FOREIGN KEY (organization_id, asked_outbox_id) REFERENCES outbox,
  CHECK ((state = 'pending') = (answer IS NULL))
);
CREATE INDEX escalations_pending ON escalations (organization_id, id) WHERE state = 'pending';
CREATE INDEX escalations_of ON escalations (organization_id, conversation_id, id);
CREATE UNIQUE INDEX escalations_asked ON escalations (organization_id, asked_outbox_id) WHERE asked_outbox_id IS NOT NULL;
CALL app.protect('escalations');
GRANT SELECT, INSERT, UPDATE ON escalations TO auzap_app;
-- The question that a quoted message of ours has asked. Strict: most messages quote nothing, and are not looked for.
CREATE FUNCTION app.question_quoted(account uuid, provider_id text) RETURNS uuid
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN (
  SELECT e.id FROM public.message_keys k
  JOIN public.messages m ON m.id = k.message_id
  JOIN public.escalations e ON e.asked_outbox_id = m.outbox_id
  WHERE k.channel_account_id = question_quoted.account AND k.provider_id = question_quoted.provider_id);
GRANT EXECUTE ON FUNCTION app.question_quoted(uuid, text) TO auzap_app;

CREATE TRIGGER change AFTER INSERT OR UPDATE ON escalations FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER audit AFTER INSERT OR UPDATE ON escalations FOR EACH ROW EXECUTE FUNCTION app.record_audit();

GRANT CREATE ON SCHEMA app TO auzap_lookup;
SET LOCAL ROLE auzap_lookup;

-- As before, and first those that were not looked at for longest: a tick may not have time for all.
CREATE OR REPLACE FUNCTION app.connected_accounts() RETURNS TABLE (organization_id uuid, account_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT a.organization_id, a.id FROM public.channel_accounts a
  JOIN public.organizations o ON o.id = a.organization_id AND o.status = 'active'
  WHERE a.status <> 'disconnected' ORDER BY a.checked_at NULLS FIRST, a.organization_id, a.id
$$;

-- Whoever waits for a person and was not summed up for them in time. Not stamped: for so few minutes it is worth another try.
CREATE FUNCTION app.unsummarized_handoffs(most integer)
RETURNS TABLE (organization_id uuid, conversation_id uuid, handoff_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT c.organization_id, c.id, c.handoff_at FROM public.conversations c
  JOIN public.organizations o ON o.id = c.organization_id AND o.status = 'active'
  WHERE c.state = 'waiting_human' AND (c.summary_at IS NULL OR c.summary_at < c.handoff_at)
    AND c.handoff_at > app.now() - interval '6 minutes' AND c.handoff_at <= app.now() - interval '3 minutes'
  ORDER BY c.handoff_at LIMIT most
$$;

REVOKE EXECUTE ON FUNCTION app.unsummarized_handoffs(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.unsummarized_handoffs(integer) TO auzap_app;

RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM auzap_lookup;
