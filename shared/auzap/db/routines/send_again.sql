-- Of a message that was accepted and then refused: what the window kept back waits for the customer ('in_window'), and a chat
-- reply that the service failed goes once more ('later'). What is not said again is staff's.
CREATE OR REPLACE FUNCTION app.is_said_again(again text, kind text, content jsonb, once_key text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE again
  WHEN 'in_window' THEN content ->> 'type' <> 'template'
  WHEN 'later' THEN kind IN ('reply', 'handoff', 'apology') AND coalesce(once_key NOT LIKE 'again:%', true)
  ELSE false END;

GRANT EXECUTE ON FUNCTION app.is_said_again(text, text, jsonb, text) TO auzap_app;
