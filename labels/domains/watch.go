package domains

import (
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/each"
	"keur/internal/form"
	"keur/labels"
)

// askWithin bounds one look at a label's records.
const askWithin = 15 * time.Second

// stale is when what was found must be asked again before mail goes by it.
const stale = time.Hour

// Watch looks at the records of labels, and keeps what it found: when each last
// held, and since when it fails.
type Watch struct {
	DB     *sqlx.DB
	Clock  clock.Clock
	DNS    Resolver // nil: nobody is asked, and nothing is known
	Labels *labels.Store
	Routes *labels.Routes
	Keys   *labels.DKIMKeys
	Greet  Greet // nil: mail servers aren't
	// Broke tells of records that held and don't any more; nil: nobody is told.
	Broke func(ctx context.Context, tx *sqlx.Tx, l labels.Label, broken []Kept) error
}

// Kept is a finding as it is kept.
type Kept struct {
	Finding
	AskedAt    time.Time  `db:"asked_at" json:"asked_at" doc:"When it was asked for last, with or without an answer"`
	HeldAt     *time.Time `db:"held_at" json:"held_at,omitempty" doc:"When it last held; none: not yet"`
	FailsSince *time.Time `db:"fails_since" json:"fails_since,omitempty" doc:"Since when it is wrong; none: it isn't"`
}

// next is how a finding stands after one more look. What can't be asked leaves
// what was known.
func (f Finding) next(before *Kept, now time.Time) Kept {
	if f.State == Unknown && before != nil {
		kept := *before
		kept.AskedAt = now
		return kept
	}
	kept := Kept{Finding: f, AskedAt: now}
	if before != nil {
		kept.HeldAt, kept.FailsSince = before.HeldAt, before.FailsSince
	}
	switch {
	case f.State != Wrong:
		kept.FailsSince = nil
		if f.State != Unknown {
			kept.HeldAt = &now
		}
	case kept.FailsSince == nil:
		kept.FailsSince = &now
	}
	return kept
}

// broke reports whether it held before and is wrong since now.
func (k Kept) broke(now time.Time) bool {
	return k.FailsSince != nil && k.FailsSince.Equal(now) && k.HeldAt != nil
}

// LookAll looks at the records of each label whose mail leaves.
func (w *Watch) LookAll(ctx context.Context) error {
	all, err := w.Labels.List(ctx)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(l labels.Label) bool { return !l.Leaves() })
	_, err = each.Try(ctx, 1, all, func(ctx context.Context, l labels.Label) error {
		_, err := w.Look(ctx, l)
		return err
	})
	return err
}

// Look asks for the records of a label now, and keeps what it found.
func (w *Watch) Look(ctx context.Context, l labels.Label) ([]Kept, error) {
	found, err := w.Ask(ctx, l)
	if err != nil || w.DNS == nil {
		return nil, err
	}
	return w.keep(ctx, l, found)
}

// Ask asks for the records of a label now, and keeps nothing.
func (w *Watch) Ask(ctx context.Context, l labels.Label) ([]Finding, error) {
	if w.DNS == nil {
		return nil, nil
	}
	sending, err := w.sending(ctx, l)
	if err != nil {
		return nil, err
	}
	ctx, done := context.WithTimeout(ctx, askWithin)
	defer done()
	found := Check(ctx, w.DNS, w.Clock.Now(), sending)
	for i := range found {
		found[i].Name, found[i].Publish = form.Legible(found[i].Name), form.Legible(found[i].Publish)
	}
	return found, nil
}

// Due returns what was found of a label, for mail that leaves soon: asked anew
// where that is long ago, and where something was wrong, which may be mended.
// Nothing of a label whose mail doesn't leave.
func (w *Watch) Due(ctx context.Context, l labels.Label) ([]Kept, error) {
	if !l.Leaves() || w.DNS == nil {
		return nil, nil
	}
	kept, err := w.Kept(ctx, l.ID)
	if err != nil {
		return nil, err
	}
	old := w.Clock.Now().Add(-stale)
	again := func(k Kept) bool { return k.State == Wrong || k.AskedAt.Before(old) }
	if len(kept) == 0 || slices.ContainsFunc(kept, again) {
		return w.Look(ctx, l)
	}
	return kept, nil
}

// sending returns the label with what its mail leaves by.
func (w *Watch) sending(ctx context.Context, l labels.Label) (Sending, error) {
	s := Sending{Label: l, Greet: w.Greet}
	keys, err := w.Keys.Active(ctx, l.ID)
	if err != nil {
		return s, err
	}
	for _, key := range keys {
		name, text := key.Record()
		s.Keys = append(s.Keys, Key{name, text})
	}
	if l.SMTPRouteID == nil {
		return s, nil
	}
	route, err := w.Routes.Get(ctx, *l.SMTPRouteID)
	s.Route = &route
	return s, err
}
