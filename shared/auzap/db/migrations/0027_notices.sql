-- What each person wants to hear of in a shop, and mail of what nobody has read there.

CREATE TABLE notification_preferences (
  organization_id uuid NOT NULL DEFAULT app.current_organization() REFERENCES organizations,
  user_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind ~ '^[a-z0-9_]{3,40}$'),
  in_centre boolean NOT NULL,
  by_mail boolean NOT NULL,
  PRIMARY KEY (organization_id, user_id, kind),
  FOREIGN KEY (organization_id, user_id) REFERENCES memberships ON DELETE CASCADE,
  -- That somebody of the house looks into the shop is kept from nobody.
  CONSTRAINT support_is_told CHECK (in_centre OR kind <> 'support_session')
);
CALL app.protect('notification_preferences');
GRANT SELECT, INSERT, DELETE ON notification_preferences TO auzap_app;

-- A mail that more than one may want to write is written once.
ALTER TABLE mails ADD once_key text CHECK (length(once_key) BETWEEN 1 AND 200);
CREATE UNIQUE INDEX mails_once ON mails (organization_id, once_key);

CREATE INDEX notifications_unread ON notifications (created_at) WHERE read_at IS NULL AND archived_at IS NULL;
GRANT SELECT (organization_id, created_at, read_at, archived_at) ON notifications TO auzap_lookup;
CREATE POLICY lookup ON notifications FOR SELECT TO auzap_lookup USING (read_at IS NULL AND archived_at IS NULL);

GRANT CREATE ON SCHEMA app TO auzap_lookup;
SET LOCAL ROLE auzap_lookup;

-- Shops in which nobody has read something for `patience`, and not for longer than `until`.
CREATE FUNCTION app.unread_notices(patience interval, until interval, most integer) RETURNS TABLE (organization_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT n.organization_id FROM public.notifications n
  JOIN public.organizations o ON o.id = n.organization_id AND o.status = 'active'
  WHERE n.read_at IS NULL AND n.archived_at IS NULL
    AND n.created_at <= app.now() - patience AND n.created_at > app.now() - until
  GROUP BY n.organization_id ORDER BY min(n.created_at) LIMIT most
$$;
REVOKE EXECUTE ON FUNCTION app.unread_notices(interval, interval, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.unread_notices(interval, interval, integer) TO auzap_app;

RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM auzap_lookup;

GRANT CREATE ON SCHEMA app TO auzap_identity;
SET LOCAL ROLE auzap_identity;

-- To whom mail of the shop of this transaction may go, and in what language they read it.
CREATE FUNCTION app.readers() RETURNS TABLE (user_id uuid, role text, name text, email text, locale text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT u.id, m.role, u.name, u.email, u.locale
  FROM public.memberships m JOIN public.users u ON u.id = m.user_id
  WHERE m.organization_id = app.current_organization() AND m.is_active
$$;
REVOKE EXECUTE ON FUNCTION app.readers() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.readers() TO auzap_app;

RESET ROLE;
REVOKE CREATE ON SCHEMA app FROM auzap_identity;
