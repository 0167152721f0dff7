-- +goose Up
-- Lists that people page through, search and sort.

-- The order that people look names up in: without regard to case, letters with
-- an accent beside those without, and "Week 2" before "Week 10". A server that
-- was built without ICU sorts them by code point.
-- +goose StatementBegin
DO $$
BEGIN
  CREATE COLLATION names (provider = icu, locale = 'und-u-kn-true');
EXCEPTION WHEN feature_not_supported THEN
  CREATE COLLATION names FROM "C";
END
$$;
-- +goose StatementEnd

-- Sends of one mailing, and of all labels by their slot.
CREATE INDEX sends_mailing ON sends (mailing_id, id);
CREATE INDEX sends_slot_at ON sends (slot_at, id);
CREATE INDEX approval_rounds_mailing ON approval_rounds (mailing_id, id);
CREATE INDEX campaign_creatives_hash ON campaign_creatives (hash);
