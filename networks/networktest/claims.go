package networktest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"keur/internal/fault"
	"keur/networks"
	"keur/networks/simulators"
)

// judged asks for all that became of claims of some days, page by page.
func (a *account) judged(t *testing.T, from networks.ClaimReader) (all networks.ClaimPage, err error) {
	t.Helper()
	now := a.clock.Now()
	q := networks.Question{By: networks.Occurred, From: now.AddDate(0, 0, -20), Until: now.Add(time.Minute), Asked: now}
	for range 100 {
		page, err := from.Claims(t.Context(), a.client, q)
		if err != nil {
			return all, err
		}
		all.Reports, all.Unread = append(all.Reports, page.Reports...), append(all.Unread, page.Unread...)
		if q.Cursor = page.Next; q.Cursor == "" {
			return all, nil
		}
	}
	return all, errors.New("a hundred pages, and no end of them")
}

// Where a network says what became of claims, all of them come, page by page, in its
// own words; a word that nobody knows makes a claim wait, and an error is no empty list.
func claims(t *testing.T, a *account) {
	from, is := a.Adapter.(networks.ClaimReader)
	if is != a.Capabilities().Claims.Read {
		t.Fatalf("it says what became of claims: %t, and can be asked for it: %t", a.Capabilities().Claims.Read, is)
	}
	if !is {
		return
	}
	if got, err := a.judged(t, from); err != nil || len(got.Reports)+len(got.Unread) > 0 {
		t.Errorf("of nothing it says %+v, %v", got, err)
	}
	a.File(simulators.Claim{Ref: "99", Order: "old"})
	a.clock.Add(25 * 24 * time.Hour)
	states := []networks.ClaimState{networks.ClaimWaits, networks.ClaimRefused, networks.ClaimGranted}
	for n := range 9 {
		c := a.File(simulators.Claim{Order: fmt.Sprint("ORD-", n), Programme: "15883", Notes: "Saw nothing"})
		if said := states[n%3]; said != networks.ClaimWaits {
			a.Answer(c.Ref, said, map[networks.ClaimState]string{networks.ClaimRefused: "Another  channel\nwas credited"}[said])
		}
	}
	a.File(simulators.Claim{Order: "ORD-9", Word: "escalated"})
	before, spent := a.Calls(), a.spent
	for range 2 { // the same pages again say the same
		got, err := a.judged(t, from)
		if err != nil || len(got.Unread) > 0 || len(got.Reports) != 10 {
			t.Fatalf("of ten it says %d, %+v, %v", len(got.Reports), got.Unread, err)
		}
		for _, r := range got.Reports {
			n := int(r.Order[len(r.Order)-1] - '0')
			want, unknown, said := states[n%3], "", ""
			if n == 9 {
				want, unknown = networks.ClaimWaits, "escalated"
			}
			if want == networks.ClaimRefused {
				said = "Another channel was credited"
			}
			if r.State != want || r.Unknown != unknown || r.Said != said || r.Ref == "" || !r.At.Equal(a.clock.Now()) || len(r.Raw) == 0 {
				t.Errorf("%s is %s, %q: %q, of %s, as %s", r.Order, r.State, r.Unknown, r.Said, r.At, r.Raw)
			}
		}
	}
	if calls := a.Calls() - before; calls != a.spent-spent {
		t.Errorf("%d calls were made, and %d counted", calls, a.spent-spent)
	}
	for _, wrong := range []simulators.Mischief{simulators.Stumbles, simulators.Mumbles, simulators.Blunders} {
		a.Coming(wrong)
		got, err := a.judged(t, from)
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("when it %s, it says %d claims, %v", wrong, len(got.Reports), err)
		}
		a.leaks(t, err)
	}
}

// Where a network takes claims, it has each as it was asked, by our own key; after an
// error it is certain that it hasn't, or nobody knows.
func claiming(t *testing.T, a *account) {
	to, is := a.Adapter.(networks.Claimer)
	if is != a.Capabilities().Claims.Send {
		t.Fatalf("it takes claims: %t, and can be sent some: %t", a.Capabilities().Claims.Send, is)
	}
	if !is {
		return
	}
	claim := networks.Claim{
		Key: "7-1", Kind: networks.ClaimUntracked, Programme: "15883", Order: "ORD-1", At: begun.AddDate(0, 0, -3), Sale: 4995,
		Currency: "EUR", Notes: "Clicked at noon\nSub-id aeqk3",
	}
	if found, err := to.ClaimByKey(t.Context(), a.client, claim.Key); err != nil || found != nil {
		t.Errorf("before it was sent, it has %+v, %v", found, err)
	}
	got, err := to.Claim(t.Context(), a.client, claim)
	if err != nil || got.Ref == "" {
		t.Fatalf("sent, it is %+v, %v", got, err)
	}
	there := a.Claims()
	if len(there) != 1 || there[0].Ref != got.Ref || there[0].Key != "7-1" || there[0].Programme != "15883" || there[0].Order != "ORD-1" ||
		there[0].Amount != "49.95" || there[0].Notes != claim.Notes {
		t.Errorf("there it is %+v", there)
	}
	if found, err := to.ClaimByKey(t.Context(), a.client, claim.Key); err != nil || found == nil || found.Ref != got.Ref {
		t.Errorf("by its key it is %+v, %v", found, err)
	}
	claim.Key = "8-1"
	if _, err := to.Claim(t.Context(), a.client, claim); !networks.IsNotTaken(err) || !fault.Is(err, fault.Unavailable) {
		t.Errorf("a second one of an order that waits: %v", err)
	}
	claim.Order, claim.Programme = "ORD-2", "none"
	if _, err := to.Claim(t.Context(), a.client, claim); !networks.IsNotTaken(err) {
		t.Errorf("one that makes no sense: %v", err)
	}
	claim.Programme = "15883"
	for wrong, certain := range map[simulators.Mischief]bool{
		simulators.Throttles: true, simulators.Stumbles: false, simulators.Mumbles: false, simulators.Blunders: true,
	} {
		a.Coming(wrong)
		_, err := to.Claim(t.Context(), a.client, claim)
		if err == nil || networks.IsNotTaken(err) != certain {
			t.Errorf("when it %s, it is certain that it hasn't got the claim: %t, %v", wrong, !certain, err)
		}
		a.leaks(t, err)
	}
	if there := a.Claims(); len(there) != 1 {
		t.Errorf("there are %d claims", len(there))
	}
}
