-- +goose Up
-- A department's link is its own: once the request is somebody else's, it opens
-- nothing, also when that is another department. Links from before are taken to
-- be of the department that has the request now.

ALTER TABLE request_links ADD COLUMN address text;
UPDATE request_links l SET address = r.address FROM requests r WHERE r.id = l.request_id;
ALTER TABLE request_links ALTER COLUMN address SET NOT NULL;
