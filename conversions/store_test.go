package conversions_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/conversions"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/networks"
)

func TestAClicksSubIDLeadsToItsPlacement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clicked(newsletter, 2, 1, 42)
	id := w.subID(newsletter, 0, 42)
	w.record(t, awin, sale("A", func(r *networks.Report) { r.SubID = strings.ToUpper(id) })) // some networks fold case
	c := w.only(t)
	want := conversions.Attribution{Basis: conversions.ByClick, Label: 1, Advertiser: zonneland, Campaign: 1, Mailing: 1, Send: newsletter,
		Placement: "top", Variant: 1, Link: 1, Member: 2}
	if c.Attribution != want {
		t.Errorf("booked %+v, not %+v", c.Attribution, want)
	}
}

// A member who doesn't consent to be tracked isn't found by what they bought.
func TestAnonymousClicksNameNoMember(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clicked(newsletter, 0, 1, 42)
	w.record(t, awin, sale("A", func(r *networks.Report) { r.SubID = w.subID(newsletter, 0, 42) }))
	if c := w.only(t); c.Basis != conversions.ByClick || c.Member != 0 || c.Campaign != 1 {
		t.Errorf("booked %+v", c.Attribution)
	}
}

func TestWhatLeadsNowhereWaitsForAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	forged := []byte(w.subID(newsletter, 0, 42))
	forged[20] ^= 3
	for what, change := range map[string]func(*networks.Report){
		"no sub-id":               func(*networks.Report) {},
		"somebody else's":         func(r *networks.Report) { r.SubID = "spring-banner" },
		"a forged one":            func(r *networks.Report) { r.SubID = string(forged) },
		"another advertiser's":    func(r *networks.Report) { r.SubID = w.subID(newsletter, 2, 1) },
		"of a link without deal":  func(r *networks.Report) { r.SubID = w.subID(newsletter, 3, 1) },
		"of no send":              func(r *networks.Report) { r.SubID = w.subID(1<<39, 0, 1) },
		"of no link":              func(r *networks.Report) { r.SubID = w.subID(newsletter, 60_000, 1) },
		"a code that anybody has": func(r *networks.Report) { r.Programme, r.Voucher = "200", "SALE10" },
		"a code nobody was given": func(r *networks.Report) { r.Voucher = "UNUSED-1" },
		"another's code":          func(r *networks.Report) { r.Programme, r.Voucher = "200", "UNIQUE-2" },
		"a programme of two":      func(r *networks.Report) { r.Programme, r.Voucher = "shared", "UNIQUE-2" },
	} {
		r := sale(what, change)
		w.record(t, awin, r)
		var c conversions.Conversion
		if err := w.App.Get(&c, `SELECT basis, label_id, coalesce(advertiser_id, 0) AS advertiser_id, coalesce(campaign_id, 0) AS campaign_id
			FROM conversions WHERE transaction_ref = $1`, what); err != nil {
			t.Fatal(err)
		}
		advertiser := map[string]int{"100": zonneland, "200": schoen}[r.Programme]
		if c.Basis != conversions.Nobody || c.Campaign != 0 || int(c.Advertiser) != advertiser || c.Label != 1 {
			t.Errorf("%s: booked %+v", what, c.Attribution)
		}
	}
}

func TestExclusiveVouchersLeadToTheirCampaign(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]conversions.Attribution{
		"UNIQUE-2": {Basis: conversions.ByVoucher, Label: 1, Advertiser: 1, Campaign: 1, Mailing: 1, Send: 1,
			Placement: "top", Member: 2},
		"WINTER-KEUR": {Basis: conversions.ByVoucher, Label: 1, Advertiser: 1, Campaign: 2},
	} {
		w := newWorld(t)
		w.record(t, awin, sale("A", func(r *networks.Report) { r.Voucher = code }))
		if c := w.only(t); c.Attribution != want {
			t.Errorf("%s: booked %+v, not %+v", code, c.Attribution, want)
		}
		// A click is known better than a code.
		w.record(t, awin, sale("A", func(r *networks.Report) {
			r.Voucher, r.SubID, r.At = code, w.subID(newsletter, 1, 1), sent.Add(9*time.Hour)
		}))
		if c := w.only(t); c.Basis != conversions.ByClick || c.Placement != "mid" {
			t.Errorf("after a click: booked %+v", c.Attribution)
		}
	}
}

// The history has each thing that was said once, in the order in which it was
// so, and the raw answer with it.
func TestHistoryIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pending := sale("A")
	declined := sale("A", func(r *networks.Report) {
		r.Status, r.Reason, r.At = networks.Declined, "Retour\nvan klant", sent.Add(50*time.Hour)
	})
	reopened := sale("A", func(r *networks.Report) { r.At = sent.Add(90 * time.Hour) })
	if done := w.record(t, awin, reopened, pending); done != (conversions.Recorded{New: 1, Same: 1}) {
		t.Errorf("first page: %+v", done)
	}
	for range 2 {
		w.record(t, awin, declined, pending)
	}
	c := w.only(t)
	history, err := w.store.History(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if c.Status != networks.Pending || !c.ReportedAt.Equal(reopened.At) {
		t.Errorf("it is %s of %s", c.Status, c.ReportedAt)
	}
	if len(history) != 2 || history[0].Status != networks.Pending || history[1].Status != networks.Declined ||
		history[1].Reason != "Retour van klant" || string(history[1].Raw) != `{"id": "A"}` {
		t.Errorf("history: %+v", history)
	}
	if _, err := w.Owner.Exec(`DELETE FROM conversion_reports`); err == nil {
		t.Error("the owner deletes what was reported")
	}
}

// What is said again as it was is no change: of it only the moment is written,
// so that what was older and comes late counts no more.
func TestWhatIsSaidAgainIsNoChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	full := func(hours int, change ...func(*networks.Report)) networks.Report {
		r := sale("A", change...)
		r.At, r.Paid, r.SubID, r.Voucher = sent.Add(time.Duration(hours)*time.Hour), new(bool), w.subID(newsletter, 0, 42), "UNIQUE-2"
		return r
	}
	w.record(t, awin, full(2))
	before := w.only(t)
	for _, reports := range [][]networks.Report{{full(4), full(6)}, {full(5), full(6)}, {full(8)}} {
		if done := w.record(t, awin, reports...); done != (conversions.Recorded{Same: len(reports)}) {
			t.Errorf("said again: %+v", done)
		}
	}
	late := full(7, func(r *networks.Report) { r.Status = networks.Declined })
	late.Paid, late.SubID = &yes, w.subID(newsletter, 1, 43)
	if done := w.record(t, awin, late); done != (conversions.Recorded{Same: 1}) {
		t.Errorf("an older one: %+v", done)
	}
	if done := w.record(t, awin, late, late); done != (conversions.Recorded{Same: 2}) {
		t.Errorf("an older one again: %+v", done)
	}
	after := w.only(t)
	if !after.ReportedAt.Equal(sent.Add(8*time.Hour)) || after.Status != networks.Pending || after.Paid ||
		after.Attribution != before.Attribution {
		t.Errorf("it is %s of %s, paid %t, booked %+v", after.Status, after.ReportedAt, after.Paid, after.Attribution)
	}
	if n := w.count(t, `SELECT count(*) FROM conversion_deltas`); n != 1 {
		t.Errorf("its sums were written %d times", n)
	}
	if n := w.count(t, `SELECT count(*) FROM conversion_reports`); n != 2 {
		t.Errorf("its history has %d reports, and two things were said", n)
	}
	// Together with something new it is a change, once.
	done := w.record(t, awin, full(9), full(10, func(r *networks.Report) { r.Status = networks.Approved }), full(9))
	if done != (conversions.Recorded{Changed: 1, Same: 2}) {
		t.Errorf("approved: %+v", done)
	}
}

// What nobody understands is pending, and listed.
func TestUnknownStatusIsListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	done := w.record(t, awin, sale("A", func(r *networks.Report) { r.Unknown = "en attente spéciale" }), sale("B"))
	if done != (conversions.Recorded{New: 2, Unknown: 1}) {
		t.Errorf("recorded %+v", done)
	}
	page, err := w.store.List(t.Context(), conversions.Filter{Label: 1, Unknown: true}, all())
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Items) != 1 || page.Items[0].Unknown != "en attente spéciale" || page.Items[0].Status != networks.Pending {
		t.Errorf("listed %+v", page.Items)
	}
	for _, sql := range []string{
		`UPDATE conversions SET status = 'approved' WHERE unknown_status <> ''`,
		`UPDATE conversions SET basis = 'click'`,
		`UPDATE conversions SET basis = 'person', campaign_id = 1, advertiser_id = 1`,
		`INSERT INTO conversion_deltas (label_id) VALUES (1)`,
		`DELETE FROM conversions`,
	} {
		if _, err := w.App.Exec(sql); err == nil {
			t.Errorf("%s: done", sql)
		}
	}
}

func TestBadReportsAreRefusedWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for what, change := range map[string]func(*networks.Report){
		"no number":    func(r *networks.Report) { r.Transaction = "" },
		"no programme": func(r *networks.Report) { r.Programme = "" },
		"no currency":  func(r *networks.Report) { r.Currency = "€" },
		"no status":    func(r *networks.Report) { r.Status = "" },
		"guessed":      func(r *networks.Report) { r.Status, r.Unknown = networks.Approved, "ok?" },
		"no time":      func(r *networks.Report) { r.Occurred = time.Time{} },
		"too much":     func(r *networks.Report) { r.Sale = 1 << 60 },
	} {
		_, err := w.store.Record(t.Context(), awin, conversions.ByFile, []networks.Report{sale("A"), sale("B", change)})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if page, err := w.store.List(t.Context(), conversions.Filter{Label: 1}, all()); err != nil || len(page.Items) > 0 {
		t.Errorf("recorded %+v, %v", page.Items, err)
	}
}

func TestAssigningByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.record(t, awin, sale("A", func(r *networks.Report) { r.SubID = "lost" }))
	id := w.only(t).ID
	likely, err := w.store.Likely(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if len(likely) != 2 || likely[0].Placement != "top" || likely[1].Placement != "mid" || likely[0].Name != "Nieuws" {
		t.Errorf("likely: %+v", likely)
	}
	right := conversions.Assignment{Campaign: 2, Send: newsletter, Placement: "mid", Reason: "the shop told us by phone"}
	for what, change := range map[string]func(*conversions.Assignment){
		"without a reason":         func(a *conversions.Assignment) { a.Reason = "" },
		"to another advertiser":    func(a *conversions.Assignment) { a.Campaign, a.Placement = 3, "side" },
		"to another label":         func(a *conversions.Assignment) { a.Campaign, a.Send, a.Placement = 4, solo, "top" },
		"to another's placement":   func(a *conversions.Assignment) { a.Placement = "top" },
		"to a send without":        func(a *conversions.Assignment) { a.Placement = "" },
		"to a send of another":     func(a *conversions.Assignment) { a.Send = solo },
		"to nothing":               func(a *conversions.Assignment) { *a = conversions.Assignment{Reason: "x"} },
		"to a campaign not there":  func(a *conversions.Assignment) { a.Campaign = 99 },
		"to a placement not there": func(a *conversions.Assignment) { a.Placement = "end" },
	} {
		wrong := right
		change(&wrong)
		if _, err := w.store.Assign(w.user, id, wrong); err == nil {
			t.Errorf("%s: assigned", what)
		}
	}
	if _, err := w.store.Assign(t.Context(), id, right); err == nil {
		t.Error("nobody assigned it")
	}
	done, err := w.store.Assign(w.user, id, right)
	if err != nil {
		t.Fatal(err)
	}
	again := w.only(t)
	if done.Basis != conversions.ByPerson || again.Attribution != done.Attribution || again.Placement != "mid" {
		t.Errorf("booked %+v, kept %+v", done.Attribution, again.Attribution)
	}
	// What a person decided, no report undoes, and no statement.
	w.record(t, awin, sale("A", func(r *networks.Report) { r.SubID, r.At = w.subID(newsletter, 0, 1), sent.Add(90*time.Hour) }))
	if after := w.only(t); after.Attribution != done.Attribution {
		t.Errorf("a report moved it to %+v", after.Attribution)
	}
	if _, err := w.App.Exec(`UPDATE conversions SET basis = 'voucher'`); err == nil {
		t.Error("a statement took it from the person")
	}
	if _, err := w.store.Assign(w.user, id, conversions.Assignment{Campaign: 1, Reason: "it was the site"}); err != nil {
		t.Errorf("assigned anew: %v", err)
	}
}

// TestAReportWaitsForWhoAssigns: one that comes while a person books the conversion is
// recorded, and leaves it where they did.
func TestAReportWaitsForWhoAssigns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.record(t, awin, sale("A"))
	id, recorded := w.only(t).ID, make(chan error, 1)
	ctx := postgres.BeforeCommit(w.user, func(ctx context.Context, _ *sqlx.Tx) error {
		go func() {
			_, err := w.store.Record(pgtest.Acting(t.Context(), "system:networks"), awin, conversions.ByPostback, []networks.Report{
				sale("A", func(r *networks.Report) {
					r.SubID, r.Sale, r.At = w.subID(newsletter, 0, 1), 7_000, sent.Add(90*time.Hour)
				}),
			})
			recorded <- err
		}()
		pgtest.Await(t, w.Owner, `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`)
		return ctx.Err()
	})
	to := conversions.Assignment{Campaign: 2, Send: newsletter, Placement: "mid", Reason: "the shop told us"}
	done, err := w.store.Assign(ctx, id, to)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-recorded; err != nil {
		t.Fatal(err)
	}
	if c := w.only(t); c.Attribution != done.Attribution || c.Sale != 7_000 || c.SubID == "" {
		t.Errorf("booked %+v, kept %+v", done.Attribution, c)
	}
}

// Foreign keys would be looked up for each row of thousands; whole statements are.
func TestConversionsNameOnlyWhatIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clicked(newsletter, 2, 1, 42)
	w.record(t, awin, sale("A", func(r *networks.Report) { r.SubID = w.subID(newsletter, 0, 42) }), sale("B", func(*networks.Report) {}))
	w.Owner.MustExec(`ALTER TABLE conversions DISABLE TRIGGER conversions_program`)
	if _, err := w.Owner.Exec(`
		INSERT INTO conversions (connection_id, network, transaction_ref, reported_at, digest, status, currency, occurred_at, basis,
		       label_id, advertiser_id, campaign_id, month)
		SELECT connection_id, network, 'D', reported_at, digest, status, currency, occurred_at, 'person', label_id, advertiser_id,
		       campaign_id, month FROM conversions WHERE transaction_ref = 'A'`); !strings.Contains(fmt.Sprint(err), "booked by hand") {
		t.Errorf("a new one that a person is said to have booked: %v", err)
	}
	for _, column := range []string{"connection_id", "label_id", "advertiser_id", "campaign_id"} {
		for _, statement := range []string{
			`UPDATE conversions SET ` + column + ` = 999 WHERE transaction_ref = 'A'`,
			`INSERT INTO conversions (connection_id, network, transaction_ref, reported_at, digest, status, currency, occurred_at, basis,
			        label_id, advertiser_id, campaign_id, mailing_id, send_id, placement_key, month)
			 SELECT (j).connection_id, 'awin', 'C', reported_at, digest, status, currency, occurred_at, basis, (j).label_id,
			        (j).advertiser_id, (j).campaign_id, mailing_id, send_id, placement_key, month
			   FROM (SELECT *, jsonb_populate_record(c, '{"` + column + `": 999}') AS j FROM conversions c WHERE transaction_ref = 'A') c`,
		} {
			if _, err := w.Owner.Exec(statement); !strings.Contains(fmt.Sprint(err), "is not there") {
				t.Errorf("%s: %v", statement, err)
			}
		}
	}
}
