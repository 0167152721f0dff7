-- +goose Up
-- An advertiser's own policy can end, after which the label's holds; the trail
-- keeps what it was.
GRANT DELETE ON approval_policies TO keur_app;
