-- Who holds a conversation: the moves that are allowed, their history, and what staff keep with it.
ALTER TABLE conversations
  ADD priority text NOT NULL DEFAULT 'normal' CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
  ADD tags text[] NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 20),
  ADD snoozed_until timestamptz,
  -- When the agent takes it back by itself; the panel shows it. NULL: only when a person says so.
  ADD returns_at timestamptz,
  -- Another conversation of the same person has its messages now.
  ADD merged_into uuid,
  ADD summary text,
  ADD summary_at timestamptz,
  ADD closed_reason text CHECK (length(closed_reason) BETWEEN 1 AND 200),
  -- Answers of the agent since it last took the conversation.
  ADD agent_turns integer NOT NULL DEFAULT 0,
  ADD FOREIGN KEY (organization_id, merged_into) REFERENCES conversations;
CREATE INDEX conversations_returning ON conversations (returns_at) WHERE returns_at IS NOT NULL AND state IN ('waiting_human', 'human');
CREATE INDEX conversations_waiting ON conversations (organization_id, handoff_at) WHERE state = 'waiting_human';
CREATE INDEX conversations_of_contact ON conversations (organization_id, contact_id, closed_at);
CREATE INDEX conversations_of_user ON conversations (organization_id, assigned_user_id) WHERE assigned_user_id IS NOT NULL AND state <> 'closed';

ALTER TABLE organization_settings
  -- Nobody took a handed-over conversation for so long: the agent takes it back, with an apology.
  ADD waiting_timeout interval NOT NULL DEFAULT '30 minutes' CHECK (waiting_timeout BETWEEN '1 minute' AND '7 days'),
  -- After the shop's own phone was last used in it. A panel is closed on purpose, a phone is put away.
  ADD phone_pause interval NOT NULL DEFAULT '1 hour' CHECK (phone_pause BETWEEN '1 minute' AND '7 days'),
  -- After a person last wrote in the panel; NULL: the agent waits until it is given back.
  ADD panel_pause interval DEFAULT '12 hours' CHECK (panel_pause BETWEEN '1 minute' AND '30 days'),
  ADD stale_after interval NOT NULL DEFAULT '7 days' CHECK (stale_after BETWEEN '1 day' AND '90 days'),
  -- For whom of those who are there a handed-over conversation is meant. Anybody may still take it.
  ADD assignment text NOT NULL DEFAULT 'everyone' CHECK (assignment IN ('everyone', 'round_robin', 'least_busy'));

ALTER TABLE memberships
  ADD availability text NOT NULL DEFAULT 'offline' CHECK (availability IN ('online', 'offline')),
  ADD most_conversations integer NOT NULL DEFAULT 10 CHECK (most_conversations BETWEEN 1 AND 200);

-- Whose turn it is to take a conversation, by the shop's rule; NULL where the rule names nobody.
CREATE FUNCTION app.choose_person() RETURNS uuid
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- Two hand-overs at once choose one after the other, and the second sees whom the first has chosen.
  PERFORM FROM public.organization_settings WHERE assignment <> 'everyone' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  RETURN (
    SELECT m.user_id FROM public.organization_settings s CROSS JOIN public.memberships m
    CROSS JOIN LATERAL (
      SELECT count(*) AS number FROM public.conversations c
      WHERE c.assigned_user_id = m.user_id AND c.state IN ('waiting_human', 'human')) held
    CROSS JOIN LATERAL (
      SELECT max(v.moved_at) AS at FROM public.conversation_moves v WHERE v.to_user_id = m.user_id) last
    WHERE m.availability = 'online' AND held.number < m.most_conversations
    ORDER BY CASE s.assignment WHEN 'least_busy' THEN held.number END, last.at NULLS FIRST, m.user_id LIMIT 1);
END
$$;
REVOKE EXECUTE ON FUNCTION app.choose_person() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.choose_person() TO auzap_app;

ALTER TABLE staff_tasks DROP CONSTRAINT staff_tasks_kind_check;
ALTER TABLE staff_tasks ADD CONSTRAINT staff_tasks_kind_check CHECK (kind IN (
  'handoff', 'gave_up', 'arrived_late', 'send_failed', 'window_closed', 'dead_letter', 'call_back', 'expired', 'review'));

-- A wrong move is refused by the database, whoever makes it.
CREATE FUNCTION app.check_conversation_move() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT (
    (OLD.state, NEW.state) IN (
      ('ai', 'waiting_human'), ('waiting_human', 'human'), ('waiting_human', 'ai'), ('human', 'ai'), ('human', 'closed'), ('closed', 'ai'))
    -- The clock closes what nobody has written in for days; a merge closes what went into another; and what is erased is over.
    OR (OLD.state, NEW.state) = ('ai', 'closed') AND app.current_actor() = 'clock'
    OR NEW.state = 'closed' AND (NEW.merged_into IS NOT NULL OR NEW.closed_reason = 'erased')
  ) THEN
    RAISE EXCEPTION 'a conversation does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'AZ002';
  END IF;
  IF NEW.state = 'ai' THEN
    NEW.agent_turns := 0;
    NEW.returns_at := NULL;
    NEW.snoozed_until := NULL;
    NEW.assigned_user_id := NULL;
  END IF;
  NEW.closed_at := CASE WHEN NEW.state = 'closed' THEN app.now() END;
  NEW.closed_reason := CASE WHEN NEW.state = 'closed' THEN NEW.closed_reason END;
  IF NEW.state = 'closed' THEN
    NEW.returns_at := NULL;
    NEW.snoozed_until := NULL;
    NEW.answer_at := NULL;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER move BEFORE UPDATE OF state ON conversations
  FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION app.check_conversation_move();

CREATE TABLE conversation_moves (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  conversation_id uuid NOT NULL,
  from_state text NOT NULL,
  to_state text NOT NULL,
  from_user_id uuid,
  to_user_id uuid,
  reason text,
  actor text NOT NULL DEFAULT app.current_actor(),
  moved_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations
);
CREATE INDEX conversation_moves_of ON conversation_moves (organization_id, conversation_id, id);
CREATE INDEX conversation_moves_to ON conversation_moves (organization_id, to_user_id, moved_at) WHERE to_user_id IS NOT NULL;
CALL app.protect('conversation_moves');
GRANT SELECT, INSERT ON conversation_moves TO auzap_app;

CREATE FUNCTION app.record_conversation_move() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO public.conversation_moves (organization_id, conversation_id, from_state, to_state, from_user_id, to_user_id, reason)
  VALUES (NEW.organization_id, NEW.id, OLD.state, NEW.state, OLD.assigned_user_id, NEW.assigned_user_id,
    CASE WHEN NEW.state = 'closed' THEN NEW.closed_reason WHEN NEW.state <> 'ai' THEN NEW.handoff_reason END);
  RETURN NULL;
END
$$;
CREATE TRIGGER moved AFTER UPDATE OF state, assigned_user_id ON conversations
  FOR EACH ROW WHEN ((OLD.state, OLD.assigned_user_id) IS DISTINCT FROM (NEW.state, NEW.assigned_user_id))
  EXECUTE FUNCTION app.record_conversation_move();

-- Whoever takes it and wherever: what the agent had still to say is not said over a person.
CREATE FUNCTION app.silence_agent() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  WITH silenced AS (
    UPDATE public.outbox SET state = 'cancelled', error_detail = 'taken_over'
    WHERE organization_id = NEW.organization_id AND conversation_id = NEW.id AND author = 'bot' AND state IN ('queued', 'held')
    RETURNING organization_id, id
  )
  UPDATE public.messages m SET delivery = 'failed' FROM silenced
  WHERE m.organization_id = silenced.organization_id AND m.outbox_id = silenced.id;
  RETURN NULL;
END
$$;
CREATE TRIGGER silenced AFTER UPDATE OF state ON conversations
  FOR EACH ROW WHEN (NEW.state = 'human' AND OLD.state <> 'human') EXECUTE FUNCTION app.silence_agent();

CREATE TABLE conversation_notes (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  conversation_id uuid NOT NULL,
  author text NOT NULL DEFAULT app.current_actor(),
  text text NOT NULL CHECK (length(text) BETWEEN 1 AND 4000),
  created_at timestamptz NOT NULL DEFAULT app.now(),
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations
);
CREATE INDEX conversation_notes_of ON conversation_notes (organization_id, conversation_id, id);
CALL app.protect('conversation_notes');
GRANT SELECT, INSERT, DELETE ON conversation_notes TO auzap_app;
-- A merge of two conversations carries the notes over.
GRANT UPDATE (conversation_id) ON conversation_notes TO auzap_app;

-- What staff should know; the panel lists it, and later mail and Telegram carry it.
CREATE TABLE notifications (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  id uuid NOT NULL DEFAULT uuidv7(),
  kind text NOT NULL CHECK (kind ~ '^[a-z0-9_]{3,40}$'),
  level text NOT NULL DEFAULT 'info' CHECK (level IN ('info', 'success', 'warning', 'error')),
  conversation_id uuid,
  detail jsonb NOT NULL DEFAULT '{}',
  -- Said once for one occasion, however often it is noticed.
  once_key text NOT NULL DEFAULT gen_random_uuid()::text CHECK (length(once_key) BETWEEN 1 AND 200),
  created_at timestamptz NOT NULL DEFAULT app.now(),
  read_at timestamptz,
  archived_at timestamptz,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, conversation_id) REFERENCES conversations
);
CREATE UNIQUE INDEX notifications_once ON notifications (organization_id, once_key);
CREATE INDEX notifications_open ON notifications (organization_id, id) WHERE archived_at IS NULL;
CALL app.protect('notifications');
GRANT SELECT, INSERT, UPDATE ON notifications TO auzap_app;

CREATE TRIGGER change AFTER INSERT OR UPDATE ON notifications FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change AFTER INSERT OR DELETE ON conversation_notes FOR EACH ROW EXECUTE FUNCTION app.record_change();
CREATE TRIGGER change_kept AFTER UPDATE OF priority, tags, snoozed_until, returns_at, summary ON conversations
  FOR EACH ROW WHEN (
    (OLD.priority, OLD.tags, OLD.snoozed_until, OLD.returns_at, OLD.summary)
    IS DISTINCT FROM (NEW.priority, NEW.tags, NEW.snoozed_until, NEW.returns_at, NEW.summary)
    -- Told already by the trigger of the move.
    AND (OLD.state, OLD.assigned_user_id, OLD.unread_count, OLD.last_message_at)
    IS NOT DISTINCT FROM (NEW.state, NEW.assigned_user_id, NEW.unread_count, NEW.last_message_at))
  EXECUTE FUNCTION app.record_change();
CREATE TRIGGER audit AFTER INSERT OR DELETE ON conversation_notes FOR EACH ROW EXECUTE FUNCTION app.record_audit();

-- A due job that came too late is kept as expired, and not run.
ALTER TABLE job_runs ADD state text NOT NULL DEFAULT 'claimed' CHECK (state IN ('claimed', 'expired'));
-- Jobs about a shop as a whole, which run by its own clock.
CREATE INDEX job_runs_of_shops ON job_runs (organization_id, nominal_at) WHERE subject = organization_id;

GRANT SELECT (organization_id, job, subject, nominal_at) ON job_runs TO auzap_lookup;
CREATE POLICY lookup ON job_runs FOR SELECT TO auzap_lookup USING (subject = organization_id);
GRANT SELECT (organization_id, time_zone) ON organization_settings TO auzap_lookup;
-- The two columns above, and nothing else: whoever has no clock of its own has no jobs by the clock.
CREATE POLICY lookup ON organization_settings FOR SELECT TO auzap_lookup USING (time_zone <> '');

GRANT CREATE ON SCHEMA app TO auzap_lookup;
SET LOCAL ROLE auzap_lookup;

-- Conversations that the agent takes back by now. Not stamped: whoever takes one back looks again under its lock.
CREATE FUNCTION app.due_returns(most integer) RETURNS TABLE (organization_id uuid, conversation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT c.organization_id, c.id FROM public.conversations c
  JOIN public.organizations o ON o.id = c.organization_id AND o.status = 'active'
  WHERE c.returns_at <= app.now() AND c.returns_at IS NOT NULL AND c.state IN ('waiting_human', 'human')
  ORDER BY c.returns_at LIMIT most
$$;

-- For the jobs that run at an hour of the shop's own day: whose clock says what, from when on it counts, and which jobs
-- it has rung for already.
CREATE FUNCTION app.shop_clocks(since timestamptz)
RETURNS TABLE (organization_id uuid, time_zone text, counts_from timestamptz, rung text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT s.organization_id, s.time_zone, greatest(since, o.created_at), ARRAY(
    SELECT r.job || '@' || extract(epoch FROM r.nominal_at)::bigint FROM public.job_runs r
    WHERE r.organization_id = s.organization_id AND r.subject = r.organization_id AND r.nominal_at > since)
  FROM public.organization_settings s
  JOIN public.organizations o ON o.id = s.organization_id AND o.status = 'active' ORDER BY s.organization_id
$$;

REVOKE EXECUTE ON FUNCTION app.due_returns(integer), app.shop_clocks(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.due_returns(integer), app.shop_clocks(timestamptz) TO auzap_app;

RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM auzap_lookup;
