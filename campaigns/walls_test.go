package campaigns

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/labels"
)

// TestContactsAreOfThoseWhoRunTheAdvertiser: with the first campaign an
// advertiser's contacts become that label's.
func TestContactsAreOfThoseWhoRunTheAdvertiser(t *testing.T) {
	t.Parallel()
	ctx, d := newDesk(t)
	if _, err := d.advertisers.AddContact(ctx, Contact{AdvertiserID: d.advertiser.ID, Name: "Anna", Email: "anna@reis.nl"}); err != nil {
		t.Fatal(err)
	}
	const other labels.ID = 99
	shown := func(sees ...labels.ID) (n [2]int) {
		t.Helper()
		a, err := d.advertisers.Get(ctx, d.advertiser.ID)
		if err == nil {
			err = d.advertisers.Conceal(ctx, sees, &a)
		}
		if err != nil {
			t.Fatal(err)
		}
		page, err := d.advertisers.Contacts(ctx, ContactFilter{Sees: sees}, paging.Ask{})
		if err != nil {
			t.Fatal(err)
		}
		return [2]int{len(a.Contacts), len(page.Items)}
	}
	if got := shown(other); got != [2]int{1, 1} {
		t.Errorf("nobody runs it, and another label sees %d", got)
	}
	d.campaign(ctx, t, "Zomer")
	if by, err := d.advertisers.RunBy(ctx, d.advertiser.ID); err != nil || !cmp.Equal(by, []labels.ID{d.label.ID}) {
		t.Errorf("run by %v, %v", by, err)
	}
	for _, c := range []struct {
		sees []labels.ID
		want int
	}{{[]labels.ID{other}, 0}, {[]labels.ID{}, 0}, {[]labels.ID{other, d.label.ID}, 1}, {nil, 1}} {
		if got := shown(c.sees...); c.sees != nil && got != [2]int{c.want, c.want} {
			t.Errorf("%v sees %d, want %d", c.sees, got, c.want)
		}
	}
}

// TestImagesAreOfThoseWhoUseThem: an image is seen by who brought it and by the
// labels that ever used it.
func TestImagesAreOfThoseWhoUseThem(t *testing.T) {
	t.Parallel()
	ctx, d := newDesk(t)
	store, campaign := NewCreatives(d.db), d.campaign(ctx, t, "Zomer")
	picture, err := store.Put(ctx, encoded(t, pngOf, 60, 20))
	if err != nil {
		t.Fatal(err)
	}
	someone := pgtest.Acting(context.Background(), "user:2")
	seen := func(ctx context.Context) ([]labels.ID, bool, error) { return store.SeenBy(ctx, picture.Hash) }
	if by, own, err := seen(ctx); err != nil || by != nil || !own {
		t.Errorf("who brought it: %v, %v", by, err)
	}
	if by, _, err := seen(someone); !fault.Is(err, fault.NotFound) {
		t.Errorf("nobody uses it: %v, %v", by, err)
	}
	if _, err := store.Attach(ctx, campaign.ID, Use{Hash: picture.Hash, Alt: "Strand"}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // in use, and after
		if by, own, err := seen(someone); err != nil || own || !slices.Equal(by, []labels.ID{d.label.ID}) {
			t.Errorf("%v, %v", by, err)
		}
		_ = store.Detach(ctx, campaign.ID, picture.Hash) // the second time it is out already
	}
	if _, err := store.Put(someone, encoded(t, pngOf, 60, 20)); err != nil {
		t.Fatal(err)
	}
	if by, own, err := seen(someone); err != nil || !own {
		t.Errorf("who has the same bytes: %v, %v", by, err)
	}
}
