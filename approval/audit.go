package approval

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/postgres"
)

// Entry is one row of the audit trail. The database writes them by trigger;
// nothing can change or delete one.
type Entry struct {
	Seq      int64           `db:"seq" json:"seq"`
	At       time.Time       `db:"at" json:"at"`
	Actor    string          `db:"actor" json:"actor"` // user:12, contact:7, system:scheduler, database:login
	Name     *string         `db:"actor_name" json:"actor_name,omitempty" doc:"What the user or contact was called then"`
	Action   string          `db:"action" json:"action"`
	Subject  string          `db:"subject" json:"subject"`
	Detail   json.RawMessage `db:"detail" json:"detail"`
	Previous HexBytes        `db:"previous" json:"previous"`
	Hash     HexBytes        `db:"hash" json:"hash"`
}

// HexBytes are bytes that JSON shows in hex.
type HexBytes []byte

// MarshalText writes the bytes in hex.
func (h HexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

// hashed returns the hash the entry must have: see audit_hash in migrations.
// Entries from before names were kept have none in their hash either.
func (e *Entry) hashed() []byte {
	text := strings.Join([]string{
		strconv.FormatInt(e.Seq, 10), strconv.FormatInt(e.At.UnixMicro(), 10), e.Actor, e.Action, e.Subject, string(e.Detail),
	}, "\n")
	if e.Name != nil {
		text += "\n" + *e.Name
	}
	sum := sha256.Sum256(append(bytes.Clone(e.Previous), text...))
	return sum[:]
}

// Trail is the audit trail, which is read and proven here and written by the
// database alone.
type Trail struct{ db *sqlx.DB }

// NewTrail returns the trail in db.
func NewTrail(db *sqlx.DB) *Trail { return &Trail{db: db} }

// AuditFilter narrows the audit trail. Zero fields don't narrow.
type AuditFilter struct {
	Subject string // approval_rounds:12
	Actor   string // user:12
	Name    string // a part of the name that the actor had then, in whatever case
	Kind    string // of thing: labels
	From    time.Time
	Until   time.Time // not itself
}

const entryColumns = `seq, at, actor, actor_name, action, subject, detail, previous, hash`

// By returns who did it, by number and, where it was kept, by name.
func (e *Entry) By() string {
	if e.Name == nil {
		return e.Actor
	}
	return e.Actor + " (" + *e.Name + ")"
}

// Audit returns a page of the trail, the newest entries first.
func (t *Trail) Audit(ctx context.Context, f AuditFilter, ask paging.Ask) (paging.Page[Entry], error) {
	found, err := paging.Select(ctx, t.db, []paging.Order[Entry]{{Name: "newest", Down: true, Keys: []paging.Key[Entry]{
		paging.Number("seq", func(e Entry) int64 { return e.Seq }),
	}}}, ask, `
		SELECT `+entryColumns+` FROM audit_log
		 WHERE ($1 = '' OR subject = $1) AND ($2 = '' OR actor = $2)
		   AND ($3 = '' OR position(lower($3) IN lower(coalesce(actor_name, actor))) > 0)
		   AND ($4 = '' OR split_part(subject, ':', 1) = $4)
		   AND ($5::timestamptz IS NULL OR at >= $5) AND ($6::timestamptz IS NULL OR at < $6)`,
		f.Subject, f.Actor, f.Name, f.Kind, postgres.Moment(f.From), postgres.Moment(f.Until))
	return found, postgres.Fault(err, "thing.audit_trail")
}

// Kinds returns the kinds of things that the trail tells of, by name. It hops
// from one to the next over the index, since the trail is long and they are few.
func (t *Trail) Kinds(ctx context.Context) (found []string, err error) {
	err = t.db.SelectContext(ctx, &found, `
		WITH RECURSIVE kinds AS (
		  (SELECT split_part(subject, ':', 1) AS kind FROM audit_log ORDER BY 1 LIMIT 1)
		  UNION ALL
		  SELECT (SELECT split_part(subject, ':', 1) FROM audit_log
		           WHERE split_part(subject, ':', 1) > kinds.kind ORDER BY 1 LIMIT 1)
		    FROM kinds WHERE kind IS NOT NULL
		)
		SELECT kind FROM kinds WHERE kind IS NOT NULL`)
	return found, postgres.Fault(err, "thing.audit_trail")
}

// VerifyAudit walks the whole trail and returns how many entries it has and the
// hash of the last. A row that was changed, removed, added or moved breaks the
// chain: that is a Conflict fault naming the first row that doesn't fit. Rows
// taken off the end leave a whole chain; who kept the hash of one can tell, by
// seen, which is called for every row (nil: nobody looks).
func (t *Trail) VerifyAudit(ctx context.Context, seen func(Entry)) (int64, []byte, error) {
	return VerifyIn(ctx, t.db, seen)
}

// VerifyIn is VerifyAudit within a snapshot of the caller's.
func VerifyIn(ctx context.Context, q sqlx.QueryerContext, seen func(Entry)) (int64, []byte, error) {
	rows, err := q.QueryxContext(ctx, `SELECT `+entryColumns+` FROM audit_log ORDER BY seq`)
	if err != nil {
		return 0, nil, fmt.Errorf("read the audit trail: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var n int64
	last := make([]byte, sha256.Size)
	for rows.Next() {
		var e Entry
		if err := rows.StructScan(&e); err != nil {
			return n, nil, fmt.Errorf("read the audit trail: %w", err)
		}
		n++
		switch {
		case e.Seq != n:
			return n, nil, fault.New(fault.Conflict, "approval.audit_row_missing", "row", n)
		case !bytes.Equal(e.Previous, last):
			return n, nil, fault.New(fault.Conflict, "approval.audit_row_stray", "row", n, "before", n-1)
		case !bytes.Equal(e.Hash, e.hashed()):
			return n, nil, fault.New(fault.Conflict, "approval.audit_row_changed", "row", n)
		}
		last = e.Hash
		if seen != nil {
			seen(e)
		}
	}
	return n, last, rows.Err()
}
