-- Who is who. A person is a database login; the row in "login" says which staff number it has, the row in "staff" says in what
-- role and in what branch, and both are looked at anew with every statement. The three groups hold the rights on tables.

DO $$
DECLARE wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['coach_staff', 'coach_trainer', 'coach_supervisor'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
      BEGIN  -- groups belong to the whole server: another database may be making them at this moment
        EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
      END;
    END IF;
  END LOOP;
END $$;

-- Nothing for everybody, now or later.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON SEQUENCES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
DO $$
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO coach_staff, coach_trainer, coach_supervisor', current_database());
  EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO coach_supervisor', current_database());  -- imports
END $$;
GRANT USAGE ON SCHEMA public TO coach_staff, coach_trainer, coach_supervisor;

-- The login at the other end of the connection, whatever SET ROLE or a function's owner says.
CREATE FUNCTION coach_me() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
  SET search_path = pg_catalog, public, pg_temp
  AS $$ SELECT s.staff_no FROM public.login l JOIN public.staff s USING (staff_no) WHERE l.login = session_user::text $$;

CREATE FUNCTION coach_role() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
  SET search_path = pg_catalog, public, pg_temp
  AS $$ SELECT s.role FROM public.login l JOIN public.staff s USING (staff_no) WHERE l.login = session_user::text $$;

CREATE FUNCTION coach_branch() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
  SET search_path = pg_catalog, public, pg_temp
  AS $$ SELECT s.branch FROM public.login l JOIN public.staff s USING (staff_no) WHERE l.login = session_user::text $$;

-- My staff number where one of these roles is mine, else null.
CREATE FUNCTION coach_as(VARIADIC roles text[]) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
  SET search_path = pg_catalog, public, pg_temp
  AS $$
    SELECT s.staff_no FROM public.login l JOIN public.staff s USING (staff_no)
    WHERE l.login = session_user::text AND s.role = ANY (roles)
  $$;

-- My branch where one of these roles is mine, else null.
CREATE FUNCTION coach_branch_as(VARIADIC roles text[]) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
  SET search_path = pg_catalog, public, pg_temp
  AS $$
    SELECT s.branch FROM public.login l JOIN public.staff s USING (staff_no)
    WHERE l.login = session_user::text AND s.role = ANY (roles)
  $$;

-- Whether the login owns Coach's tables (or is the server's administrator).
CREATE FUNCTION coach_owner() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
  SET search_path = pg_catalog, public, pg_temp
  AS $$ SELECT pg_has_role(session_user, c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = 'public.staff'::regclass $$;

REVOKE ALL ON FUNCTION coach_me(), coach_role(), coach_branch(), coach_as(text[]), coach_branch_as(text[]), coach_owner() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION coach_me(), coach_role(), coach_branch(), coach_as(text[]), coach_branch_as(text[]), coach_owner()
  TO coach_staff, coach_trainer, coach_supervisor;
