package authors_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/authors"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/labels"
)

// house is a label, one who writes its templates, and two who approve.
type house struct {
	*authors.Store
	pgtest.DB
	label, other labels.ID
	writer       accounts.UserID
	one, two     accounts.UserID
	thing        authors.Thing
	seen         []authors.Hash
}

func as(t *testing.T, id accounts.UserID) context.Context {
	return pgtest.Acting(t.Context(), fmt.Sprintf("user:%d", id))
}

// write makes a template of the label, or its next version.
func (h *house) write(t *testing.T, by accounts.UserID, version int, source string) []authors.Hash {
	t.Helper()
	ctx := as(t, by)
	err := postgres.InTx(ctx, h.App, func(tx *sqlx.Tx) error {
		if version == 1 {
			if err := tx.GetContext(ctx, &h.thing.ID, `INSERT INTO templates (label_id, name) VALUES ($1, 'Weekly') RETURNING id`,
				h.label); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO template_versions (template_id, version, format, source) VALUES ($1, $2, 'html', $3)`,
			h.thing.ID, version, source)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	h.thing.Kind, h.thing.Version = authors.Template, version
	parts, err := h.Of(ctx, h.label, h.thing)
	if err != nil || len(parts) != 1 {
		t.Fatalf("parts of version %d: %+v, %v", version, parts, err)
	}
	return []authors.Hash{parts[0].Hash}
}

func newHouse(t *testing.T) *house {
	t.Helper()
	db := pgtest.Database(t)
	h := &house{Store: authors.NewStore(db.App), DB: db}
	h.label, h.other = labels.ID(pgtest.Label(t, db.App, "nl")), labels.ID(pgtest.Label(t, db.App, "de"))
	for name, id := range map[string]*accounts.UserID{"Writer": &h.writer, "One": &h.one, "Two": &h.two} {
		*id = accounts.UserID(pgtest.User(t, db.Owner, name))
	}
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO user_roles (user_id, label_id, role) SELECT id, $1::int, 'approver' FROM users`, h.label)
	})
	h.seen = h.write(t, h.writer, 1, "<p>Beste lezer</p>")
	return h
}

// Bytes that another person approved make their writer no author any more, under
// the label where they did, and until the bytes change.
func TestApprovedBytesClearTheirWriter(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	authorsOf := func(label labels.ID) []accounts.UserID {
		t.Helper()
		parts, err := h.Of(t.Context(), label, h.thing)
		if err != nil {
			t.Fatal(err)
		}
		return authors.Writers(parts)
	}
	if got := authorsOf(h.label); !slices.Equal(got, ids(h.writer)) {
		t.Fatalf("written by %v", got)
	}
	for range 2 { // a second time changes nothing
		parts, err := h.Approve(as(t, h.one), h.label, h.thing, h.seen, h.one)
		if err != nil || len(parts) != 1 || !slices.Equal(parts[0].Approved, authors.Users{h.one}) {
			t.Fatalf("%+v, %v", parts, err)
		}
	}
	if got := authorsOf(h.label); len(got) != 0 {
		t.Errorf("once another approved it, it is by %v", got)
	}
	if got := authorsOf(h.other); !slices.Equal(got, ids(h.writer)) {
		t.Errorf("under another label it is by %v", got)
	}
	shown, err := h.Shown(t.Context(), h.label, h.thing)
	if err != nil || len(shown) != 1 {
		t.Errorf("shown %+v, %v", shown, err)
	}
	before := h.seen[0]
	if now := h.write(t, h.two, 2, "<p>Beste lezers</p>"); now[0] == before {
		t.Error("other bytes are the same part")
	}
	if got := authorsOf(h.label); !slices.Contains(got, h.two) {
		t.Errorf("changed bytes are by %v", got)
	}
}

// Nobody approves what they wrote, what they didn't see, or where they may not.
func TestPartsAreNotApprovedByAnybody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, try := range map[string]struct {
		by    accounts.UserID
		label labels.ID
		thing authors.Thing
		seen  []authors.Hash
		kind  fault.Kind
	}{
		"their own":           {h.writer, h.label, h.thing, h.seen, fault.Forbidden},
		"other bytes":         {h.one, h.label, h.thing, []authors.Hash{{1}}, fault.Conflict},
		"more than there is":  {h.one, h.label, h.thing, append([]authors.Hash{{1}}, h.seen...), fault.Conflict},
		"nothing":             {h.one, h.label, h.thing, nil, fault.Conflict},
		"what isn't there":    {h.one, h.label, authors.Thing{Kind: authors.Template, ID: 99, Version: 1}, h.seen, fault.Conflict},
		"what has no parts":   {h.one, h.label, authors.Thing{Kind: authors.Frame, ID: 1}, h.seen, fault.Invalid},
		"under another label": {h.one, h.other, h.thing, h.seen, fault.Conflict},
		"in another's name":   {h.two, h.label, h.thing, h.seen, fault.Conflict},
	} {
		actor := try.by
		if name == "in another's name" {
			actor = h.one
		}
		if _, err := h.Approve(as(t, actor), try.label, try.thing, try.seen, try.by); fault.Of(err) != try.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := pgtest.Count(t, h.Owner, `SELECT count(*) FROM part_approvals`); n != 0 {
		t.Errorf("%d approvals are kept", n)
	}
}

// TestThingsHaveTheirParts reads those of each kind.
func TestThingsHaveTheirParts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := as(t, h.writer)
	if err := postgres.InTx(ctx, h.App, func(tx *sqlx.Tx) error {
		for _, statement := range []string{
			`INSERT INTO advertisers (name, category) VALUES ('Zon', 'travel')`,
			`INSERT INTO campaigns (label_id, advertiser_id, name, starts_on, ends_on) VALUES (1, 1, 'Winter', '2026-11-01', '2026-12-01')`,
			`INSERT INTO deals (campaign_id, kind, basis_points) VALUES (1, 'CPS', 800)`,
		} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for kind, thing := range map[authors.Kind]authors.Thing{
		authors.Template: h.thing, authors.Deal: {Kind: authors.Deal, ID: 1},
	} {
		parts, err := h.Of(ctx, h.label, thing)
		if err != nil || len(parts) != 1 || parts[0].Kind != kind || !slices.Equal(parts[0].Writers, []accounts.UserID{h.writer}) {
			t.Errorf("%s has %+v, %v", kind, parts, err)
		}
	}
	for _, kind := range []authors.Kind{authors.Segment, authors.Voucher, authors.Creative} {
		if parts, err := h.Of(ctx, h.label, authors.Thing{Kind: kind, ID: 1}); err != nil || len(parts) != 0 {
			t.Errorf("a %s that nobody wrote has %+v, %v", kind, parts, err)
		}
	}
	if _, err := h.Of(ctx, h.label, authors.Thing{Kind: "song", ID: 1}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a song: %v", err)
	}
}
