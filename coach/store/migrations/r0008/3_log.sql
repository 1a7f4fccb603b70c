-- The coaching log: added to, in order, by one writer at a time; never changed, by nobody.
--
-- The owner too is refused, so that it takes an act to get past it: within a transaction of the owner,
--   SET LOCAL coach.log_unlocked = 'on';
-- lets rows be written as they are (for a migration, or a restore of a backup). For everybody else it does nothing.

CREATE FUNCTION coach_log_unlocked() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
  AS $$ SELECT coalesce(current_setting('coach.log_unlocked', true), '') = 'on' AND public.coach_owner() $$;

-- The end of the log, locked until the transaction ends: who adds next waits.
CREATE FUNCTION coach_log_head(OUT entries integer, OUT hash text) LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.coach_me() IS NULL AND NOT public.coach_owner() THEN
    RAISE EXCEPTION 'this login is nobody of the staff' USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT h.entries, h.hash INTO entries, hash FROM public.log_head h WHERE h.id = 1 FOR UPDATE;
END $$;

-- An entry's hash over its canonical JSON (RFC 8785), as coach/domain/chain.py works it out. to_json escapes as RFC 8785 does.
CREATE FUNCTION coach_log_hash(entry_no integer, at text, kind text, staff_no text, client_no text, subject text, body text, prev_hash text)
  RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT encode(sha256(convert_to(
      '{"at":' || coalesce(to_json(at)::text, 'null') || ',"body":' || coalesce(body, 'null')
      || ',"client_no":' || coalesce(to_json(client_no)::text, 'null') || ',"entry_no":' || entry_no::text
      || ',"kind":' || coalesce(to_json(kind)::text, 'null') || ',"prev_hash":' || coalesce(to_json(prev_hash)::text, 'null')
      || ',"staff_no":' || coalesce(to_json(staff_no)::text, 'null') || ',"subject":' || coalesce(to_json(subject)::text, 'null') || '}',
      'UTF8')), 'hex')
  $$;

-- Whether a body is a JSON object, on one line.
CREATE FUNCTION coach_log_body(body text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN body IS NOT NULL AND json_typeof(body::json) = 'object' AND starts_with(body, '{') AND right(body, 1) = '}'
    AND body !~ '[\n\r]';
EXCEPTION WHEN data_exception THEN
  RETURN false;
END $$;

CREATE FUNCTION coach_log_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  me text := public.coach_me();
  head public.log_head;
BEGIN
  IF public.coach_log_unlocked() THEN
    RETURN NEW;
  END IF;
  IF me IS NULL AND NOT public.coach_owner() OR me IS NOT NULL AND NEW.staff_no IS DISTINCT FROM me THEN
    RAISE EXCEPTION 'an entry of the coaching log bears the number of who writes it' USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT * INTO head FROM public.log_head WHERE id = 1 FOR UPDATE;
  IF NOT FOUND OR NEW.entry_no IS DISTINCT FROM head.entries + 1 OR NEW.prev_hash IS DISTINCT FROM head.hash THEN
    RAISE EXCEPTION 'the entry does not follow the end of the coaching log' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT public.coach_log_body(NEW.body) THEN
    RAISE EXCEPTION 'the body is no JSON object on one line' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.hash IS DISTINCT FROM public.coach_log_hash(
      NEW.entry_no, NEW.at, NEW.kind, NEW.staff_no, NEW.client_no, NEW.subject, NEW.body, NEW.prev_hash) THEN
    RAISE EXCEPTION 'the hash is not that of the entry' USING ERRCODE = 'check_violation';
  END IF;
  UPDATE public.log_head SET entries = NEW.entry_no, hash = NEW.hash WHERE id = 1;
  RETURN NEW;
END $$;
CREATE TRIGGER log_added BEFORE INSERT ON log_entry FOR EACH ROW EXECUTE FUNCTION coach_log_added();

CREATE FUNCTION coach_log_stands() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF pg_trigger_depth() > 1 AND TG_TABLE_NAME = 'log_head' OR public.coach_log_unlocked() THEN
    RETURN NULL;  -- the head moves on with an entry that was added
  END IF;
  RAISE EXCEPTION 'the coaching log is only ever added to' USING ERRCODE = 'insufficient_privilege',
    HINT = 'a correction is a new entry';
END $$;
CREATE TRIGGER log_stands BEFORE UPDATE OR DELETE OR TRUNCATE ON log_entry FOR EACH STATEMENT EXECUTE FUNCTION coach_log_stands();
CREATE TRIGGER log_stands BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON log_head FOR EACH STATEMENT EXECUTE FUNCTION coach_log_stands();

-- Whether each entry is what was written, for a supervisor, who does not see the entries of other branches: numbers and hashes alone.
CREATE FUNCTION coach_log_walk(after integer, most integer)
  RETURNS TABLE (entry_no integer, prev_hash text, hash text, sound boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT e.entry_no, e.prev_hash, e.hash, e.hash = public.coach_log_hash(
      e.entry_no, e.at, e.kind, e.staff_no, e.client_no, e.subject, e.body, e.prev_hash)
      AND public.coach_log_body(e.body)
    FROM public.log_entry e
    WHERE e.entry_no > after AND (public.coach_as('supervisor') IS NOT NULL OR public.coach_owner())
    ORDER BY e.entry_no LIMIT most
  $$;
CREATE FUNCTION coach_log_end(OUT entries integer, OUT hash text) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT h.entries, h.hash FROM public.log_head h
    WHERE h.id = 1 AND (public.coach_as('supervisor') IS NOT NULL OR public.coach_owner())
  $$;

REVOKE ALL ON FUNCTION coach_log_unlocked(), coach_log_head(), coach_log_body(text), coach_log_added(), coach_log_stands(), coach_log_walk(integer, integer),
  coach_log_end(), coach_log_hash(integer, text, text, text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION coach_log_head(), coach_log_hash(integer, text, text, text, text, text, text, text)
  TO coach_staff, coach_trainer, coach_supervisor;
GRANT EXECUTE ON FUNCTION coach_log_walk(integer, integer), coach_log_end() TO coach_supervisor;
