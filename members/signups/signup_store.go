package signups

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/notices"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/labels"
	"keur/members"
)

// Store keeps who signed up and is to confirm it.
type Store struct {
	*Forms
	enrols  *members.Enrolments
	notices *notices.Store
}

// NewStore returns the store of sign-ups by these forms.
func NewStore(forms *Forms, letters *notices.Store) *Store {
	return &Store{forms, members.NewEnrolments(forms.members), letters}
}

// SourceName is where consents and members come from that were given by a form.
const SourceName = "signup"

// Ask writes down that somebody asks to become a member, and mails a link to the
// address that confirms it. Nothing else changes. It returns no error for an address
// that isn't mailed, so that its answer tells nobody who is a member, who left and
// who was erased. Returns an invalid fault of the fields address, agree and
// answers.NAME, ErrClosed where the form isn't open, and ErrTooMany from where many
// asked within an hour.
func (s *Store) Ask(ctx context.Context, label labels.Label, asked Asked) error {
	f, err := s.Form(ctx, label.ID)
	if err != nil {
		return err
	}
	if !f.Open {
		return ErrClosed
	}
	known, err := s.members.Attributes(ctx, label.ID)
	if err != nil {
		return err
	}
	var wrong fault.List
	address, err := members.ParseAddress(asked.Address)
	if err != nil {
		wrong.Note("address", words.OfError(err))
	}
	if !asked.Agreed {
		wrong.Add("agree", "members.signup_agree")
	}
	said, err := f.read(asked.Answers, known)
	var details *fault.Error
	if errors.As(err, &details) {
		for _, d := range details.Details {
			wrong.Note(d.Path, d.Message)
		}
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error { return s.ask(ctx, tx, label, f, asked, address, said) })
}

func (s *Store) ask(
	ctx context.Context, tx *sqlx.Tx, label labels.Label, f Form, asked Asked, address members.Address, said map[string]any,
) error {
	if err := s.shown(ctx, tx, label.ID, asked.Text); err != nil {
		return err
	}
	mailbox, err := s.enrols.Mailbox(ctx, tx, address)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	signup := Signup{
		Label: label.ID, Mailbox: mailbox, Text: asked.Text, OffTopics: f.off(asked),
		FormURL: asked.FormURL, IP: asked.IP, AskedAt: now, ExpiresAt: now.Add(Life),
	}
	mailed, err := s.count(ctx, tx, signup)
	if err != nil {
		return err
	}
	may, err := s.enrols.Mailable(ctx, tx, members.Newcomer{Label: label.ID, Address: address.Mail})
	if err != nil {
		return err
	}
	if may = may && mailed < mailsADay; may {
		signup.Address, signup.Tracking = address.Mail, asked.Tracking
	} else {
		said = nil
	}
	if signup.Answers, err = json.Marshal(said); err != nil || said == nil {
		signup.Answers = json.RawMessage("{}")
	}
	token, err := s.keep(ctx, tx, &signup) // whatever becomes of it, so that the time it takes tells little
	if err != nil {
		return err
	}
	mail, err := letter(label, signup, token)
	if err != nil || !may {
		return err
	}
	return s.notices.Queue(ctx, tx, mail)
}

// shown returns a fault of the field text unless the version is one that the
// label's form had: forms on other sites may show an older one.
func (s *Store) shown(ctx context.Context, tx *sqlx.Tx, label labels.ID, version int) error {
	var known bool
	err := tx.GetContext(ctx, &known, `
		SELECT EXISTS (SELECT FROM signup_texts WHERE label_id = $1 AND version = $2)`, label, version)
	if err == nil && !known {
		return fault.At("text", "members.signup_text_unknown")
	}
	return postgres.Fault(err, "thing.signup_form")
}

// count returns how many mails went to the mailbox within a day, and ErrTooMany if
// many asked from the network address within an hour. Of two who ask at once, one
// counts the other.
func (s *Store) count(ctx context.Context, tx *sqlx.Tx, asks Signup) (mailed int, err error) {
	network, site := networksOf(asks.IP)
	for _, key := range []string{"signup-from:" + network, "signup-to:" + string(asks.Mailbox)} {
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtextextended(encode($1::bytea, 'hex'), 0))`, []byte(key)); err != nil {
			return 0, postgres.Fault(err, "thing.signups")
		}
	}
	var many, ofSite int
	err = tx.QueryRowxContext(ctx, `
		SELECT (SELECT count(*) FROM signups WHERE asked_at > $2::timestamptz - interval '1 hour' AND ip <<= $3::inet),
		       (SELECT count(*) FROM signups WHERE asked_at > $2::timestamptz - interval '1 hour' AND ip <<= $4::inet),
		       (SELECT count(*) FROM signups WHERE mailbox = $1 AND asked_at > $2::timestamptz - interval '24 hours' AND address IS NOT NULL)`,
		asks.Mailbox, asks.AskedAt, nullable(network), nullable(site)).Scan(&many, &ofSite, &mailed)
	if err != nil {
		return 0, postgres.Fault(err, "thing.signups")
	}
	if many >= asksAnHour || ofSite >= siteAnHour {
		return 0, ErrTooMany
	}
	return mailed, nil
}

// keep writes a sign-up down and returns its token.
func (s *Store) keep(ctx context.Context, tx *sqlx.Tx, signup *Signup) (string, error) {
	token, hash := newToken()
	err := tx.GetContext(ctx, &signup.ID, `
		INSERT INTO signups (token_hash, label_id, mailbox, address, text_version, tracking, off_topics, answers, form_url, ip,
		                     asked_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id`,
		hash, signup.Label, signup.Mailbox, nullable(signup.Address), signup.Text, signup.Tracking, signup.OffTopics,
		string(signup.Answers), signup.FormURL, nullable(signup.IP), signup.AskedAt, signup.ExpiresAt)
	return token, postgres.Fault(err, "thing.signups")
}

// DeleteOld deletes sign-ups that were asked for three days ago: nobody can confirm
// them any more, nor are they counted.
func (s *Store) DeleteOld(ctx context.Context) error {
	_, err := postgres.Exec(ctx, s.db, `
		DELETE FROM signups WHERE asked_at < $1::timestamptz - interval '72 hours'`, s.clock.Now())
	return postgres.Fault(err, "thing.signups")
}

// Open returns the sign-up of the label that token opens, for the page that asks to
// confirm it. Returns ErrOver, a not-found fault, if none is good.
func (s *Store) Open(ctx context.Context, label labels.ID, token string) (signup Signup, err error) {
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		signup, err = s.good(ctx, tx, label, token)
		return err
	})
	return signup, err
}

// good returns the sign-up, locked, so that of two at once one finds it used.
func (s *Store) good(ctx context.Context, tx *sqlx.Tx, label labels.ID, token string) (signup Signup, err error) {
	err = postgres.Fault(tx.GetContext(ctx, &signup, `
		SELECT id, label_id, mailbox, coalesce(address, '') AS address, text_version, tracking, off_topics, answers, form_url,
		       coalesce(host(ip), '') AS ip, asked_at, expires_at, ended_at
		  FROM signups WHERE id = secret_id('signups', $1) AND label_id = $2 FOR UPDATE`, []byte(token), label), "thing.signups")
	if fault.Is(err, fault.NotFound) {
		return signup, ErrOver
	}
	if err != nil {
		return signup, err
	}
	return signup, signup.Check(s.clock.Now())
}

// Confirm makes whoever has the link a member of the label, or lets a member come
// back, with their consents and the proof of them, and ends the other links of the
// address. ip is from where it was confirmed. Returns ErrOver, and members.ErrErased
// or members.ErrBarred for whom mail is kept from since.
func (s *Store) Confirm(ctx context.Context, label labels.ID, token, ip string) (id members.ID, err error) {
	known, err := s.members.Attributes(ctx, label)
	if err != nil {
		return 0, err
	}
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		signup, err := s.good(ctx, tx, label, token)
		if err != nil {
			return err
		}
		said := signup.Said()
		for name := range said { // of what the label no longer knows
			if !slices.ContainsFunc(known, func(a members.Attribute) bool { return a.Name == name }) {
				delete(said, name)
			}
		}
		if id, err = s.enrol(ctx, tx, signup, said, ip); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE signups SET ended_at = $3
			 WHERE mailbox = $1 AND label_id = $2 AND lower(address) = lower($4) AND ended_at IS NULL`,
			signup.Mailbox, label, s.clock.Now(), signup.Address)
		return postgres.Fault(err, "thing.signups")
	})
	return id, err
}

func (s *Store) enrol(ctx context.Context, tx *sqlx.Tx, signup Signup, said map[string]any, ip string) (members.ID, error) {
	text, err := s.textOf(ctx, tx, signup)
	if err != nil {
		return 0, err
	}
	mailed, err := s.notices.SentAt(ctx, tx, letterKey(signup.ID))
	if err != nil {
		return 0, err
	}
	if mailed == nil {
		mailed = &signup.AskedAt
	}
	now := s.clock.Now()
	given := members.Consent{
		Kind: members.MailConsent, Given: true, At: now, Statement: text.Mail, Version: text.name(), Source: SourceName,
		FormURL: signup.FormURL, IP: signup.IP, OptinMailedAt: mailed, ConfirmedAt: &now, ConfirmedIP: ip,
	}
	newcomer := members.Newcomer{
		Label: signup.Label, Address: signup.Address, Attributes: said, Source: SourceName, Consents: []members.Consent{given},
	}
	if signup.Tracking && text.Tracking != "" {
		given.Kind, given.Statement = members.TrackingConsent, text.Tracking
		newcomer.Consents = append(newcomer.Consents, given)
	}
	id, err := s.enrols.Enrol(ctx, tx, newcomer)
	if err != nil {
		return 0, err
	}
	return id, s.enrols.TurnOff(ctx, tx, id, signup.Label, signup.OffTopics)
}

// Agrees returns the words that whoever confirms the sign-up agrees to. Somebody else
// may have filled in the form: they are to be read where it is confirmed.
func (s *Store) Agrees(ctx context.Context, signup Signup) (Text, error) {
	text, err := s.textOf(ctx, s.db, signup)
	if !signup.Tracking {
		text.Tracking = ""
	}
	return text, err
}

func (s *Store) textOf(ctx context.Context, q sqlx.QueryerContext, signup Signup) (text Text, err error) {
	err = sqlx.GetContext(ctx, q, &text, `
		SELECT version, mail, tracking, at, by FROM signup_texts WHERE label_id = $1 AND version = $2`, signup.Label, signup.Text)
	return text, postgres.Fault(err, "thing.signup_form")
}

// nullable returns s as a column takes it that holds null and not "".
func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}
