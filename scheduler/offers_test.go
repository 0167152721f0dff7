package scheduler_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"strings"
	"testing"
	"time"

	"keur/approval/approvaltest"
	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/mailings"
)

func day(t *testing.T, text string) civil.Date {
	t.Helper()
	d, err := civil.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestACampaignThatEndedHoldsItsSend: its period is asked at the slot, and once
// the advertiser agrees to a longer one, a colleague lets the send go on.
func TestACampaignThatEndedHoldsItsSend(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 2)
	d.Approved(t, d.Brief(t, slot))
	end := func(on string) {
		if _, err := d.Campaigns.Update(context.Background(), d.Campaign.ID, func(c *campaigns.Campaign) error {
			c.EndsOn = day(t, on)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	end("2026-11-23")
	d.tick(t, slotAt.Add(-time.Minute))
	d.tick(t, slotAt)
	s := d.only(t)
	if s.State != mailings.Held || !strings.Contains(s.HeldReason.String(),
		"runs from 23 November 2026 to 23 November 2026, and not on 24 November 2026") || d.queued(t) != 0 {
		t.Fatalf("the send is %s: %s", s.State, s.HeldReason)
	}
	end("2026-11-24")
	if _, err := d.Release(approvaltest.As(d.Colleague), s.ID, s.HeldReason.String(), d.Colleague.ID); err != nil {
		t.Fatal(err)
	}
	d.tick(t, slotAt.Add(time.Minute))
	d.tick(t, slotAt.Add(time.Minute))
	if s := d.only(t); s.State != mailings.Sending {
		t.Errorf("with a longer period the send is %s: %s", s.State, s.HeldReason)
	}
}

// TestNobodyIsAskedToApproveWhatWontHold: a slot outside the campaign's period
// is refused when the mailing is submitted.
func TestNobodyIsAskedToApproveWhatWontHold(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	m, r := d.Draft(t, d.Brief(t, "2026-12-24T10:00"))
	_, err := d.World.Approval.Submit(approvaltest.As(d.Maker), m.ID, r.ID, approvaltest.Ticks, d.Maker.ID)
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(),
		"runs from 23 November 2026 to 23 December 2026, and not on 24 December 2026") {
		t.Errorf("%v", err)
	}
}

// TestPicturesAndVouchersHaveTheirDays by the label's calendar, where a slot at
// half past midnight is on another day than by UTC.
func TestPicturesAndVouchersHaveTheirDays(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t, 1), context.Background()
	creatives, vouchers := campaigns.NewCreatives(d.World.DB), campaigns.NewVouchers(d.World.DB)
	var banner bytes.Buffer
	if err := png.Encode(&banner, image.NewGray(image.Rect(0, 0, 60, 20))); err != nil {
		t.Fatal(err)
	}
	picture, err := creatives.Put(ctx, banner.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	last, code := day(t, "2026-11-24"), "ZON"
	if _, err := creatives.Attach(ctx, d.Campaign.ID, campaigns.Use{Hash: picture.Hash, Alt: "Strand", ValidUntil: &last}); err != nil {
		t.Fatal(err)
	}
	pool, err := vouchers.Create(ctx, campaigns.Pool{CampaignID: d.Campaign.ID, Name: "Zon", SharedCode: &code, ValidUntil: &last})
	if err != nil {
		t.Fatal(err)
	}
	b := d.Brief(t, slot)
	b.Placements[0].Creative, b.Placements[0].VoucherPoolID = picture.Hash.String(), int64(pool.ID)
	_, r := d.Draft(t, b)
	content, err := r.Content()
	if err != nil {
		t.Fatal(err)
	}
	foreseen := func(at string) (found []string) {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		all, err := d.Foresee(ctx, d.Label.ID, &content, 1, moment)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range all {
			found = append(found, f.Check+": "+f.Message.String())
		}
		return found
	}
	if found := foreseen("2026-11-24T22:59:00Z"); len(found) != 0 {
		t.Errorf("a minute before the last day ends: %q", found)
	}
	found := strings.Join(foreseen("2026-11-24T23:00:00Z"), "\n")
	if !strings.Contains(found, "offers: the picture “Strand” may be shown until 24 November 2026, and not on 25 November 2026") ||
		!strings.Contains(found, "vouchers: the vouchers of Zon were valid until") {
		t.Errorf("as the next day begins: %q", found)
	}
	if err := creatives.Detach(ctx, d.Campaign.ID, picture.Hash); err != nil {
		t.Fatal(err)
	}
	if found := strings.Join(foreseen("2026-11-24T09:00:00Z"), "\n"); !strings.Contains(found, "was taken out of the campaign Winterzon") {
		t.Errorf("a picture that was withdrawn: %q", found)
	}
}
