package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
)

// tryBypasses tries to get the third mailing out without its approval, in the
// ways that people try: each must be refused.
func (s *stage) tryBypasses(ctx context.Context) (string, error) {
	db, err := postgres.Open(ctx, s.DatabaseURL)
	if err != nil {
		return "", err
	}
	defer func() { _ = db.Close() }()
	review, err := s.trial.round.step("colleague")
	if err != nil {
		return "", err
	}
	if err := s.tryDoors(ctx, review); err != nil {
		return "", err
	}
	if err := s.trySQL(ctx, db, review); err != nil {
		return "", err
	}
	if err := s.tryEdit(ctx, review); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d ways around the approval tried on %q, all refused:", s.refusals, s.trial.Name), nil
}

// tryDoors tries what goes over the doors.
func (s *stage) tryDoors(ctx context.Context, review review) error {
	approve := fmt.Sprintf("/reviews/%d/approve", review.ID)
	digest := map[string]string{"digest": s.trial.round.Digest}
	forged := client{base: s.API, token: "keur_" + strings.Repeat("A", 43)}
	for _, try := range []struct {
		tried  string
		by     client
		digest map[string]string
	}{
		{"approve a mailing that one wrote", s.planner.client, digest},
		{"approve twice, as maker and as colleague", s.editor.client, digest},
		{"approve with a forged API token", forged, digest},
		{"approve another content than was submitted", s.colleague.client, map[string]string{"digest": strings.Repeat("0", 64)}},
	} {
		if err := s.refused(try.tried, try.by.create(ctx, approve, try.digest, nil)); err != nil {
			return err
		}
	}
	link := s.Public + "/a/" + strings.Repeat("A", 43)
	status, page, err := visit(ctx, http.MethodPost, link, browser, url.Values{"digest": {s.trial.round.Digest}, "verdict": {"approve"}})
	if err != nil {
		return err
	}
	if status < 400 {
		return errors.New("a forged link let someone approve")
	}
	return s.refused("approve by a forged link", fmt.Errorf("%d %s", status, words(page)))
}

// trySQL tries what someone with the application's password could do in psql.
func (s *stage) trySQL(ctx context.Context, db *sqlx.DB, review review) error {
	for _, try := range []struct {
		tried, sql string
		args       []any
	}{
		{"UPDATE mailings SET state = 'scheduled'", `UPDATE mailings SET state = 'scheduled' WHERE id = $1`, []any{s.trial.ID}},
		{"UPDATE approval_reviews SET verdict = 'approved', as its author", `UPDATE approval_reviews SET verdict = 'approved', user_id = $2, decided_at = now() WHERE id = $1`, []any{review.ID, s.planner.ID}},
		{"INSERT INTO sends", `
			INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month)
			VALUES ($1, $2, $3, now() AT TIME ZONE 'UTC', now(), date_trunc('month', now() AT TIME ZONE 'UTC')::date)`, []any{s.trial.ID, s.trial.RevisionID, s.trial.of.ID}},
		{"UPDATE revisions SET content = …", `UPDATE revisions SET content = '{}' WHERE id = $1`, []any{s.mailings[0].RevisionID}},
		{"DELETE FROM audit_log", `DELETE FROM audit_log`, nil},
	} {
		_, err := db.ExecContext(ctx, try.sql, try.args...)
		if err := s.refused(try.tried, err); err != nil {
			return err
		}
	}
	return nil
}

// tryEdit has the mailing approved after all, edits it, and tries to send it on
// the approval that it had.
func (s *stage) tryEdit(ctx context.Context, review review) error {
	if err := s.colleagueApproves(ctx, s.trial); err != nil {
		return err
	}
	if err := until(ctx, 20*time.Second, "the trial's send", func() (bool, error) {
		planned, err := s.sendOf(ctx, s.trial)
		return planned != nil && planned.State == "planned", err
	}); err != nil {
		return err
	}
	stale := *s.trial
	s.trial.brief["preheader"] = "Met een ander aanbod dan er stond."
	if err := s.revise(ctx, s.trial); err != nil {
		return err
	}
	if err := s.planner.get(ctx, fmt.Sprintf("/mailings/%d", s.trial.ID), s.trial); err != nil {
		return err
	}
	send, err := s.sendOf(ctx, s.trial)
	if err != nil {
		return err
	}
	s.answered("edit after approval", fmt.Sprintf("the mailing is a %s again, and its send is %s", s.trial.State, send.State))
	again := s.colleague.create(ctx, fmt.Sprintf("/reviews/%d/approve", review.ID), map[string]string{"digest": stale.round.Digest}, nil)
	if err := s.refused("approve the edit by the old review", again); err != nil {
		return err
	}
	return s.refused("edit what someone else edited meanwhile", s.revise(ctx, &stale))
}

// refused notes what a trial was answered, or returns an error if it worked.
func (s *stage) refused(tried string, err error) error {
	if err == nil {
		return fmt.Errorf("%s: that should have been refused", tried)
	}
	answer := err.Error()
	var p *problem
	var sql *pq.Error
	switch {
	case errors.As(err, &p):
		answer = p.Error()
	case errors.As(err, &sql):
		answer = sql.Message
	}
	s.answered(tried, answer)
	return nil
}

// answered notes a refusal.
func (s *stage) answered(tried, answer string) {
	s.refusals++
	s.note("%s%s", padded(tried, 66), answer)
}
