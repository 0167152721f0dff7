package alarms

import (
	"context"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/delivery/shaping"
	"keur/internal/notices"
	"keur/internal/words"
	"keur/mailings"
)

// Letters mails people about alarms.
type Letters struct {
	Accounts *accounts.Store
	Mailings *mailings.Store
	Sends    *mailings.Sends
	Notices  *notices.Store
	DeskURL  string // where staff reach the desk: scheme and host, no slash at its end
}

// Tell queues a letter to each admin about each alarm, and, of a send, to those who
// wrote what it sends. Of what comes and goes within hours one letter a day is
// enough, over the hour and the day alike.
func (l *Letters) Tell(ctx context.Context, tx *sqlx.Tx, raised []Raised) error {
	admins, err := accounts.AdminsIn(ctx, tx)
	if err != nil {
		return err
	}
	for _, r := range raised {
		to, name := admins, ""
		if r.Send != nil {
			if to, name, err = l.concerned(ctx, tx, admins, *r.Send); err != nil {
				return err
			}
		}
		key := fmt.Sprintf("alarm:%s:%s:%s:%s:%s", r.Kind, r.Provider, r.Domain, r.Level, r.RaisedAt.UTC().Format("2006-01-02"))
		if r.Send != nil {
			key = fmt.Sprintf("alarm:%s:%s:send:%d:%s", r.Kind, r.Provider, *r.Send, r.Level)
		}
		for _, u := range to {
			said := words.Capital(r.Said(words.In(u.Locale), name))
			letter := notices.Write(u.Locale, "alarm_letter.raised", "name", u.Name, "said", said, "url", l.DeskURL+r.Path(u.Admin))
			if err := l.Notices.Queue(ctx, tx, notices.Notice{Key: key + ":" + u.Email, Recipient: u.Email, Letter: letter}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Path is the alarm's page at the desk, for admins or for those who answer for the send.
func (r Raised) Path(admin bool) string {
	if admin || r.Send == nil {
		return fmt.Sprintf("/alarms/%d", r.ID)
	}
	return fmt.Sprintf("/sends/%d/alarms/%d", *r.Send, r.ID)
}

// Said says what an alarm is about, of a send with its mailing's name.
func (r Raised) Said(say words.Speaker, mailing string) string {
	return say.Of("alarm_said", string(r.Kind)+"_"+string(r.Span),
		"share", r.Rate(), "n", r.Events, "mails", r.Mails, "provider", shaping.Title(r.Provider), "domain", r.Domain, "mailing", mailing)
}

// concerned returns the admins and the authors of what a send sends, each once, and
// its mailing's name.
func (l *Letters) concerned(ctx context.Context, tx *sqlx.Tx, admins []accounts.User, id mailings.SendID) ([]accounts.User, string, error) {
	send, err := l.Sends.GetIn(ctx, tx, id)
	if err != nil {
		return nil, "", err
	}
	m, err := l.Mailings.GetIn(ctx, tx, send.MailingID)
	if err != nil {
		return nil, "", err
	}
	authors, err := l.Mailings.AuthorsIn(ctx, tx, send.RevisionID)
	if err != nil {
		return nil, "", err
	}
	to := slices.Clone(admins)
	for _, author := range authors {
		u, err := l.Accounts.GetIn(ctx, tx, author)
		if err != nil {
			return nil, "", err
		}
		if u.DisabledAt == nil && !slices.ContainsFunc(to, func(known accounts.User) bool { return known.ID == author }) {
			to = append(to, u)
		}
	}
	return to, m.Name, nil
}
