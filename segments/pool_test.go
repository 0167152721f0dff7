package segments_test

import (
	"context"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/segments"
)

// TestPoolOfOne does all that the room does over a single connection: whatever
// reads beside its own transaction would wait for itself.
func TestPoolOfOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, noon, "Europe/Amsterdam")
	w.AddMembers(4)
	w.Advertiser(3, "travel")
	w.Mailing(3, w.Label, 3)
	w.App.SetMaxOpenConns(1)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	clicked := w.Parse(`{"not":{"engagement":"clicked","advertiser":3,"at_least":2}}`)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	saved, err := w.Store.Create(ctx, w.Label, "Quiet", "", clicked)
	must(err)
	saved, err = w.Store.Update(ctx, saved.ID, 1, func(s *segments.Segment) error {
		s.Rule = segments.Rule{Any: []segments.Rule{clicked}}
		return nil
	})
	must(err)
	reference := segments.Rule{Segment: &segments.Reference{ID: saved.ID}}
	n, err := w.Engine.Count(ctx, w.Label, reference)
	must(err)
	estimated, err := w.Engine.Estimate(ctx, w.Label, reference)
	must(err)
	overlap, err := w.Engine.Overlap(ctx, w.Label, reference, segments.Everyone())
	must(err)
	sample, err := w.Engine.Sample(ctx, w.Label, reference)
	must(err)
	if n != 4 || estimated.N != 4 || overlap.Both != 4 || len(sample) != 4 {
		t.Errorf("%d, %+v, %+v, %d", n, estimated, overlap, len(sample))
	}
	names, err := w.Engine.Check(ctx, w.Label, segments.Rule{All: []segments.Rule{clicked, reference}})
	must(err)
	if names.Advertisers[3] != "Advertiser 3" || names.Segments[saved.ID] != "Quiet" {
		t.Errorf("%+v", names)
	}
	audience, err := w.Store.ResolveAudience(ctx, w.Label, segments.Audience{
		Segments: []segments.SegmentRef{{ID: saved.ID}, {Name: "own", Rule: reference}}, ExcludeMailings: []int64{3},
	})
	must(err)
	scope := segments.Scope{Label: w.Label, Audience: audience}
	fall, err := w.Engine.Waterfall(ctx, scope)
	must(err)
	var frozen int
	must(postgres.InTx(ctx, w.App, func(tx *sqlx.Tx) error {
		sql, args, err := w.Engine.AudienceSQL(ctx, tx, scope)
		if err != nil {
			return err
		}
		return tx.GetContext(ctx, &frozen, "SELECT count(*) FROM ("+sql+") a WHERE skip_reason IS NULL", args...)
	}))
	if fall.Audience != 4 || frozen != 4 || audience.Segments[0].Version != 2 || audience.Segments[1].Rule.Segment != nil {
		t.Errorf("%+v, %d, %+v", fall, frozen, audience)
	}
	versions, err := w.Store.Versions(ctx, saved.ID, paging.Ask{})
	must(err)
	if len(versions.Items) != 2 || versions.Items[0].Version != 2 {
		t.Errorf("%+v", versions.Items)
	}
	first, err := w.Store.AtVersion(ctx, saved.ID, 1)
	must(err)
	if first.Rule.Not == nil {
		t.Errorf("%+v", first.Rule)
	}
}
