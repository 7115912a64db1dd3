-- What became of the unsent while nobody looked: overtaken, stale, released, or never heard of again. Of a send without an
-- answer that no status spoke of, a chat reply is sent again, once; anything else is staff's.
CREATE OR REPLACE FUNCTION app.put_outbox_in_order(
  conversation uuid, held_by text, is_open boolean, is_blocked boolean, has_opted_out boolean, settled_after interval)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  unsent record;
  becomes text;
  task text;
BEGIN
  FOR unsent IN
    SELECT judged.* FROM (
      SELECT o.id, CASE
        WHEN o.state = 'sending' AND o.claimed_at >= app.now() - settled_after THEN NULL
        WHEN o.author = 'bot' AND held_by = 'human' THEN 'taken_over'
        WHEN o.author = 'bot' AND is_blocked THEN 'blocked'
        WHEN o.kind IN ('template', 'notice') AND has_opted_out THEN 'opted_out'
        WHEN o.state = 'sending' AND (
          o.resent OR o.kind NOT IN ('reply', 'handoff', 'apology') OR o.expires_at <= app.now()) THEN 'unsettled'
        WHEN o.state = 'sending' THEN 'sent_again'
        WHEN o.expires_at <= app.now() THEN 'expired'
        WHEN o.once_key LIKE 'reopen:%' AND is_open THEN 'customer_wrote'
        WHEN o.state = 'held' AND is_open THEN 'released'
        WHEN o.state = 'held' AND (
          called.state IN ('failed', 'cancelled', 'expired') OR called.state = 'queued' AND has_opted_out) THEN 'window_closed'
        END AS verdict
      FROM public.outbox o LEFT JOIN public.outbox called ON called.id = o.waits_for
      WHERE o.conversation_id = conversation AND o.state IN ('queued', 'held', 'sending')
    ) judged WHERE judged.verdict IS NOT NULL
  LOOP
    becomes := CASE unsent.verdict
      WHEN 'sent_again' THEN 'queued' WHEN 'released' THEN 'queued' WHEN 'expired' THEN 'expired'
      WHEN 'unsettled' THEN 'failed' WHEN 'window_closed' THEN 'failed' ELSE 'cancelled' END;
    task := CASE unsent.verdict
      WHEN 'expired' THEN 'expired' WHEN 'unsettled' THEN 'send_failed' WHEN 'window_closed' THEN 'window_closed' END;
    UPDATE public.outbox o SET state = becomes, error_detail = unsent.verdict, resent = o.resent OR o.state = 'sending',
      due_at = CASE unsent.verdict WHEN 'released' THEN app.now() ELSE o.due_at END
    WHERE o.id = unsent.id;
    IF becomes <> 'queued' THEN
      UPDATE public.messages m SET delivery = 'failed' WHERE m.outbox_id = unsent.id;
    ELSIF unsent.verdict = 'released' THEN
      -- The button that opened the window asked for what now follows, and for nothing more.
      UPDATE public.messages m SET awaits_answer = false
      WHERE m.conversation_id = conversation AND m.awaits_answer AND m.turn_id IS NULL AND m.kind = 'button'
        AND m.details ->> 'payload' = 'reopen';
    END IF;
    IF task IS NOT NULL THEN
      INSERT INTO public.staff_tasks (conversation_id, kind, detail)
      SELECT conversation, task, unsent.verdict WHERE task = 'send_failed' OR NOT EXISTS (
        SELECT FROM public.staff_tasks t WHERE t.conversation_id = conversation AND t.kind = task AND t.done_at IS NULL);
    END IF;
  END LOOP;
END
$$;

-- The oldest unsent message, taken if it may go now: due, window open, and within the pace of customer and number. With
-- `wait`, or a closed window, it stays; no row where there is nothing to send.
CREATE OR REPLACE FUNCTION app.claim_outbox(organization uuid, actor text, conversation uuid, settled_after interval)
RETURNS TABLE (
  id uuid, kind text, content jsonb, attempts integer, claimed_at timestamptz, recipient text, last_inbound_at timestamptz,
  channel_account_id uuid, account_external_id text, credentials bytea, wrapped_key bytea, wait double precision,
  is_window_closed boolean)
LANGUAGE plpgsql
-- Plans are made once: a sandbox lives for a few sends, and each plan of these statements costs more than one.
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  -- Meta allows one customer a message each 6 seconds, and 45 at once on credit: 44 ahead of the one that goes now.
  pair_step CONSTANT interval := '6 seconds';
  pair_credit CONSTANT interval := 44 * pair_step;
  -- A number may send for a second what it may send in a second.
  number_burst CONSTANT interval := '1 second';
  place record;
  around record;
  oldest record;
  number_step interval;
  may_go_at timestamptz;
BEGIN
  PERFORM app.begin_tenant(organization, actor);
  -- In a statement of its own: what the next ones read is then from after the wait.
  SELECT c.contact_id, c.channel_account_id, c.state, c.reply_to, c.paced_until, c.last_inbound_at,
    app.is_window_open(c.last_inbound_at, c.window_closed_after) AS is_open
  INTO place FROM public.conversations c WHERE c.id = conversation FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  SELECT a.external_id, a.credentials, a.sending_paused_until, a.per_second, k.wrapped_key,
    p.blocked_at IS NOT NULL AS is_blocked,
    -- What the shop's own people are asked is no news that somebody may not want.
    p.opted_out_at IS NOT NULL AND NOT app.is_asked(p.phone) AS has_opted_out
  INTO around FROM public.channel_accounts a JOIN public.contacts p ON p.id = place.contact_id
  LEFT JOIN public.organization_keys k ON true WHERE a.id = place.channel_account_id;
  PERFORM app.put_outbox_in_order(
    conversation, place.state, place.is_open, around.is_blocked, around.has_opted_out, settled_after);

  SELECT o.id, o.state, o.kind, o.content, o.attempts, o.due_at, o.claimed_at INTO oldest FROM public.outbox o
  WHERE o.conversation_id = conversation AND o.state IN ('queued', 'sending') ORDER BY o.id LIMIT 1;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  id := oldest.id;
  kind := oldest.kind;
  content := oldest.content;
  attempts := oldest.attempts;
  claimed_at := oldest.claimed_at;
  recipient := place.reply_to;
  last_inbound_at := place.last_inbound_at;
  channel_account_id := place.channel_account_id;
  account_external_id := around.external_id;
  credentials := around.credentials;
  wrapped_key := around.wrapped_key;
  is_window_closed := false;
  IF oldest.state = 'sending' THEN
    -- One message of a conversation is under way at a time.
    wait := extract(epoch FROM oldest.claimed_at + settled_after - app.now()) + 1;
    RETURN NEXT;
    RETURN;
  END IF;

  number_step := interval '1 second' / around.per_second;
  may_go_at := greatest(oldest.due_at, around.sending_paused_until, place.paced_until - pair_credit);
  IF NOT place.is_open AND oldest.content ->> 'type' <> 'template' THEN
    is_window_closed := oldest.due_at <= app.now();
  ELSIF may_go_at <= app.now() THEN
    INSERT INTO public.sending_pace AS p (channel_account_id, paced_until)
    VALUES (place.channel_account_id, app.now() + number_step)
    ON CONFLICT (organization_id, channel_account_id) DO UPDATE SET
      paced_until = greatest(p.paced_until, app.now()) + number_step
    WHERE p.paced_until + number_step <= app.now() + number_burst;
    IF FOUND THEN
      UPDATE public.outbox o SET state = 'sending', claimed_at = app.now(), attempts = o.attempts + 1
      WHERE o.id = oldest.id RETURNING o.attempts, o.claimed_at INTO attempts, claimed_at;
      UPDATE public.conversations c SET paced_until = greatest(c.paced_until, app.now()) + pair_step WHERE c.id = conversation;
      RETURN NEXT;
      RETURN;
    END IF;
  END IF;
  -- By the time it is told, the number may be free: not at once, or whoever is turned away would ask for ever.
  SELECT greatest(0.1, extract(epoch FROM
    greatest(may_go_at, max(p.paced_until) + number_step - number_burst) - app.now())) INTO wait
  FROM public.sending_pace p WHERE p.channel_account_id = place.channel_account_id;
  RETURN NEXT;
END
$$;

GRANT EXECUTE ON FUNCTION app.claim_outbox(uuid, text, uuid, interval),
  app.put_outbox_in_order(uuid, text, boolean, boolean, boolean, interval) TO auzap_app;
