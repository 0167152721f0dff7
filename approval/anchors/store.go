package anchors

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/clock"
	"keur/internal/notices"
	"keur/internal/postgres"
)

// Keeper anchors the trail: it signs its head and hands that to whoever keeps it
// outside the database.
type Keeper struct {
	DB      *sqlx.DB
	Clock   clock.Clock
	Key     ed25519.PrivateKey
	Notices *notices.Store // mails to admins
	File    string         // that anchors are added to; "": none
	Webhook string         // that each is posted to; "": none
}

// webhookWithin is how long a webhook may take to answer.
const webhookWithin = 10 * time.Second

// Anchor signs the trail's head, unless it was signed already, and keeps it in
// the table, in the file, in the admins' mail and by the webhook. An error of
// one doesn't keep the others from it.
func (k *Keeper) Anchor(ctx context.Context) error {
	a, err := k.anchor(ctx)
	if err != nil || a == nil {
		return err
	}
	return errors.Join(k.keepInFile(*a), k.post(ctx, *a))
}

// anchor returns the new anchor, which is in the table and in the mails to
// admins, or nil if nothing happened since the last one.
func (k *Keeper) anchor(ctx context.Context) (made *Anchor, err error) {
	err = postgres.InTx(ctx, k.DB, func(tx *sqlx.Tx) error {
		made = nil
		var head struct {
			Seq  int64
			Hash []byte
		}
		err := tx.GetContext(ctx, &head, `
			SELECT seq, hash FROM audit_log
			 WHERE seq = (SELECT max(seq) FROM audit_log) AND seq > coalesce((SELECT max(seq) FROM audit_anchors), 0)`)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return postgres.Fault(err, "thing.audit_trail")
		}
		a := Sign(k.Key, head.Seq, head.Hash, k.Clock.Now())
		if _, err := tx.ExecContext(ctx, `INSERT INTO audit_anchors (seq, hash, at, key, signature) VALUES ($1, $2, $3, $4, $5)`,
			a.Seq, []byte(a.Hash), a.At, []byte(a.Key), []byte(a.Signature)); err != nil {
			return postgres.Fault(err, "thing.audit_trail")
		}
		made = &a
		return k.mail(ctx, tx, a)
	})
	return made, err
}

// mail sends the anchor to each admin who can sign in.
func (k *Keeper) mail(ctx context.Context, tx *sqlx.Tx, a Anchor) error {
	var admins []accounts.User
	if err := tx.SelectContext(ctx, &admins, `
		SELECT id, email, name, locale FROM users WHERE admin AND disabled_at IS NULL ORDER BY id`); err != nil {
		return postgres.Fault(err, "thing.users")
	}
	line, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("write an anchor: %w", err)
	}
	for _, u := range admins {
		letter := notices.Write(u.Locale, "approval_letter.anchor", "name", u.Name, "entry", a.Seq, "line", string(line))
		key := fmt.Sprintf("anchor:%d:%d", a.Seq, u.ID)
		if err := k.Notices.Queue(ctx, tx, notices.Notice{Key: key, Recipient: u.Email, Letter: letter}); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) keepInFile(a Anchor) error {
	if k.File == "" {
		return nil
	}
	file, err := os.OpenFile(k.File, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("keep an anchor: %w", err)
	}
	return errors.Join(Write(file, a), file.Sync(), file.Close())
}

func (k *Keeper) post(ctx context.Context, a Anchor) error {
	if k.Webhook == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, webhookWithin)
	defer cancel()
	var body bytes.Buffer
	if err := Write(&body, a); err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, k.Webhook, &body)
	if err != nil {
		return fmt.Errorf("post an anchor: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("post an anchor: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16))
	if answer.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("post an anchor: the webhook answered %s", answer.Status)
	}
	return nil
}
