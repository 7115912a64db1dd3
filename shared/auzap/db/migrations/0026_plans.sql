-- Plans are made for a big shop. Which shop asks is not known when a statement is planned: from the average of a thousand, most
-- of them small, the planner would read all of a shop's rows and sort them, and a big shop waited seconds for a page. Told that
-- a shop has a tenth of every table, it reads a page in the order of an index, which is right for the small ones too.
CREATE PROCEDURE app.expect_big_shops(tenants regclass)
LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ALTER COLUMN organization_id SET (n_distinct = 10)', tenants);
END
$$;

-- As before, and for every table and partition that is still to come.
CREATE OR REPLACE PROCEDURE app.protect(protected regclass)
LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', protected);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', protected);
  EXECUTE format(
    'CREATE POLICY tenant ON %s TO auzap_app, auzap_owner USING (organization_id = (SELECT app.current_organization()))
     WITH CHECK (organization_id = (SELECT app.current_organization()))', protected);
  CALL app.expect_big_shops(protected);
END
$$;

DO $$
DECLARE
  known regclass;
BEGIN
  FOR known IN
    SELECT p.polrelid::regclass FROM pg_policy p WHERE p.polname = 'tenant'
  LOOP
    CALL app.expect_big_shops(known);
  END LOOP;
END
$$;
