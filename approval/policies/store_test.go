package policies_test

import (
	"testing"

	"keur/approval/policies"
	"keur/internal/fault"
	"keur/mailings/mailingstest"
)

func TestPoliciesOfLabelAndAdvertiser(t *testing.T) {
	t.Parallel()
	w, _ := mailingstest.Fresh(t, 1)
	set := policies.NewStore(w.DB, w.Clock)
	as := mailingstest.As(w.Third)
	own := policies.Default(w.Label.ID)
	own.AdvertiserID, own.DriftPercent = &w.Advertiser.ID, 3
	own, err := set.Set(as, own)
	if err != nil || own.ID == 0 || own.Version != 1 {
		t.Fatalf("%+v, %v", own, err)
	}
	drift := func(advertisers ...int64) int {
		p, err := set.For(as, w.Label.ID, advertisers)
		if err != nil {
			t.Error(err)
		}
		return p.DriftPercent
	}
	if drift() != 10 || drift(int64(w.Advertiser.ID)) != 3 || drift(99) != 10 || drift(99, int64(w.Advertiser.ID)) != 3 {
		t.Errorf("drift of none %d, of the advertiser %d, of another %d, of both %d", drift(), drift(int64(w.Advertiser.ID)), drift(99),
			drift(99, int64(w.Advertiser.ID)))
	}
	own.DriftPercent = 4
	if own, err = set.Set(as, own); err != nil || own.Version != 2 || drift(int64(w.Advertiser.ID)) != 4 {
		t.Errorf("%+v, %v", own, err)
	}
	own.Version = 1
	if _, err := set.Set(as, own); !fault.Is(err, fault.Conflict) {
		t.Errorf("over another's change: %v", err)
	}
	own.DriftPercent = 101
	if _, err := set.Set(as, own); !fault.Is(err, fault.Invalid) {
		t.Errorf("of more than everyone: %v", err)
	}
	if _, err := set.Remove(as, w.Label.ID, w.Advertiser.ID, 1); !fault.Is(err, fault.Conflict) {
		t.Errorf("an old version was removed: %v", err)
	}
	if _, err := set.Remove(as, w.Label.ID, w.Advertiser.ID, 2); err != nil || drift(int64(w.Advertiser.ID)) != 10 {
		t.Errorf("removed: %v", err)
	}
}
