-- +goose Up

-- People search the trail by who acted, by the kind of thing, and by when.
CREATE INDEX audit_log_actor ON audit_log (actor, seq);
CREATE INDEX audit_log_kind ON audit_log (split_part(subject, ':', 1), seq);
CREATE INDEX audit_log_at ON audit_log (at);

-- Whoever makes a key that signs links is named by the trail, like for any
-- other setting.
CREATE CONSTRAINT TRIGGER token_keys_audit AFTER INSERT OR UPDATE ON token_keys
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_row('secret_sealed');
