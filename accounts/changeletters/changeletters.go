// Package changeletters mails those whom a change request concerns: who may
// decide it, and then who proposed it and the user whom it is about.
package changeletters

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/changes"
	"keur/internal/each"
	"keur/internal/notices"
	"keur/internal/postgres"
	"keur/internal/words"
)

// Sender writes the letters.
type Sender struct {
	DB      *sqlx.DB
	Changes *changes.Store
	Notices *notices.Store
	DeskURL string // where staff reach the desk: scheme and host, no slash at its end
}

const userColumns = `u.id, u.email, u.name, u.locale`

// SendDue writes the letters of each request whose state nobody was told of, and
// returns of how many.
func (l *Sender) SendDue(ctx context.Context) (int, error) {
	untold, err := l.Changes.Untold(ctx)
	if err != nil {
		return 0, err
	}
	return each.Try(ctx, 1, untold, func(ctx context.Context, id changes.ID) error {
		return postgres.InTx(ctx, l.DB, func(tx *sqlx.Tx) error {
			r, found, err := l.Changes.TakeUntold(ctx, tx, id)
			if err != nil || !found { // another process was quicker
				return err
			}
			return l.write(ctx, tx, r)
		})
	})
}

// write queues the letters of one request.
func (l *Sender) write(ctx context.Context, tx *sqlx.Tx, r changes.Request) error {
	readers, err := l.deciders(ctx, tx, r)
	if !r.Waits() {
		readers, err = l.concerned(ctx, tx, r)
	}
	if err != nil {
		return err
	}
	by, err := l.name(ctx, tx, r.ProposedBy)
	if err != nil {
		return err
	}
	for _, u := range readers {
		says := "change_letter." + string(r.State)
		if r.Waits() && u.ID.Actor() == r.ProposedBy {
			says = "change_letter.by_program"
		}
		letter := notices.Write(u.Locale, says, "name", u.Name, "what", words.In(u.Locale).Sentence(r.What),
			"by", by, "url", l.DeskURL+page(r))
		key := fmt.Sprintf("change:%d:%s:%s", r.ID, r.State, u.Email)
		if err := l.Notices.Queue(ctx, tx, notices.Notice{Key: key, Recipient: u.Email, Letter: letter}); err != nil {
			return err
		}
	}
	return nil
}

// page is where a request is decided.
func page(r changes.Request) string {
	if id, is := strings.CutPrefix(r.Subject, "advertisers:"); is {
		return "/advertisers/" + id
	}
	return "/settings/changes"
}

// deciders returns the users who may confirm what another proposed: admins, and
// of an advertiser's contacts whoever runs it. While one may do it alone, that one
// too: a program proposed it with their token.
func (l *Sender) deciders(ctx context.Context, tx *sqlx.Tx, r changes.Request) ([]accounts.User, error) {
	found, err := accounts.AdminsIn(ctx, tx)
	if id, is := strings.CutPrefix(r.Subject, "advertisers:"); is && strings.HasPrefix(r.Kind, "contacts.") {
		found = nil
		err = postgres.Fault(tx.SelectContext(ctx, &found, `
			SELECT `+userColumns+` FROM users u WHERE u.disabled_at IS NULL AND runs_advertiser('user:' || u.id, $1) ORDER BY u.id`, id),
			"thing.users")
	}
	var two bool
	if err == nil {
		err = postgres.Fault(tx.GetContext(ctx, &two, `SELECT change_takes_two($1)`, r.Kind), "thing.change", "id", r.ID)
	}
	return slices.DeleteFunc(found, func(u accounts.User) bool { return two && u.ID.Actor() == r.ProposedBy }), err
}

// concerned returns who hears what became of a request, but for who decided it:
// who proposed it, and the user whom it is about, at both addresses where it
// gave them another one.
func (l *Sender) concerned(ctx context.Context, tx *sqlx.Tx, r changes.Request) ([]accounts.User, error) {
	var found []accounts.User
	err := tx.SelectContext(ctx, &found, `
		SELECT `+userColumns+` FROM users u
		 WHERE ('user:' || u.id = $1 OR $2 IN ('users:' || u.id, 'users:' || u.email)) AND 'user:' || u.id IS DISTINCT FROM $3 AND u.disabled_at IS NULL
		 ORDER BY u.id`, r.ProposedBy, r.Subject, r.DecidedBy)
	if err != nil {
		return nil, postgres.Fault(err, "thing.users")
	}
	var to struct{ Before, After accounts.User }
	if r.Kind != accounts.ChangeUser || json.Unmarshal(r.Payload, &to) != nil || to.Before.Email == to.After.Email {
		return found, nil
	}
	for _, u := range found {
		if u.ID == to.After.ID && u.Email != to.Before.Email {
			u.Email = to.Before.Email
			return append(found, u), nil
		}
	}
	return found, nil
}

// name returns what the actor is called.
func (l *Sender) name(ctx context.Context, tx *sqlx.Tx, actor string) (string, error) {
	var names []string
	err := tx.SelectContext(ctx, &names, `SELECT name FROM users WHERE 'user:' || id = $1`, actor)
	if len(names) == 0 {
		return actor, postgres.Fault(err, "thing.users")
	}
	return names[0], postgres.Fault(err, "thing.users")
}
