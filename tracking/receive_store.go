package tracking

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/members"
	"keur/tracking/bounces"
)

// Received is what a letter that came back turned out to be.
type Received struct {
	Kind   bounces.Kind
	Class  bounces.Class // of a bounce
	Send   int64         // 0: about no delivery that we can name
	Member int64
	New    bool // it says something that we didn't know
}

// Receive takes in a letter that came to one of our bounce addresses, and
// records what it says of which delivery. Forged or stray letters change
// nothing and are no error.
func (s *Store) Receive(ctx context.Context, to []string, letter io.Reader) (Received, error) {
	if got, done, err := s.unsubscribed(ctx, to); done {
		return got, err
	}
	raw, err := io.ReadAll(io.LimitReader(letter, bounces.MaxSize))
	if err != nil {
		return Received{}, fmt.Errorf("read a letter that came back: %w", err)
	}
	report, err := bounces.Read(bytes.NewReader(raw))
	if err != nil {
		return Received{}, fmt.Errorf("read a letter that came back: %w", err)
	}
	if report.Kind == bounces.DMARC {
		got := Received{Kind: report.Kind}
		if s.reports != nil {
			got.New, err = s.reports.TakeLetter(s.key.Acting(ctx, "system:tracking"), raw, *report.DMARC)
		}
		return got, err
	}
	if report.Kind == bounces.Other || report.Kind == bounces.AutoReply { // a mail program's, which may come without an envelope
		if got, done, err := s.unsubscribed(ctx, report.To); done {
			return got, err
		}
	}
	return s.take(ctx, to, report)
}

// Take records what reports say that a service posted, as Receive does of letters,
// and returns how many said what we didn't know. Those that mails arrived are taken
// together, as a relay posts one of each mail.
func (s *Store) Take(ctx context.Context, reports []bounces.Report) (fresh int, err error) {
	var arrived []Ref
	for _, report := range reports {
		if report.Delivered() {
			if ref, found := s.identify(nil, report); found {
				arrived = append(arrived, ref)
			}
			continue
		}
		got, err := s.take(ctx, nil, report)
		if err != nil {
			return fresh, err
		}
		if got.New {
			fresh++
		}
	}
	n, err := s.relayed.take(ctx, arrived)
	return fresh + n, err
}

// take records what a report says of which delivery. to is where it came to.
func (s *Store) take(ctx context.Context, to []string, report bounces.Report) (got Received, err error) {
	got.Kind = report.Kind
	ref, found := s.identify(to, report)
	if !found {
		return got, nil
	}
	got.Send, got.Member = ref.Send, ref.Member
	if report.Delivered() {
		n, err := s.relayed.take(ctx, []Ref{ref})
		got.New = n > 0
		return got, err
	}
	switch report.Kind {
	case bounces.Bounce:
		for _, result := range report.Results {
			if result.Final() {
				got.Class = result.Class
				got.New, err = s.bounced(ctx, ref, result)
				break
			}
		}
	case bounces.Complaint:
		if report.Suppresses() {
			got.New, err = s.complained(ctx, ref, report.Feedback)
		}
	}
	return got, gone(err)
}

// unsubscribed unsubscribes by the first of these addresses that is for that,
// and reports whether one is.
func (s *Store) unsubscribed(ctx context.Context, to []string) (Received, bool, error) {
	for _, address := range to {
		if ref, ok := s.ring.ParseUnsubscribeAddress(address); ok {
			err := s.Unsubscribe(ctx, ref, false, ByMail)
			return Received{Kind: bounces.Other, Send: ref.Send, Member: ref.Member, New: err == nil}, true, gone(err)
		}
	}
	return Received{}, false, nil
}

// gone forgives letters about sends that no longer exist.
func gone(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// identify finds the delivery that a report is about: by the return path that
// it came to, else by what it quotes. Addresses of people are no proof.
func (s *Store) identify(to []string, report bounces.Report) (Ref, bool) {
	for _, address := range append(to[:len(to):len(to)], report.Addresses...) {
		if ref, ok := s.ring.ParseReturnPath(address); ok {
			return ref, true
		}
	}
	for _, id := range report.MessageIDs {
		if ref, ok := s.ring.ParseMessageID(id); ok {
			return ref, true
		}
	}
	for _, token := range report.Tokens {
		if ref, ok := s.ring.Parse(Unsubscribe, token); ok {
			return ref, true
		}
	}
	for _, address := range report.Addresses {
		if ref, ok := s.ring.ParseUnsubscribeAddress(address); ok {
			return ref, true
		}
	}
	return Ref{}, false
}

// bounced records a bounce that came after the server had taken the mail. A
// later one of the same delivery counts in its place if it says more. One of a month
// that isn't kept says nothing: nobody knows to which address that mail went.
func (s *Store) bounced(ctx context.Context, ref Ref, result bounces.Result) (first bool, err error) {
	of, err := s.find(ctx, ref.Send)
	if err != nil || !of.Kept {
		return false, err
	}
	said := bounces.Redact(result.Text)
	detail := strings.TrimSpace(result.Enhanced + " " + said)
	a := act{ref: ref, send: of, at: s.clock.Now(), kind: "bounce", column: "bounced_at", reason: string(result.Class), detail: detail}
	err = postgres.InTx(s.key.Acting(ctx, "system:tracking"), s.db, func(tx *sqlx.Tx) error {
		var neverLeft bool
		if err := tx.GetContext(ctx, &neverLeft, `SELECT delivery_never_left($1, $2)`, ref.Send, ref.Member); err != nil || neverLeft {
			return err // a letter about another mail, that quotes this one
		}
		if first, err = s.once(ctx, tx, a, BouncePrefix+Measure(result.Class)); err != nil {
			return err
		}
		if !first {
			if first, err = s.harder(ctx, tx, a); err != nil || !first {
				return err
			}
		}
		if err := s.returned(ctx, tx, a); err != nil {
			return err
		}
		return s.Conclude(ctx, tx, Bounced{ref.Send, ref.Member, result.Class, "dsn", said})
	})
	return first, err
}

// harder records a bounce of a delivery that bounced before, if it is of a
// harder class, and reports that. The delivery counts under the new class alone.
func (s *Store) harder(ctx context.Context, tx *sqlx.Tx, a act) (bool, error) {
	var had bounces.Class
	if err := tx.GetContext(ctx, &had, `
		SELECT coalesce((SELECT reason FROM events
		   WHERE send_month = $1 AND send_id = $2 AND member_id = $3 AND kind = 'bounce' ORDER BY id DESC LIMIT 1), '')`,
		a.send.Month, a.send.ID, a.ref.Member); err != nil {
		return false, fmt.Errorf("bounces of send %d: %w", a.send.ID, err)
	}
	now := bounces.Class(a.reason)
	if !now.Harder(had) {
		return false, nil
	}
	if err := s.tell(ctx, tx, a, BouncePrefix+Measure(now), 1); err != nil {
		return false, err
	}
	return true, s.count(ctx, tx, a, BouncePrefix+Measure(had), -1)
}

// complained records a complaint and never writes to the member again.
func (s *Store) complained(ctx context.Context, ref Ref, feedback string) (first bool, err error) {
	of, err := s.find(ctx, ref.Send)
	if err != nil {
		return false, err
	}
	a := act{ref: ref, send: of, at: s.clock.Now(), kind: "complaint", column: "complained_at", reason: feedback}
	err = postgres.InTx(s.key.Acting(ctx, "system:tracking"), s.db, func(tx *sqlx.Tx) error {
		if first, err = s.once(ctx, tx, a, Complained); err != nil || !first && of.Kept {
			return err
		}
		return s.members.Suppress(ctx, tx, members.ID(ref.Member), members.EveryLabel, members.Complaint, "arf", &ref.Send)
	})
	return first, err
}
