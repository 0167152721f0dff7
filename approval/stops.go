package approval

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/postgres"
	"keur/mailings"
)

// NotifyStopped mails those who can do something about it of each send that was
// held or missed, once each time it stops: its makers, and the colleagues who
// may let it go on. Returns of how many sends.
func (e *Engine) NotifyStopped(ctx context.Context) (int, error) {
	for n := 0; ; n++ {
		more := false
		err := postgres.InTx(ctx, e.db, func(tx *sqlx.Tx) error {
			send, found, err := e.mailings.TakeStopped(ctx, tx)
			if err != nil || !found {
				return err
			}
			more = true
			return e.notifyStop(ctx, tx, &send)
		})
		if err != nil || !more {
			return n, err
		}
	}
}

func (e *Engine) notifyStop(ctx context.Context, tx *sqlx.Tx, send *mailings.Send) error {
	m, err := e.mailings.GetIn(ctx, tx, send.MailingID)
	if err != nil {
		return err
	}
	label, err := e.labels.GetIn(ctx, tx, send.LabelID)
	if err != nil {
		return err
	}
	concerned, err := e.concerned(ctx, tx, send)
	if err != nil {
		return err
	}
	stopped := e.clock.Now().UnixMicro() // tells this stop from those before it
	for _, u := range concerned {
		text := letterTo(u.Locale, string(send.State), letterFacts{
			Name: u.Name, Mailing: m.Name, Label: label.Name, Until: send.SlotAt.In(label.Location()),
			Reason: holdWords(u.Locale, send.HeldReason), URL: fmt.Sprintf("%s/sends/%d", e.deskURL, send.ID),
		})
		if err := e.queue(ctx, tx, fmt.Sprintf("send:%d:user:%d:%s:%d", send.ID, u.ID, send.State, stopped), &label, u.Email, text); err != nil {
			return err
		}
	}
	return nil
}

// concerned returns the makers of what the send sends, and the approvers of its
// label.
func (e *Engine) concerned(ctx context.Context, tx *sqlx.Tx, send *mailings.Send) ([]accounts.User, error) {
	users, err := e.accounts.WithRoleIn(ctx, tx, send.LabelID, accounts.Approver)
	if err != nil {
		return nil, err
	}
	authors, err := e.mailings.AuthorsIn(ctx, tx, send.RevisionID)
	if err != nil {
		return nil, err
	}
	for _, id := range authors {
		u, err := e.accounts.GetIn(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if u.DisabledAt == nil && !slices.ContainsFunc(users, func(known accounts.User) bool { return known.ID == id }) {
			users = append(users, u)
		}
	}
	return users, nil
}

// holds says by language and kind why a send is held. The desk says it in full.
var holds = map[string]map[string]string{
	"nl": {
		"drift":       "De doelgroep is sinds de goedkeuring te veel veranderd.",
		"stop switch": "Een adverteerder in de mailing is stopgezet.",
		"preflight":   "De controle vlak voor het verzenden vond een probleem.",
		"bounces":     "Te veel mails komen terug.",
		"complaints":  "Te veel leden klagen over de mail.",
		"mail":        "De mail kan niet worden gemaakt.",
		"":            "Er moet eerst iemand naar kijken.",
	},
	"de": {
		"drift":       "Die Zielgruppe hat sich seit der Freigabe zu stark verändert.",
		"stop switch": "Ein Werbekunde im Mailing wurde gestoppt.",
		"preflight":   "Die Prüfung kurz vor dem Versand fand ein Problem.",
		"bounces":     "Zu viele E-Mails kommen zurück.",
		"complaints":  "Zu viele Mitglieder beschweren sich über die E-Mail.",
		"mail":        "Die E-Mail kann nicht erstellt werden.",
		"":            "Es muss zuerst jemand einen Blick darauf werfen.",
	},
	"en": {
		"drift":       "The audience has changed too much since it was approved.",
		"stop switch": "An advertiser in the mailing was stopped.",
		"preflight":   "The check before sending found a problem.",
		"bounces":     "Too many mails come back.",
		"complaints":  "Too many members complain about the mail.",
		"mail":        "The mail can't be made.",
		"":            "Somebody has to look at it first.",
	},
}

// holdWords says in the reader's language why a send is held: for this reason,
// which begins with its kind.
func holdWords(locale, reason string) string {
	kind, _, _ := strings.Cut(reason, ":")
	byKind, ok := holds[locale]
	if !ok {
		byKind = holds["en"]
	}
	return cmp.Or(byKind[kind], byKind[""])
}
