-- What the provider has accepted, by its id; whether more waits in this conversation.
CREATE OR REPLACE FUNCTION app.record_sent(
  organization uuid, actor text, conversation uuid, outbox_id uuid, account uuid, provider_id text)
RETURNS TABLE (has_more boolean)
LANGUAGE plpgsql
-- Plans are made once: a sandbox lives for a few sends, and each plan of these statements costs more than one.
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  known uuid;
BEGIN
  PERFORM app.begin_tenant(organization, actor);
  PERFORM FROM public.conversations c WHERE c.id = conversation FOR UPDATE;
  -- A status may have come before: what it said of the message stands.
  UPDATE public.outbox o SET state = CASE o.state WHEN 'failed' THEN 'failed' ELSE 'sent' END,
    provider_id = record_sent.provider_id, sent_at = app.now(),
    error_code = CASE o.state WHEN 'failed' THEN o.error_code END,
    error_detail = CASE o.state WHEN 'failed' THEN o.error_detail END
  WHERE o.id = record_sent.outbox_id;
  UPDATE public.messages m SET provider_id = record_sent.provider_id,
    delivery = CASE WHEN m.delivery = 'queued' THEN 'sent' ELSE m.delivery END
  WHERE m.outbox_id = record_sent.outbox_id RETURNING m.id INTO known;
  IF known IS NOT NULL THEN
    INSERT INTO public.message_keys (channel_account_id, provider_id, message_id)
    VALUES (account, record_sent.provider_id, known) ON CONFLICT DO NOTHING;
  END IF;
  RETURN QUERY SELECT EXISTS (
    SELECT FROM public.outbox o WHERE o.conversation_id = conversation AND o.state IN ('queued', 'sending'));
END
$$;

GRANT EXECUTE ON FUNCTION app.record_sent(uuid, text, uuid, uuid, uuid, text) TO auzap_app;
