-- +goose Up
-- An import into an empty base writes members, memberships and consents by COPY,
-- so it has to know the members' numbers beforehand.
GRANT USAGE ON SEQUENCE members_id_seq TO keur_app;
