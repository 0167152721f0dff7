package day

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/lib/pq"

	"keur/approval"
	"keur/demo"
	"keur/internal/postgres"
	"keur/mailings"
)

// tryBypasses tries to get the third mailing out without its approval, in the
// ways that people try: each must be refused.
func (d *day) tryBypasses(ctx context.Context) (string, error) {
	review, err := d.trial.Pending(ctx, d.Colleague)
	if err != nil {
		return "", err
	}
	for _, try := range []func(context.Context, approval.ReviewID) error{d.tryServers, d.trySQL, d.tryEdit} {
		if err := try(ctx, review); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d ways around the approval tried on %q, all refused:", d.refusals, d.trial.Name), nil
}

// approve approves content by its digest.
func (d *day) approve(ctx context.Context, by *demo.Person, review approval.ReviewID, digest mailings.Digest) error {
	return d.Create(ctx, by, fmt.Sprintf("/reviews/%d/approve", review), map[string]any{"digest": digest}, nil)
}

// tryServers tries what goes over the servers.
func (d *day) tryServers(ctx context.Context, review approval.ReviewID) error {
	secret := strings.Repeat("A", 43)
	for _, try := range []struct {
		tried  string
		by     *demo.Person
		digest mailings.Digest
	}{
		{"approve a mailing that one wrote", d.Planner, d.trial.Round.Digest},
		{"approve twice, as maker and as colleague", d.Editor, d.trial.Round.Digest},
		{"approve with a forged API token", &demo.Person{Token: "keur_" + secret}, d.trial.Round.Digest},
		{"approve another content than was submitted", d.Colleague, mailings.Digest{}},
		{"approve without a look at all mails that go out", d.Colleague, d.trial.Round.Digest},
	} {
		if err := d.refused(try.tried, d.approve(ctx, try.by, review, try.digest)); err != nil {
			return err
		}
	}
	status, page, err := d.Visit(ctx, "/a/"+secret, demo.Browser,
		url.Values{"digest": {d.trial.Round.Digest.String()}, "verdict": {"approve"}})
	if err != nil {
		return err
	}
	if status < 400 {
		return errors.New("a forged link let someone approve")
	}
	return d.refused("approve by a forged link", fmt.Errorf("%d %s", status, demo.Words(page)))
}

// trySQL tries what someone with the application's password could do in psql.
func (d *day) trySQL(ctx context.Context, review approval.ReviewID) error {
	db, err := postgres.Open(ctx, d.DatabaseURL)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	for _, try := range []struct {
		tried, sql string
		args       []any
	}{
		{"UPDATE mailings SET state = 'scheduled'", `UPDATE mailings SET state = 'scheduled' WHERE id = $1`, []any{d.trial.ID}},
		{"UPDATE approval_reviews SET verdict = 'approved', as its author", `
			UPDATE approval_reviews SET verdict = 'approved', user_id = $2, decided_at = now() WHERE id = $1`, []any{review, d.Planner.ID}},
		{"INSERT INTO sends", `
			INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month)
			VALUES ($1, $2, $3, now() AT TIME ZONE 'UTC', now(), date_trunc('month', now() AT TIME ZONE 'UTC')::date)`,
			[]any{d.trial.ID, d.trial.Revision, d.trial.LabelID}},
		{"UPDATE revisions SET content = …", `UPDATE revisions SET content = '{}' WHERE id = $1`, []any{d.mailings[0].Revision}},
		{"DELETE FROM audit_log", `DELETE FROM audit_log`, nil},
	} {
		_, err := db.ExecContext(ctx, try.sql, try.args...)
		if err := d.refused(try.tried, err); err != nil {
			return err
		}
	}
	return nil
}

// tryEdit has the mailing approved after all, edits it, and tries to send it on
// the approval that it had.
func (d *day) tryEdit(ctx context.Context, review approval.ReviewID) error {
	if err := d.trial.Decide(ctx, d.Colleague, ""); err != nil {
		return err
	}
	if err := demo.Until(ctx, "the trial's send", func() (bool, error) {
		planned, err := d.trial.Send(ctx)
		return planned != nil && planned.State == mailings.Planned, err
	}); err != nil {
		return err
	}
	stale := *d.trial
	d.trial.Brief.Preheader = "Met een ander aanbod dan er stond."
	if err := d.trial.Revise(ctx); err != nil {
		return err
	}
	if err := d.Get(ctx, d.Planner, fmt.Sprintf("/mailings/%d", d.trial.ID), &d.trial.Mailing); err != nil {
		return err
	}
	send, err := d.trial.Send(ctx)
	if err != nil {
		return err
	}
	d.answered("edit after approval", fmt.Sprintf("the mailing is a %s again, and its send is %s", d.trial.State, send.State))
	if err := d.refused("approve the edit by the old review", d.approve(ctx, d.Colleague, review, stale.Round.Digest)); err != nil {
		return err
	}
	return d.refused("edit what someone else edited meanwhile", stale.Revise(ctx))
}

// refused notes what a trial was answered, or returns an error if it worked.
func (d *day) refused(tried string, err error) error {
	if err == nil {
		return fmt.Errorf("%s: that should have been refused", tried)
	}
	answer := err.Error()
	var p *demo.Problem
	var sql *pq.Error
	switch {
	case errors.As(err, &p):
		answer = p.Error()
	case errors.As(err, &sql):
		answer = sql.Message
	}
	d.answered(tried, answer)
	return nil
}

// answered notes a refusal.
func (d *day) answered(tried, answer string) {
	d.refusals++
	d.Note("%-65s %s", tried, answer)
}
