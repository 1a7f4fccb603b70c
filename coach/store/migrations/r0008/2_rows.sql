-- What each login sees and writes. Every table has row-level security: without a policy there is no row.
-- A subquery such as (SELECT coach_me()) is worked out once a statement, not once a row.

DO $$
DECLARE t text;
BEGIN
  FOR t IN SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', t);
  END LOOP;
END $$;

-- Rights on tables; the rows of them are further down. Nobody but the owner: login, log_head.
GRANT SELECT ON alembic_version, staff, client, holding, balance, movement, contact, keydate, gift, event, invitation, assignment,
  stagechange, tierchange, task, suggestion, model_call, practice_assignment, practice_attempt, practice_review, log_entry, meta,
  review, review_comment, review_seen, book_change
  TO coach_staff, coach_trainer, coach_supervisor;
GRANT SELECT ON allocation_run, allocation_move, importrun TO coach_supervisor;

GRANT INSERT ON contact, stagechange, tierchange, task, suggestion TO coach_staff, coach_supervisor;
GRANT INSERT ON model_call, log_entry, practice_attempt, meta, review_comment, review_seen TO coach_staff, coach_trainer, coach_supervisor;
GRANT INSERT ON practice_assignment, practice_review, review TO coach_trainer, coach_supervisor;
GRANT INSERT ON staff, client, holding, balance, movement, keydate, gift, event, invitation, assignment, importrun, allocation_run,
  allocation_move TO coach_supervisor;

GRANT UPDATE (gender, birthday, lunar_birthday, phone, occupation, employer, community, family, interests, stage, stage_by_hand,
  relationship, potential, intent, do_not_contact, marketing_consent, refused_channels, tags, note, tier, tier_reason, tier_by_hand,
  search_key, version) ON client TO coach_staff;  -- not: whose client it is, which branch, what it owns, what it was assessed for
GRANT UPDATE (voided_at) ON contact TO coach_staff;
GRANT UPDATE (state, contact_no) ON task TO coach_staff;
GRANT DELETE ON task TO coach_staff, coach_trainer, coach_supervisor;  -- of a trainer's own plan, which is always empty
GRANT UPDATE (turns, hints, ending, ended_at, score, total, passed) ON practice_attempt TO coach_staff, coach_trainer, coach_supervisor;
GRANT UPDATE (withdrawn_at) ON practice_assignment TO coach_trainer, coach_supervisor;
GRANT UPDATE (value), DELETE ON meta TO coach_staff, coach_trainer, coach_supervisor;
GRANT UPDATE (name, post, role, branch) ON staff TO coach_supervisor;
GRANT UPDATE ON client, holding, balance, movement, contact, keydate, gift, invitation, task TO coach_supervisor;
GRANT UPDATE (title, "on", place) ON event TO coach_supervisor;
GRANT UPDATE (undone_at) ON allocation_run TO coach_supervisor;
GRANT DELETE ON assignment TO coach_supervisor;

GRANT USAGE ON SEQUENCE holding_id_seq, movement_id_seq, keydate_id_seq, gift_id_seq, assignment_id_seq, importrun_id_seq
  TO coach_supervisor;
GRANT USAGE ON SEQUENCE contact_id_seq, stagechange_id_seq, tierchange_id_seq, task_id_seq TO coach_staff, coach_supervisor;
GRANT USAGE ON SEQUENCE model_call_id_seq TO coach_staff, coach_trainer, coach_supervisor;
GRANT USAGE ON SEQUENCE practice_review_id_seq TO coach_trainer, coach_supervisor;

CREATE POLICY everybody ON alembic_version FOR SELECT TO coach_staff, coach_trainer, coach_supervisor USING (true);

-- People: the names of one's own branch.
CREATE POLICY branch ON staff FOR SELECT TO coach_staff, coach_trainer, coach_supervisor
  USING (branch = (SELECT coach_branch()) OR staff_no = (SELECT coach_me()));
CREATE POLICY supervisor_adds ON staff FOR INSERT TO coach_supervisor WITH CHECK (branch = (SELECT coach_branch_as('supervisor')));
CREATE POLICY supervisor_changes ON staff FOR UPDATE TO coach_supervisor
  USING (branch = (SELECT coach_branch_as('supervisor'))) WITH CHECK (branch = (SELECT coach_branch_as('supervisor')));

-- Clients. A client's branch is the client's own, or that of the manager where none is given.
CREATE POLICY own ON client FOR SELECT TO coach_staff
  USING (manager = (SELECT coach_as('staff')) AND (branch IS NULL OR branch = (SELECT coach_branch())));
CREATE POLICY own_changes ON client FOR UPDATE TO coach_staff
  USING (manager = (SELECT coach_as('staff')) AND (branch IS NULL OR branch = (SELECT coach_branch())))
  WITH CHECK (manager = (SELECT coach_as('staff')) AND (branch IS NULL OR branch = (SELECT coach_branch())));
CREATE POLICY branch ON client FOR SELECT TO coach_supervisor
  USING (branch = (SELECT coach_branch_as('supervisor')) OR branch IS NULL AND manager IN (
    SELECT s.staff_no FROM staff s WHERE s.branch = (SELECT coach_branch_as('supervisor'))));
CREATE POLICY branch_changes ON client FOR UPDATE TO coach_supervisor
  USING (branch = (SELECT coach_branch_as('supervisor')) OR branch IS NULL AND manager IN (
    SELECT s.staff_no FROM staff s WHERE s.branch = (SELECT coach_branch_as('supervisor'))))
  WITH CHECK (branch = (SELECT coach_branch_as('supervisor')) OR branch IS NULL AND manager IN (
    SELECT s.staff_no FROM staff s WHERE s.branch = (SELECT coach_branch_as('supervisor'))));
CREATE POLICY branch_adds ON client FOR INSERT TO coach_supervisor
  WITH CHECK (branch = (SELECT coach_branch_as('supervisor')) AND (manager IS NULL OR manager IN (
    SELECT s.staff_no FROM staff s WHERE s.branch = (SELECT coach_branch_as('supervisor')))));

-- What hangs on a client is seen by who sees the client.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['holding', 'balance', 'movement', 'contact', 'keydate', 'gift', 'invitation', 'assignment', 'stagechange',
                           'tierchange', 'task', 'suggestion'] LOOP
    EXECUTE format('CREATE POLICY clients ON %I FOR SELECT TO coach_staff, coach_supervisor
      USING (EXISTS (SELECT FROM client c WHERE c.client_no = %1$I.client_no))', t);
  END LOOP;
  -- Files are brought in by supervisors.
  FOREACH t IN ARRAY ARRAY['holding', 'balance', 'movement', 'keydate', 'gift', 'invitation', 'assignment'] LOOP
    EXECUTE format('CREATE POLICY supervisor_adds ON %I FOR INSERT TO coach_supervisor WITH CHECK (
      (SELECT coach_as(''supervisor'')) IS NOT NULL AND EXISTS (SELECT FROM client c WHERE c.client_no = %1$I.client_no))', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['holding', 'balance', 'movement', 'keydate', 'gift', 'invitation'] LOOP
    EXECUTE format('CREATE POLICY supervisor_changes ON %I FOR UPDATE TO coach_supervisor
      USING ((SELECT coach_as(''supervisor'')) IS NOT NULL AND EXISTS (SELECT FROM client c WHERE c.client_no = %1$I.client_no))
      WITH CHECK ((SELECT coach_as(''supervisor'')) IS NOT NULL AND EXISTS (SELECT FROM client c WHERE c.client_no = %1$I.client_no))', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['stagechange', 'tierchange'] LOOP
    EXECUTE format('CREATE POLICY own_adds ON %I FOR INSERT TO coach_staff, coach_supervisor WITH CHECK (
      (by IS NULL OR by = (SELECT coach_as(''staff'', ''supervisor''))) AND EXISTS (SELECT FROM client c WHERE c.client_no = %1$I.client_no))', t);
  END LOOP;
END $$;
CREATE POLICY supervisor_removes ON assignment FOR DELETE TO coach_supervisor USING (
  (SELECT coach_as('supervisor')) IS NOT NULL AND EXISTS (SELECT FROM client c WHERE c.client_no = assignment.client_no));
CREATE POLICY clients_adds ON suggestion FOR INSERT TO coach_staff, coach_supervisor
  WITH CHECK (EXISTS (SELECT FROM client c WHERE c.client_no = suggestion.client_no));

-- Contacts: in one's own name. A number with ~ is made from client, time and channel by an import: whoever could write one
-- could find out by trial what colleagues logged.
CREATE POLICY own_adds ON contact FOR INSERT TO coach_staff WITH CHECK (
  staff_no = (SELECT coach_as('staff')) AND voided_at IS NULL AND NOT starts_with(contact_no, '~')
  AND EXISTS (SELECT FROM client c WHERE c.client_no = contact.client_no));
CREATE POLICY supervisor_adds ON contact FOR INSERT TO coach_supervisor WITH CHECK (
  (SELECT coach_as('supervisor')) IS NOT NULL AND (staff_no = (SELECT coach_me()) OR starts_with(contact_no, '~'))
  AND EXISTS (SELECT FROM client c WHERE c.client_no = contact.client_no));
CREATE POLICY own_voids ON contact FOR UPDATE TO coach_staff
  USING (staff_no = (SELECT coach_as('staff')) AND voided_at IS NULL AND EXISTS (SELECT FROM client c WHERE c.client_no = contact.client_no))
  WITH CHECK (staff_no = (SELECT coach_as('staff')));
CREATE POLICY supervisor_changes ON contact FOR UPDATE TO coach_supervisor
  USING ((SELECT coach_as('supervisor')) IS NOT NULL AND (staff_no = (SELECT coach_me()) AND voided_at IS NULL OR starts_with(contact_no, '~'))
    AND EXISTS (SELECT FROM client c WHERE c.client_no = contact.client_no))
  WITH CHECK ((SELECT coach_as('supervisor')) IS NOT NULL AND (staff_no = (SELECT coach_me()) OR starts_with(contact_no, '~'))
    AND EXISTS (SELECT FROM client c WHERE c.client_no = contact.client_no));

-- Tasks: a client who came from a colleague's book brings open tasks along, which the new plan takes away.
CREATE POLICY own_adds ON task FOR INSERT TO coach_staff WITH CHECK (
  manager = (SELECT coach_as('staff')) AND EXISTS (SELECT FROM client c WHERE c.client_no = task.client_no));
CREATE POLICY own_changes ON task FOR UPDATE TO coach_staff
  USING (manager = (SELECT coach_as('staff')) AND EXISTS (SELECT FROM client c WHERE c.client_no = task.client_no))
  WITH CHECK (manager = (SELECT coach_as('staff')) AND EXISTS (SELECT FROM client c WHERE c.client_no = task.client_no));
CREATE POLICY own_removes ON task FOR DELETE TO coach_staff
  USING (state = 'open' AND EXISTS (SELECT FROM client c WHERE c.client_no = task.client_no));
CREATE POLICY supervisor_writes ON task FOR ALL TO coach_supervisor
  USING ((SELECT coach_as('supervisor')) IS NOT NULL AND EXISTS (SELECT FROM client c WHERE c.client_no = task.client_no))
  WITH CHECK ((SELECT coach_as('supervisor')) IS NOT NULL AND EXISTS (SELECT FROM client c WHERE c.client_no = task.client_no));

-- Events: those of the branch, and those to which a client whom one sees was invited. One that the owner brought in for no branch
-- is there for every supervisor to invite to.
CREATE POLICY branch ON event FOR SELECT TO coach_staff, coach_supervisor USING (
  branch = (SELECT coach_branch_as('staff', 'supervisor')) OR branch IS NULL AND (SELECT coach_as('supervisor')) IS NOT NULL
  OR EXISTS (SELECT FROM invitation i WHERE i.event_no = event.event_no));
CREATE POLICY supervisor_adds ON event FOR INSERT TO coach_supervisor WITH CHECK (branch = (SELECT coach_branch_as('supervisor')));
CREATE POLICY supervisor_changes ON event FOR UPDATE TO coach_supervisor
  USING (branch = (SELECT coach_branch_as('supervisor'))) WITH CHECK (branch = (SELECT coach_branch_as('supervisor')));

-- What a login asked of the language model is its own affair.
CREATE POLICY own ON model_call FOR SELECT TO coach_staff, coach_trainer, coach_supervisor USING (login = session_user::text);
CREATE POLICY own_adds ON model_call FOR INSERT TO coach_staff, coach_trainer, coach_supervisor
  WITH CHECK (login = session_user::text AND (SELECT coach_me()) IS NOT NULL);

-- Practice: one's own; trainers and supervisors that of their branch.
CREATE POLICY own ON practice_assignment FOR SELECT TO coach_staff, coach_trainer, coach_supervisor USING (staff_no = (SELECT coach_me()));
CREATE POLICY branch ON practice_assignment FOR SELECT TO coach_trainer, coach_supervisor USING (
  staff_no IN (SELECT s.staff_no FROM staff s WHERE s.branch = (SELECT coach_branch_as('trainer', 'supervisor'))));
CREATE POLICY trainer_adds ON practice_assignment FOR INSERT TO coach_trainer, coach_supervisor WITH CHECK (
  by = (SELECT coach_as('trainer', 'supervisor'))
  AND staff_no IN (SELECT s.staff_no FROM staff s WHERE s.branch = (SELECT coach_branch_as('trainer', 'supervisor')))
  AND (client_no IS NULL OR EXISTS (SELECT FROM client c WHERE c.client_no = practice_assignment.client_no)));
CREATE POLICY trainer_withdraws ON practice_assignment FOR UPDATE TO coach_trainer, coach_supervisor
  USING (staff_no IN (SELECT s.staff_no FROM staff s WHERE s.branch = (SELECT coach_branch_as('trainer', 'supervisor'))))
  WITH CHECK (staff_no IN (SELECT s.staff_no FROM staff s WHERE s.branch = (SELECT coach_branch_as('trainer', 'supervisor'))));
CREATE POLICY own ON practice_attempt FOR SELECT TO coach_staff, coach_trainer, coach_supervisor USING (staff_no = (SELECT coach_me()));
CREATE POLICY branch ON practice_attempt FOR SELECT TO coach_trainer, coach_supervisor USING (
  staff_no IN (SELECT s.staff_no FROM staff s WHERE s.branch = (SELECT coach_branch_as('trainer', 'supervisor'))));
CREATE POLICY own_adds ON practice_attempt FOR INSERT TO coach_staff, coach_trainer, coach_supervisor WITH CHECK (
  staff_no = (SELECT coach_me()) AND ended_at IS NULL AND score IS NULL AND total IS NULL
  AND (client_no IS NULL OR EXISTS (SELECT FROM client c WHERE c.client_no = practice_attempt.client_no))
  AND (assignment_no IS NULL OR EXISTS (SELECT FROM practice_assignment a WHERE a.assignment_no = practice_attempt.assignment_no)));
CREATE POLICY own_changes ON practice_attempt FOR UPDATE TO coach_staff, coach_trainer, coach_supervisor
  USING (staff_no = (SELECT coach_me()) AND ended_at IS NULL) WITH CHECK (staff_no = (SELECT coach_me()));
CREATE POLICY attempts ON practice_review FOR SELECT TO coach_staff, coach_trainer, coach_supervisor
  USING (EXISTS (SELECT FROM practice_attempt a WHERE a.attempt_no = practice_review.attempt_no));
CREATE POLICY trainer_adds ON practice_review FOR INSERT TO coach_trainer, coach_supervisor WITH CHECK (
  by = (SELECT coach_as('trainer', 'supervisor'))
  AND EXISTS (SELECT FROM practice_attempt a WHERE a.attempt_no = practice_review.attempt_no));

-- Reviews: seen by whose work it is and by the supervisors of the branch; a trainer has to do with those of practice.
CREATE POLICY own ON review FOR SELECT TO coach_staff, coach_trainer, coach_supervisor USING (staff_no = (SELECT coach_me()));
CREATE POLICY branch ON review FOR SELECT TO coach_supervisor USING (
  (client_no IS NULL OR EXISTS (SELECT FROM client c WHERE c.client_no = review.client_no))
  AND staff_no IN (SELECT s.staff_no FROM staff s WHERE s.branch = (SELECT coach_branch_as('supervisor')))
  OR by = (SELECT coach_as('supervisor')));
CREATE POLICY practice ON review FOR SELECT TO coach_trainer USING (
  subject_kind = 'practice' AND staff_no IN (SELECT s.staff_no FROM staff s WHERE s.branch = (SELECT coach_branch_as('trainer'))));
CREATE POLICY supervisor_adds ON review FOR INSERT TO coach_supervisor WITH CHECK (
  by = (SELECT coach_as('supervisor')) AND (client_no IS NULL OR EXISTS (SELECT FROM client c WHERE c.client_no = review.client_no))
  AND (staff_no IS NULL OR staff_no IN (SELECT s.staff_no FROM staff s WHERE s.branch = (SELECT coach_branch_as('supervisor')))));
CREATE POLICY trainer_adds ON review FOR INSERT TO coach_trainer WITH CHECK (
  by = (SELECT coach_as('trainer')) AND subject_kind = 'practice' AND client_no IS NULL
  AND staff_no IN (SELECT s.staff_no FROM staff s WHERE s.branch = (SELECT coach_branch_as('trainer'))));
CREATE POLICY reviews ON review_comment FOR SELECT TO coach_staff, coach_trainer, coach_supervisor USING (
  by = (SELECT coach_me()) OR "to" = (SELECT coach_me()) OR EXISTS (SELECT FROM review r WHERE r.review_no = review_comment.review_no));
CREATE POLICY own_adds ON review_comment FOR INSERT TO coach_staff, coach_trainer, coach_supervisor WITH CHECK (
  by = (SELECT coach_me()) AND EXISTS (SELECT FROM review r WHERE r.review_no = review_comment.review_no)
  AND EXISTS (SELECT FROM staff s WHERE s.staff_no = review_comment."to"));
CREATE POLICY comments ON review_seen FOR SELECT TO coach_staff, coach_trainer, coach_supervisor USING (
  staff_no = (SELECT coach_me()) OR EXISTS (SELECT FROM review_comment c WHERE c.comment_no = review_seen.comment_no));
CREATE POLICY own_adds ON review_seen FOR INSERT TO coach_staff, coach_trainer, coach_supervisor WITH CHECK (
  staff_no = (SELECT coach_me()) AND EXISTS (SELECT FROM review_comment c WHERE c.comment_no = review_seen.comment_no));

-- The coaching log: one's own entries; supervisors what tells of the branch's clients and people. Only ever added to, in one's own name.
CREATE POLICY own ON log_entry FOR SELECT TO coach_staff, coach_trainer, coach_supervisor USING (staff_no = (SELECT coach_me()));
CREATE POLICY branch ON log_entry FOR SELECT TO coach_supervisor USING (
  client_no IS NOT NULL AND (SELECT coach_as('supervisor')) IS NOT NULL AND EXISTS (SELECT FROM client c WHERE c.client_no = log_entry.client_no)
  OR client_no IS NULL AND staff_no IN (SELECT s.staff_no FROM staff s WHERE s.branch = (SELECT coach_branch_as('supervisor'))));
CREATE POLICY own_adds ON log_entry FOR INSERT TO coach_staff, coach_trainer, coach_supervisor WITH CHECK (
  staff_no = (SELECT coach_me()) AND (client_no IS NULL OR EXISTS (SELECT FROM client c WHERE c.client_no = log_entry.client_no)));

-- Allocation and files: the supervisors of the branch.
CREATE POLICY branch ON allocation_run FOR SELECT TO coach_supervisor USING (branch = (SELECT coach_branch_as('supervisor')));
CREATE POLICY branch_adds ON allocation_run FOR INSERT TO coach_supervisor
  WITH CHECK (branch = (SELECT coach_branch_as('supervisor')) AND (by IS NULL OR by = (SELECT coach_me())));
CREATE POLICY branch_undoes ON allocation_run FOR UPDATE TO coach_supervisor
  USING (branch = (SELECT coach_branch_as('supervisor'))) WITH CHECK (branch = (SELECT coach_branch_as('supervisor')));
CREATE POLICY runs ON allocation_move FOR SELECT TO coach_supervisor
  USING (EXISTS (SELECT FROM allocation_run r WHERE r.run_no = allocation_move.run_no));
CREATE POLICY runs_adds ON allocation_move FOR INSERT TO coach_supervisor WITH CHECK (
  EXISTS (SELECT FROM allocation_run r WHERE r.run_no = allocation_move.run_no)
  AND EXISTS (SELECT FROM client c WHERE c.client_no = allocation_move.client_no));
CREATE POLICY branch ON importrun FOR SELECT TO coach_supervisor USING (branch = (SELECT coach_branch_as('supervisor')));
CREATE POLICY branch_adds ON importrun FOR INSERT TO coach_supervisor WITH CHECK (branch = (SELECT coach_branch_as('supervisor')));

-- Facts of the workspace: whether it is a demo, and the frames of day plans, "plan:S1:2026-11-24".
CREATE POLICY demo ON meta FOR SELECT TO coach_staff, coach_trainer, coach_supervisor USING (key = 'demo' AND (SELECT coach_me()) IS NOT NULL);
CREATE POLICY own_plan ON meta FOR ALL TO coach_staff, coach_trainer, coach_supervisor
  USING (key = 'plan:' || (SELECT coach_me()) || ':' || right(key, 10))
  WITH CHECK (key = 'plan:' || (SELECT coach_me()) || ':' || right(key, 10));
CREATE POLICY branch_plans ON meta FOR ALL TO coach_supervisor
  USING (EXISTS (SELECT FROM staff s WHERE s.branch = (SELECT coach_branch_as('supervisor')) AND key = 'plan:' || s.staff_no || ':' || right(key, 10)))
  WITH CHECK (EXISTS (SELECT FROM staff s WHERE s.branch = (SELECT coach_branch_as('supervisor')) AND key = 'plan:' || s.staff_no || ':' || right(key, 10)));

CREATE POLICY own ON book_change FOR SELECT TO coach_staff USING (
  book = (SELECT coach_as('staff')) OR imported AND (branch IS NULL OR branch = (SELECT coach_branch_as('staff'))));
CREATE POLICY branch ON book_change FOR SELECT TO coach_supervisor USING (
  book = '' AND (SELECT coach_as('supervisor')) IS NOT NULL OR imported AND (branch IS NULL OR branch = (SELECT coach_branch_as('supervisor')))
  OR book IN (SELECT s.staff_no FROM staff s WHERE s.branch = (SELECT coach_branch_as('supervisor'))));

-- What a person does not say of a row, the database says: whose it is.
CREATE FUNCTION coach_own_branch() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.coach_me() IS NOT NULL AND (NEW.branch IS NULL OR TG_ARGV[0] = 'always') THEN
    NEW.branch := public.coach_branch();
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER own_branch BEFORE INSERT ON client FOR EACH ROW WHEN (NEW.branch IS NULL) EXECUTE FUNCTION coach_own_branch('missing');
CREATE TRIGGER own_branch BEFORE INSERT ON staff FOR EACH ROW WHEN (NEW.branch IS NULL) EXECUTE FUNCTION coach_own_branch('missing');
CREATE TRIGGER own_branch BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION coach_own_branch('always');
CREATE TRIGGER own_branch BEFORE INSERT ON allocation_run FOR EACH ROW EXECUTE FUNCTION coach_own_branch('always');
CREATE TRIGGER own_branch BEFORE INSERT ON importrun FOR EACH ROW EXECUTE FUNCTION coach_own_branch('always');

CREATE FUNCTION coach_own_login() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.login IS NULL OR public.coach_me() IS NOT NULL THEN
    NEW.login := session_user;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER own_login BEFORE INSERT ON model_call FOR EACH ROW EXECUTE FUNCTION coach_own_login();

-- Runs are numbered through all branches, of which a supervisor sees one.
CREATE FUNCTION coach_next_run() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.coach_me() IS NOT NULL THEN
    SELECT coalesce(max(r.seq), 0) + 1 INTO NEW.seq FROM public.allocation_run r;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER next_run BEFORE INSERT ON allocation_run FOR EACH ROW EXECUTE FUNCTION coach_next_run();

-- A client passes on within the branch only, whoever writes it.
CREATE FUNCTION coach_handed_over() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.coach_me() IS NOT NULL AND NEW.manager IS NOT NULL AND NOT EXISTS (
      SELECT FROM public.staff s WHERE s.staff_no = NEW.manager AND s.branch = public.coach_branch_as('supervisor')) THEN
    RAISE EXCEPTION 'a client passes to somebody of the branch only' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER handed_over BEFORE UPDATE OF manager ON client FOR EACH ROW WHEN (OLD.manager IS DISTINCT FROM NEW.manager)
  EXECUTE FUNCTION coach_handed_over();

-- A contact that somebody logged is voided, never rewritten; what files brought in (~) follows the files.
CREATE FUNCTION coach_contact_stands() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE other public.contact := NEW;
BEGIN
  other.voided_at := OLD.voided_at;
  IF other IS DISTINCT FROM OLD AND NOT public.coach_owner() THEN
    RAISE EXCEPTION 'a contact is voided, never rewritten' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER contact_stands BEFORE UPDATE ON contact FOR EACH ROW WHEN (NOT starts_with(OLD.contact_no, '~'))
  EXECUTE FUNCTION coach_contact_stands();

REVOKE ALL ON FUNCTION coach_own_branch(), coach_own_login(), coach_next_run(), coach_handed_over(), coach_contact_stands() FROM PUBLIC;
