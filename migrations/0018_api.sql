-- The API's own: what it answered, so that a call that is repeated is done once.

CREATE TABLE idempotency_keys (
  user_id      bigint      NOT NULL REFERENCES users,
  key          text        NOT NULL,
  request_hash bytea       NOT NULL,
  status       int,                                -- null: the first call is still running
  response     bytea,                              -- sealed
  of_members   boolean     NOT NULL DEFAULT false, -- may tell of one: forgotten when any is erased
  created_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, key)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO keur_app;
CREATE TRIGGER idempotency_keys_program BEFORE INSERT OR UPDATE OR DELETE ON idempotency_keys
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
