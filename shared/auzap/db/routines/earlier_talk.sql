-- What a new conversation should know of the last one: its summary where a model wrote one, else its last three messages.
CREATE OR REPLACE FUNCTION app.earlier_talk(writer uuid, account uuid, speakers jsonb) RETURNS text
LANGUAGE sql STABLE
AS $$
  SELECT coalesce(CASE WHEN past.summary_at IS NOT NULL THEN past.summary END, (
    SELECT string_agg(speakers -> s.locale ->> last.sender || ': ' || last.line, E'\n' ORDER BY last.provider_at, last.id)
    FROM public.organization_settings s CROSS JOIN (
      SELECT m.id, m.provider_at, m.sender, left(regexp_replace(m.text, '\s+', ' ', 'g'), 200) AS line FROM public.messages m
      WHERE m.conversation_id = past.id AND m.text <> '' AND m.revoked_at IS NULL AND m.sender IN ('customer', 'agent', 'staff')
      ORDER BY m.provider_at DESC, m.id DESC LIMIT 3) last))
  FROM public.conversations past
  WHERE past.contact_id = writer AND past.channel_account_id = account AND past.state = 'closed' AND past.merged_into IS NULL
  ORDER BY past.closed_at DESC LIMIT 1
$$;

GRANT EXECUTE ON FUNCTION app.earlier_talk(uuid, uuid, jsonb) TO auzap_app;
