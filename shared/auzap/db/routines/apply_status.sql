-- What the provider tells of a message: its delivery moves forward, or stays; no row where nothing of ours is spoken of.
CREATE OR REPLACE FUNCTION app.apply_status(organization uuid, actor text, status jsonb)
RETURNS TABLE (conversation_id uuid, outbox_id uuid, is_failed boolean, has_moved boolean, category text, is_parked boolean)
LANGUAGE plpgsql
-- Plans are made once, and by indexes: a table that was small then does not stay so.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  account CONSTANT uuid := status ->> 'account';
  wamid CONSTANT text := status ->> 'provider_id';
  told CONSTANT text := status ->> 'state';
  told_at CONSTANT timestamptz := status ->> 'at';
  error CONSTANT integer := status ->> 'code';
  price jsonb := nullif(status -> 'pricing', 'null');
  arrived CONSTANT text[] := ARRAY['delivered', 'read', 'played'];
  -- A failure of what was never delivered is final; a failure after delivery is the provider's noise.
  earlier CONSTANT text[] := CASE told
    WHEN 'sent' THEN ARRAY['queued']
    WHEN 'failed' THEN ARRAY['queued', 'sent']
    WHEN 'delivered' THEN ARRAY['queued', 'sent', 'failed']
    WHEN 'read' THEN ARRAY['queued', 'sent', 'failed', 'delivered']
    WHEN 'played' THEN ARRAY['queued', 'sent', 'failed', 'delivered', 'read'] END;
  known uuid;
  is_keyed boolean;
  message record;
  said record;
BEGIN
  PERFORM app.begin_tenant(organization, actor);
  known := (SELECT k.message_id FROM public.message_keys k WHERE k.channel_account_id = account AND k.provider_id = wamid);
  is_keyed := known IS NOT NULL;
  IF NOT is_keyed THEN
    known := (SELECT m.id FROM public.messages m WHERE m.outbox_id = (status ->> 'tracker')::uuid LIMIT 1);
  END IF;
  -- The conversation first, as everybody who touches its messages does: a sender may be recording the answer right now.
  PERFORM FROM public.conversations c
  WHERE c.id = (SELECT m.conversation_id FROM public.messages m WHERE m.id = known) FOR UPDATE;

  -- What moves nothing may still tell the price.
  UPDATE public.messages m SET
    delivery = CASE WHEN m.delivery = ANY (earlier) THEN told ELSE m.delivery END,
    provider_id = CASE WHEN m.delivery = ANY (earlier) THEN coalesce(m.provider_id, wamid) ELSE m.provider_id END,
    error_code = CASE WHEN m.delivery = ANY (earlier) THEN error ELSE m.error_code END,
    pricing = coalesce(price, m.pricing)
  WHERE m.id = known AND m.sender <> 'customer' AND (m.delivery = ANY (earlier) OR price IS NOT NULL)
  RETURNING m.conversation_id, m.outbox_id, OLD.delivery, OLD.pricing INTO message;
  IF NOT FOUND THEN
    SELECT m.conversation_id, m.outbox_id, m.delivery, m.pricing INTO message FROM public.messages m
    WHERE m.id = known AND m.sender <> 'customer' FOR UPDATE;
  END IF;
  IF NOT FOUND THEN
    -- It may come before the answer of the send it speaks of; ten minutes later it speaks of nothing of ours. What is dated
    -- further ahead than clocks differ is not waited for.
    is_parked := app.now() BETWEEN told_at - interval '5 minutes' AND told_at + interval '10 minutes';
    IF is_parked THEN
      RETURN NEXT;
    END IF;
    RETURN;
  END IF;
  conversation_id := message.conversation_id;
  outbox_id := message.outbox_id;
  has_moved := coalesce(message.delivery = ANY (earlier), false);
  is_failed := message.delivery = 'failed' OR told = 'failed' AND has_moved;
  is_parked := false;

  IF NOT is_keyed THEN
    INSERT INTO public.message_keys (channel_account_id, provider_id, message_id) VALUES (account, wamid, known)
    ON CONFLICT DO NOTHING;
  END IF;
  IF has_moved AND outbox_id IS NOT NULL THEN
    UPDATE public.outbox o SET state = CASE told WHEN 'failed' THEN 'failed' ELSE 'sent' END,
      provider_id = coalesce(o.provider_id, wamid), sent_at = coalesce(o.sent_at, app.now()),
      error_code = coalesce(error, o.error_code)
    WHERE o.id = message.outbox_id RETURNING o.kind, o.content, o.once_key INTO said;
    IF told = 'failed' AND app.is_said_again(status ->> 'again', said.kind, said.content, said.once_key) IS NOT TRUE THEN
      INSERT INTO public.staff_tasks (conversation_id, kind, detail)
      VALUES (message.conversation_id, 'send_failed', status ->> 'reason');
    END IF;
  END IF;

  -- Charged by delivery, and told of the price before, with or after it: once, when both are known.
  price := coalesce(price, message.pricing);
  IF price ? 'category' AND (message.delivery = ANY (arrived) OR told = ANY (arrived))
    AND NOT (message.delivery = ANY (arrived) AND coalesce(message.pricing ? 'category', false))
  THEN
    category := price ->> 'category';
    IF category = 'service' AND price ->> 'type' IS DISTINCT FROM 'free_entry_point' THEN
      INSERT INTO public.usage_counters AS u (day, metric, amount)
      SELECT date_trunc('month', app.now() AT TIME ZONE s.time_zone)::date, concat('service_messages:', account), 1
      FROM public.organization_settings s
      ON CONFLICT (organization_id, day, metric) DO UPDATE SET amount = u.amount + 1;
    ELSIF category = 'general_purpose_ai' THEN
      INSERT INTO public.notifications (kind, level, detail, once_key) VALUES (
        'charged_as_general_ai', 'error', jsonb_build_object('channel_account_id', account),
        concat('charged_as_general_ai:', account, ':', (app.now() AT TIME ZONE 'UTC')::date))
      ON CONFLICT DO NOTHING;
    END IF;
  END IF;
  RETURN NEXT;
END
$$;

GRANT EXECUTE ON FUNCTION app.apply_status(uuid, text, jsonb) TO auzap_app;
