package day_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"keur/demo"
	"keur/demo/day"
	"keur/demo/demotest"
	"keur/internal/clock"
	"keur/internal/pgtest"
)

// TestDay plays the whole day: it fails by itself if a rule can be bypassed, or
// if what is counted isn't what the crowd did.
func TestDay(t *testing.T) {
	t.Parallel()
	k := demotest.Open(t, pgtest.Database(t).AppURL, clock.System{}, nil)
	ctx := pgtest.Acting(t.Context(), "console:test")
	var out bytes.Buffer
	p, err := demo.New(ctx, k.Config(300, &out))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Perform(ctx, p.Furnish()...); err != nil {
		t.Fatal(err)
	}
	if err := p.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	k.Work(true)
	pages, err := day.Play(ctx, p)
	t.Log("\n" + out.String())
	if err != nil {
		t.Fatal(err)
	}
	for _, says := range []string{
		"4 campaigns of 3 advertisers, 4 banners drawn, 180 voucher codes", "14 ways around the approval", "all refused",
		"equal to what the crowd did", "· Lichterabend", "15% op je nieuwe gravelfiets", "CTR = clicked / delivered",
	} {
		if !strings.Contains(out.String(), says) {
			t.Errorf("the day doesn't say %q", says)
		}
	}
	status, page, err := p.Visit(ctx, strings.TrimPrefix(pages[2].Where, p.Public), demo.Browser, nil)
	if err != nil || status != http.StatusOK || !strings.Contains(page, "Spaarpad") && !strings.Contains(page, "Sparpfad") {
		t.Errorf("a member's preferences: %d %v", status, err)
	}
}
