package claims

import (
	"testing"
	"time"

	"keur/internal/civil"
	"keur/internal/fault"
	"keur/networks"
)

var (
	ordered = civil.Date{Year: 2026, Month: 11, Day: 10}
	noon    = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
)

func facts(change ...func(*Facts)) Facts {
	f := Facts{Advertiser: 1, Order: "ORD-1", Ordered: ordered, Sale: 10_000, Currency: "EUR"}
	for _, c := range change {
		c(&f)
	}
	return f
}

func TestFactsAreChecked(t *testing.T) {
	t.Parallel()
	today := civil.DateOf(noon)
	if err := facts().Check(today); err != nil {
		t.Error(err)
	}
	for field, change := range map[string]func(*Facts){
		"advertiser_id": func(f *Facts) { f.Advertiser = 0 },
		"kind":          func(f *Facts) { f.Kind = "lost" },
		"order_ref":     func(f *Facts) { f.Order = "" },
		"ordered_on":    func(f *Facts) { f.Ordered = today.AddDays(1) },
		"sale_minor":    func(f *Facts) { f.Sale = 0 },
		"currency":      func(f *Facts) { f.Currency = "euro" },
		"note":          func(f *Facts) { f.Note = "a\x00" },
	} {
		err := facts(change).Check(today)
		if !fault.Is(err, fault.Invalid) || err.(*fault.Error).Details[0].Path != field { //nolint:errorlint // it is one
			t.Errorf("%s: %v", field, err)
		}
	}
}

// What may be wrong and what the member may be told follow from what the network
// says of the order.
func TestWhatIsProposedAndTold(t *testing.T) {
	t.Parallel()
	sale := func(status networks.Status, minor int64) Sale {
		return Sale{ID: 7, Connection: 3, Named: true, Status: status, Sale: minor, Currency: "EUR"}
	}
	delay := 14
	clicks := []Click{{Ref: "new", Machine: true}, {Ref: "a"}, {Ref: "old"}}
	for name, c := range map[string]struct {
		known   Known
		propose Kind
		tell    Told
	}{
		"nothing came in":   {Known{Clicks: clicks}, Untracked, TellLooking},
		"no click either":   {Known{}, Untracked, TellNoClick},
		"it is too early":   {Known{Clicks: clicks, Delay: &delay}, Untracked, TellEarly},
		"it waits":          {Known{Sales: []Sale{sale(networks.Pending, 10_000)}}, "", TellUndecided},
		"it is approved":    {Known{Sales: []Sale{sale(networks.Approved, 12_000)}}, "", TellApproved},
		"it is smaller":     {Known{Sales: []Sale{sale(networks.Approved, 9_999)}}, Incorrect, TellLooking},
		"it is turned down": {Known{Sales: []Sale{sale(networks.Declined, 10_000)}}, Declined, TellDeclined},
		"it never was":      {Known{Sales: []Sale{sale(networks.Deleted, 10_000)}}, Declined, TellDeclined},
		"it is somebody's":  {Known{Sales: []Sale{{Named: true, Others: true, Status: networks.Pending}}}, "", TellLooking},
		"nobody knows":      {Known{Sales: []Sale{{Named: true, Unknown: "bezig", Status: networks.Pending}}}, "", TellLooking},
		"in another currency": {Known{Sales: []Sale{{Named: true, Currency: "USD", Sale: 1, Status: networks.Pending}}}, "",
			TellUndecided},
		"it is in parts":       {Known{Sales: []Sale{{ID: 1, Named: true}, {ID: 2, Named: true}}}, "", TellLooking},
		"another one came in":  {Known{Clicks: clicks, Sales: []Sale{{ID: 9, Status: networks.Pending}}}, Untracked, TellLooking},
		"it was 16 days later": {Known{Clicks: clicks, Delay: new(int)}, Untracked, TellLooking},
	} {
		c.known.judge(Case{Facts: facts(), State: Open}, civil.DateOf(noon))
		if c.known.Proposal != c.propose || c.known.Told != c.tell {
			t.Errorf("%s: proposes %q and tells %q", name, c.known.Proposal, c.known.Told)
		}
	}
	k := Known{
		Clicks: clicks, Sales: []Sale{sale(networks.Declined, 10_000)},
		Accounts: []Account{{Rule: Rule{Connection: 2}}, {Rule: Rule{Connection: 3}}},
	}
	want := facts(func(f *Facts) { f.Click, f.Kind, f.Conversion, f.Connection = "a", Declined, 7, 3 })
	if got := k.Suggest(facts()); got != want {
		t.Errorf("suggests %+v", got)
	}
	for state, want := range map[State]Told{Claimed: TellClaimed, Granted: TellGranted, Refused: TellRefused, Closed: TellClosed} {
		if got := k.tell(Case{Facts: facts(), State: state}); got != want {
			t.Errorf("%s: tells %s", state, got)
		}
	}
}

// A claim says what is wrong, and names the transaction unless just that is missing.
func TestClaimAndAnswer(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]Case{
		"kind":          {Facts: facts(), State: Open},
		"conversion_id": {Facts: facts(func(f *Facts) { f.Kind = Declined }), State: Open},
	} {
		err := c.Claim(ByMail, "claims@network.example", noon, nil)
		if !fault.Is(err, fault.Invalid) || err.(*fault.Error).Details[0].Path != want { //nolint:errorlint // it is one
			t.Errorf("%s: %v", want, err)
		}
	}
	c := Case{Facts: facts(func(f *Facts) { f.Kind = Untracked }), State: Open}
	if err := c.Claim(ByMail, "Claims <claims@network.example>", noon, nil); !fault.Is(err, fault.Invalid) ||
		err.(*fault.Error).Details[0].Path != "address" { //nolint:errorlint // it is one
		t.Errorf("to no address: %v", err)
	}
	due := civil.DateOf(noon).AddDays(5)
	if err := c.Claim(ByMail, "claims@network.example", noon, &due); err != nil || c.State != Claimed {
		t.Fatalf("%s %v", c.State, err)
	}
	if c.Waits(due) || !c.Waits(due.AddDays(1)) {
		t.Error("it waits for somebody once the answer is late")
	}
	if err := c.Change(facts()); !fault.Is(err, fault.Conflict) {
		t.Errorf("changed while it is claimed: %v", err)
	}
	if err := c.Tell(noon); !fault.Is(err, fault.Conflict) {
		t.Errorf("told before it ended: %v", err)
	}
	if err := c.Decide(false, ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("refused for no reason: %v", err)
	}
	if err := c.Decide(false, "Bought with another code"); err != nil || c.State != Refused || !c.Waits(due) {
		t.Fatalf("%+v %v", c, err)
	}
	if err := c.Change(facts()); !fault.Is(err, fault.Invalid) ||
		err.(*fault.Error).Details[0].Path != "kind" { //nolint:errorlint // it is one
		t.Errorf("what was claimed is nothing now: %v", err)
	}
	if err := c.Tell(noon); err != nil || c.Waits(due) {
		t.Errorf("told: %v", err)
	}
	if err := c.Reopen(); !fault.Is(err, fault.Conflict) {
		t.Errorf("what was refused is claimed again, not opened: %v", err)
	}
	c.State = Refused
	if err := c.Claim(ByMail, "claims@network.example", noon, nil); err != nil || c.ToldAt != nil || c.Answer != "" {
		t.Errorf("claimed again: %+v %v", c, err)
	}
}

func TestDeadlines(t *testing.T) {
	t.Parallel()
	ten := 10
	for r, want := range map[Rule]*civil.Date{
		{Network: "daisycon"}:               after(ordered, 30),
		{Network: "awin"}:                   nil,
		{Network: "awin", Within: &ten}:     after(ordered, 10),
		{Network: "daisycon", Within: &ten}: after(ordered, 10),
	} {
		if got := r.Until(ordered); (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("%+v: %v", r, got)
		}
	}
	c := Case{Facts: facts(), State: Open, ClaimBy: after(ordered, 10)}
	if c.Late(ordered.AddDays(10)) || !c.Late(ordered.AddDays(11)) {
		t.Error("late on the wrong day")
	}
	err := (Rule{Address: "nobody", Within: new(int)}).Check()
	if !fault.Is(err, fault.Invalid) || len(err.(*fault.Error).Details) != 2 { //nolint:errorlint // it is one
		t.Error(err)
	}
}
