package conversions

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"keur/campaigns"
	"keur/internal/fault/faulttest"
	"keur/networks"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// TestWhereAConversionIsBooked: a click counts over a code, and neither leads to
// another advertiser than the programme's.
func TestWhereAConversionIsBooked(t *testing.T) {
	t.Parallel()
	lead := func(advertiser campaigns.AdvertiserID, campaign campaigns.ID) *clue {
		return &clue{Attribution: Attribution{Label: 2, Advertiser: advertiser, Campaign: campaign}}
	}
	for name, try := range map[string]struct {
		advertiser     campaigns.AdvertiserID
		click, voucher *clue
		basis          Basis
		campaign       campaigns.ID
	}{
		"nothing":                     {1, nil, nil, Nobody, 0},
		"a click":                     {1, lead(1, 7), nil, ByClick, 7},
		"a click before a code":       {1, lead(1, 7), lead(1, 8), ByClick, 7},
		"a code":                      {1, nil, lead(1, 8), ByVoucher, 8},
		"another's click, and a code": {1, lead(3, 7), lead(1, 8), ByVoucher, 8},
		"another's click":             {1, lead(3, 7), nil, Nobody, 0},
		"another's code":              {1, nil, lead(3, 8), Nobody, 0},
		"of nobody we know, a click":  {0, lead(3, 7), nil, ByClick, 7},
		"a click on our own link":     {1, lead(1, 0), nil, Nobody, 0},
	} {
		got := attribute(Attribution{Label: 5, Mailing: 9}, try.advertiser, try.click, try.voucher)
		if got.Basis != try.basis || got.Campaign != try.campaign {
			t.Errorf("%s: %+v", name, got)
		}
		if got.Basis == Nobody && (got.Label != 5 || got.Advertiser != try.advertiser || got.Mailing != 0) {
			t.Errorf("%s waits as %+v", name, got)
		}
	}
}

// said are reports of one transaction, of which some contradict each other.
func said() []networks.Report {
	yes, no := true, false
	at := func(minutes int) networks.Report {
		return networks.Report{Transaction: "T", At: noon.Add(time.Duration(minutes) * time.Minute), Status: networks.Pending, Sale: 100,
			Programme: "7", Currency: "EUR", Occurred: noon}
	}
	first, approved, declined, paid, unpaid := at(0), at(5), at(5), at(7), at(7)
	first.SubID, first.Voucher = "a", "ZON"
	approved.Status, approved.SubID = networks.Approved, "b"
	declined.Status, declined.SubID, declined.Programme, declined.Voucher = networks.Declined, "c", "8", "ZEE"
	paid.Status, paid.Paid, paid.Sale = networks.Approved, &yes, 90
	unpaid.Status, unpaid.Paid, unpaid.Voucher = networks.Approved, &no, "MAAN"
	return []networks.Report{first, approved, declined, paid, unpaid}
}

// TestReportsComeInAnyOrder: whatever the order, and however often, the conversion
// ends up the same.
func TestReportsComeInAnyOrder(t *testing.T) {
	t.Parallel()
	taken := func(reports []networks.Report) Conversion {
		var c Conversion
		for _, r := range reports {
			c.absorb(r, r.Version())
			if brings, clues := c.absorb(r, r.Version()); brings != nothing || clues {
				t.Errorf("the same again brings %d, %t", brings, clues)
			}
		}
		return c
	}
	want := taken(said())
	if !want.Paid || want.SubID != "c" || want.Voucher != "MAAN" || want.Status != networks.Approved {
		t.Errorf("in order it is %+v", want)
	}
	permute(said(), 0, func(reports []networks.Report) {
		got := taken(reports)
		same := got.ReportedAt.Equal(want.ReportedAt) && slices.Equal(got.Digest, want.Digest) && got.Status == want.Status &&
			got.Sale == want.Sale && got.Programme == want.Programme && got.Paid == want.Paid && got.SubID == want.SubID &&
			got.Voucher == want.Voucher && got.PaidToldAt.Equal(*want.PaidToldAt) && got.SubIDToldAt.Equal(*want.SubIDToldAt) &&
			got.VoucherTold.Equal(*want.VoucherTold)
		if !same {
			t.Fatalf("of %+v comes %+v, not %+v", reports, got, want)
		}
	})
}

func permute(all []networks.Report, from int, use func([]networks.Report)) {
	if from == len(all) {
		use(all)
		return
	}
	for i := from; i < len(all); i++ {
		all[from], all[i] = all[i], all[from]
		permute(all, from+1, use)
		all[from], all[i] = all[i], all[from]
	}
}

// TestWhatAReportBrings tells what changes money from what changes nothing, and what
// may change to whom it is booked.
func TestWhatAReportBrings(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	base := networks.Report{Transaction: "T", At: noon, Status: networks.Pending, Sale: 100, Programme: "7", SubID: "m", Voucher: "M"}
	for name, try := range map[string]struct {
		change func(*networks.Report)
		brings news
		clues  bool
	}{
		"the same of later":       {func(r *networks.Report) { r.At = noon.Add(1) }, later, false},
		"the same of before":      {func(r *networks.Report) { r.At = noon.Add(-1) }, nothing, false},
		"approved":                {func(r *networks.Report) { r.Status = networks.Approved }, change, false},
		"another amount, before":  {func(r *networks.Report) { r.At, r.Sale = noon.Add(-1), 1 }, nothing, false},
		"another programme":       {func(r *networks.Report) { r.At, r.Programme = noon.Add(1), "8" }, change, true},
		"another sub-id, later":   {func(r *networks.Report) { r.At, r.SubID = noon.Add(1), "a" }, change, true},
		"another sub-id, before":  {func(r *networks.Report) { r.At, r.SubID = noon.Add(-1), "z" }, nothing, false},
		"no sub-id, later":        {func(r *networks.Report) { r.At, r.SubID = noon.Add(1), "" }, change, false},
		"another voucher, later":  {func(r *networks.Report) { r.At, r.Voucher = noon.Add(1), "A" }, change, true},
		"another voucher, before": {func(r *networks.Report) { r.At, r.Voucher = noon.Add(-1), "Z" }, nothing, false},
		"paid, said before":       {func(r *networks.Report) { r.At, r.Paid = noon.Add(-1), &yes }, change, false},
		"not paid, said before":   {func(r *networks.Report) { r.At, r.Paid = noon.Add(-1), &no }, later, false},
	} {
		var c Conversion
		c.absorb(base, base.Version())
		r := base
		try.change(&r)
		if brings, clues := c.absorb(r, r.Version()); brings != try.brings || clues != try.clues {
			t.Errorf("%s brings %d, %t", name, brings, clues)
		}
	}
	if !newer(noon, nil, false) || newer(noon, &noon, false) || !newer(noon, &noon, true) {
		t.Error("of one moment the wrong one counts")
	}
}

// TestABatchCountsWhatItBrought of new and known transactions.
func TestABatchCountsWhatItBrought(t *testing.T) {
	t.Parallel()
	known := &Conversion{Ref: "K"}
	report := func(ref string, sale int64, minutes int) networks.Report {
		return networks.Report{Transaction: ref, At: noon.Add(time.Duration(minutes) * time.Minute), Status: networks.Pending, Sale: sale}
	}
	old := report("K", 5, 0)
	known.absorb(old, old.Version())
	unknown := report("N", 7, 0)
	unknown.Unknown = "bezig"
	reports := []networks.Report{old, unknown, unknown, report("K", 5, 1), report("K", 6, 2)}
	b := newBatch(networks.Connection{ID: 3, Network: "awin"}, reports)
	b.known[old.Key()] = known
	b.absorb()
	if r := b.recorded; r.New != 1 || r.Changed != 1 || r.Same != 3 || r.Unknown != 1 {
		t.Errorf("recorded are %+v", r)
	}
	if len(b.fresh) != 1 || b.fresh[0].Ref != "N" || b.fresh[0].Connection != 3 || len(b.changed) != 1 || len(b.later) != 0 {
		t.Errorf("new are %+v, and changed %+v", b.fresh, b.changed)
	}
	if len(b.rebook) != 1 || len(b.history) != 2 {
		t.Errorf("%d are booked anew, and %d are kept", len(b.rebook), len(b.history))
	}
	b = newBatch(networks.Connection{}, []networks.Report{report("A", 1, 0), report("B", 1, 0)})
	if b.absorb(); b.recorded.New != 2 || b.recorded.Unknown != 0 {
		t.Errorf("of two with a status recorded are %+v", b.recorded)
	}
	b = newBatch(networks.Connection{}, []networks.Report{report("K", 6, 3)})
	b.known[old.Key()] = known
	if b.absorb(); len(b.later) != 1 || len(b.changed) != 0 || b.recorded.Same != 1 {
		t.Errorf("of the same later there is %+v", b.recorded)
	}
}

// TestOnlyTheLateAreLookedForInTheHistory: it has none that is later than what its
// conversion says.
func TestOnlyTheLateAreLookedForInTheHistory(t *testing.T) {
	t.Parallel()
	report := func(sale int64, minutes int) networks.Report {
		at := noon.Add(time.Duration(minutes) * time.Minute)
		return networks.Report{Transaction: "K", At: at, Status: networks.Pending, Sale: sale}
	}
	known, old := &Conversion{ID: 7, Ref: "K"}, report(5, 10)
	known.absorb(old, old.Version())
	b := newBatch(networks.Connection{}, []networks.Report{report(6, 9), report(7, 10), report(8, 11), report(9, 10), report(6, 9)})
	b.known[old.Key()] = known
	b.absorb()
	var late []bool
	for _, h := range b.history {
		late = append(late, h.late)
	}
	if want := []bool{true, true, false, true}; !slices.Equal(late, want) {
		t.Errorf("late are %v, not %v", late, want)
	}
}

// TestReportsAreSplitByTheirTransaction, so that all of one are recorded in one lane.
func TestReportsAreSplitByTheirTransaction(t *testing.T) {
	t.Parallel()
	reports := make([]networks.Report, 0, 4*fewReports)
	for i := range cap(reports) {
		reports = append(reports, networks.Report{
			Transaction: strconv.Itoa(i / 2), Part: strconv.Itoa(i % 2), Programme: "7", Status: networks.Pending, Currency: "EUR",
			At: noon, Occurred: noon,
		})
	}
	parts, err := split(reports, 0)
	if err != nil || len(parts) != lanes {
		t.Fatalf("%d parts, %v", len(parts), err)
	}
	n := 0
	for i, p := range parts {
		n += len(p.reports)
		for _, r := range p.reports {
			if !slices.Equal(p.lanes, []int64{int64(i)}) || laneOf(r.Transaction) != i {
				t.Fatalf("%s is in the lanes %v", r.Transaction, p.lanes)
			}
		}
		if len(p.reports) < len(reports)/lanes/2 {
			t.Errorf("lane %d has %d of %d", i, len(p.reports), len(reports))
		}
	}
	if n != len(reports) {
		t.Errorf("%d of %d are recorded", n, len(reports))
	}
	few, err := split(reports[:2], 0)
	if err != nil || len(few) != 1 || len(few[0].lanes) != lanes || len(few[0].reports) != 2 {
		t.Errorf("two reports in %d parts, %v", len(few), err)
	}
	reports[1].Currency = "euro"
	if _, err := split(reports[:2], 5_000); !slices.Equal(faulttest.Paths(err), []string{"reports[5001].currency"}) {
		t.Errorf("wrong is %v", err)
	}
}

// TestAPersonAssignsWithAReason, and not to another advertiser.
func TestAPersonAssignsWithAReason(t *testing.T) {
	t.Parallel()
	for field, a := range map[string]Assignment{
		"":              {Campaign: 1, Reason: "x"},
		"reason":        {Campaign: 1},
		"campaign_id":   {Reason: "x"},
		"placement_key": {Campaign: 1, Reason: "x", Send: 4},
	} {
		if got := faulttest.Paths(a.Validate()); field == "" && got != nil || field != "" && !slices.Equal(got, []string{field}) {
			t.Errorf("%+v is wrong at %v", a, got)
		}
	}
	both := Assignment{Campaign: 1, Reason: "x", Send: 4, Placement: "top"}
	if err := both.Validate(); err != nil {
		t.Error(err)
	}
	c := Conversion{Attribution: Attribution{Basis: ByClick, Advertiser: 1, Member: 7, Variant: 2}}
	err := c.assign(Attribution{Advertiser: 2, Campaign: 5})
	if !slices.Equal(faulttest.Paths(err), []string{"campaign_id"}) || c.Member != 7 {
		t.Errorf("to another advertiser: %v", err)
	}
	if err := c.assign(Attribution{Advertiser: 1, Campaign: 5}); err != nil || c.Basis != ByPerson || c.Campaign != 5 || c.Member != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	c = Conversion{}
	if err := c.assign(Attribution{Advertiser: 2, Campaign: 5}); err != nil {
		t.Errorf("of nobody we know: %v", err)
	}
}
