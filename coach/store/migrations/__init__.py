"""The database's revisions. A new one is a file in ``versions/``; :data:`coach.store.db.HEAD` names the last."""
