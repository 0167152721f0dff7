// Package networktest is the contract that every adapter keeps with a network
// that speaks as its own does.
package networktest

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/networks"
	"keur/networks/simulators"
)

// account is a publisher's account at a network of ours, asked by its adapter.
type account struct {
	*simulators.Server
	networks.Adapter
	clock  *clock.Fake
	client *networks.Client

	mu    sync.Mutex
	kept  string
	spent int
}

var begun = time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)

// open begins a network, and has the account opened where a person must do that.
func open(t *testing.T, network func(func() time.Time) *simulators.Server, adapter func(home string) networks.Adapter) *account {
	t.Helper()
	a := &account{clock: clock.NewFake(begun)}
	a.Server = network(a.clock.Now)
	web := httptest.NewServer(a.Server)
	t.Cleanup(web.Close)
	a.Adapter = adapter(web.URL)
	a.client = &networks.Client{
		Ref: a.Ref, Credentials: a.Credentials, Limit: a.Capabilities().Limit, HTTP: web.Client(), Now: a.clock.Now,
		Spend: a.spend, Session: a.session, Block: func(context.Context, time.Time) error { return nil },
	}
	if person, must := a.Adapter.(networks.Authorizer); must {
		const verifier = "a-verifier-of-at-least-forty-three-characters"
		code, err := a.Consent(person.AuthorizeURL(a.Credentials, verifier))
		if err != nil {
			t.Fatal(err)
		}
		token, err := person.Redeem(t.Context(), a.client, code, verifier)
		if err != nil {
			t.Fatal(err)
		}
		if a.kept, err = token.Text(); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func (a *account) spend(context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.spent++
	return nil
}

func (a *account) session(_ context.Context, lost string, renew func(string) (string, error)) (string, error) {
	if a.kept != "" && a.kept != lost {
		return a.kept, nil
	}
	made, err := renew(a.kept)
	if err == nil {
		a.kept = made
	}
	return made, err
}

// ask asks a sweep's question for all since a moment, page by page.
func (a *account) ask(ctx context.Context, by networks.Date, from, until time.Time) (all networks.Answer, err error) {
	q := networks.Question{By: by, From: from, Until: until, Asked: a.clock.Now()}
	for range 100 {
		page, err := a.Transactions(ctx, a.client, q)
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

// lately asks each of the network's sweeps for the last days.
func (a *account) lately(t *testing.T) (all networks.Answer) {
	t.Helper()
	for _, sweep := range a.Capabilities().Sweeps {
		// Up to a day ahead: clocks differ.
		got, err := a.ask(t.Context(), sweep.By, a.clock.Now().AddDate(0, 0, -5), a.clock.Now().AddDate(0, 0, 1))
		if err != nil {
			t.Fatalf("ask %s: %v", sweep.Name, err)
		}
		all.Reports, all.Unread = append(all.Reports, got.Reports...), append(all.Unread, got.Unread...)
	}
	return all
}

// Contract holds an adapter to what every one promises, over a network of ours
// that speaks as its own does. home is where that is.
func Contract(t *testing.T, network func(now func() time.Time) *simulators.Server, adapter func(home string) networks.Adapter) {
	for name, clause := range map[string]func(*testing.T, *account){
		"capabilities": capabilities, "everything that is said of a sale": fields, "pages": pages, "windows": windows,
		"nothing": nothing, "a life": life, "a session that is lost": session, "a limit": limit, "trouble": trouble,
		"wrong credentials": credentials, "what nobody understands": unknown, "a try": try, "pages that move": moving,
		"programmes": programmes, "material": material, "news": news, "claims": claims, "claiming": claiming, "payments": payments,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clause(t, open(t, network, adapter))
		})
	}
}

// An adapter says what can be asked: each sweep begins well before the end of
// the one before, some ask by the moment of the sale, and one asks for long.
func capabilities(t *testing.T, a *account) {
	can := a.Capabilities()
	if can.Name == "" || can.Window <= 0 || can.Limit.Calls <= 0 || can.Limit.Per <= 0 || len(can.Sweeps) == 0 {
		t.Errorf("it says nothing of %+v", can)
	}
	var longest time.Duration
	for _, s := range can.Sweeps {
		if s.Overlap < time.Hour || s.Every <= 0 || s.Reach < s.Overlap {
			t.Errorf("the sweep %s is %+v", s.Name, s)
		}
		if s.By == networks.Occurred {
			longest = max(longest, s.Overlap)
		}
	}
	if longest < 90*24*time.Hour {
		t.Errorf("a sale is asked for again for %s, and verdicts come after that", longest)
	}
	for _, f := range can.Fields {
		if !f.Optional && a.Credentials[f.Name] == "" {
			t.Errorf("its credentials have no %s", f.Name)
		}
	}
}

func fields(t *testing.T, a *account) {
	sold := begun.Add(-3 * time.Hour)
	a.Appear(simulators.Sale{
		Ref: "1001", Programme: "15883", Sale: 12_999, Commission: 650, SubID: "aeqk3mzlx2ndtfbs4cyw6hpuo5g7ivjr",
		Clicked: sold.Add(-20 * time.Minute), Occurred: sold,
	})
	for _, r := range a.lately(t).Reports {
		var wrong fault.List
		if r.Check(&wrong, ""); wrong.Err() != nil {
			t.Error(wrong.Err())
		}
		if r.Transaction != "1001" || r.Programme != "15883" || r.Sale != 12_999 || r.Commission != 650 || r.Currency != "EUR" ||
			r.SubID != "aeqk3mzlx2ndtfbs4cyw6hpuo5g7ivjr" || r.Status != networks.Pending || r.Unknown != "" || r.Validated != nil {
			t.Errorf("read %+v", r)
		}
		if !r.Occurred.Equal(sold) || r.Clicked == nil || !r.Clicked.Equal(sold.Add(-20*time.Minute)) || r.At.Before(sold) {
			t.Errorf("sold %s, clicked %v, said %s", r.Occurred, r.Clicked, r.At)
		}
		if !strings.Contains(string(r.Raw), "129.99") || strings.Contains(string(r.Raw), "bearer") {
			t.Errorf("kept as it came: %s", r.Raw)
		}
		if r.Paid != nil && *r.Paid {
			t.Error("it is paid before it is approved")
		}
	}
}

// numbers returns how often each transaction is in an answer.
func numbers(answer networks.Answer) map[string]int {
	found := map[string]int{}
	for _, r := range answer.Reports {
		found[r.Transaction]++
	}
	return found
}

func pages(t *testing.T, a *account) {
	for n := range 10 {
		a.Appear(simulators.Sale{
			Ref: "200" + string(rune('0'+n)), Programme: "15883", Sale: 1000, Commission: 50,
			Occurred: begun.Add(-time.Duration(n) * time.Minute),
		})
	}
	first, err := a.ask(t.Context(), networks.Occurred, begun.AddDate(0, 0, -1), begun.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if found := numbers(first); len(found) != 10 || len(first.Reports) != 10 {
		t.Errorf("of 10 sales on pages came %v", found)
	}
	// The same page again says the same.
	again, err := a.ask(t.Context(), networks.Occurred, begun.AddDate(0, 0, -1), begun.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	said := map[networks.Key]networks.Version{}
	for _, r := range first.Reports {
		said[r.Key()] = r.Version()
	}
	for _, r := range again.Reports {
		if said[r.Key()].Compare(r.Version()) != 0 {
			t.Errorf("asked twice, %s isn't the same", r.Transaction)
		}
	}
	if calls := a.Calls(); calls != a.spent {
		t.Errorf("%d calls were made, and %d counted", calls, a.spent)
	}
}

func windows(t *testing.T, a *account) {
	window := a.Capabilities().Window
	from := begun.Add(-window)
	for ref, at := range map[string]time.Time{
		"3001": from.AddDate(0, 0, -3), "3002": from, "3003": from.Add(window / 2),
		"3004": begun.Add(-time.Second), "3005": begun.AddDate(0, 0, 3),
	} {
		a.Appear(simulators.Sale{Ref: ref, Programme: "15883", Sale: 1000, Commission: 50, Occurred: at})
	}
	got, err := a.ask(t.Context(), networks.Occurred, from, begun)
	if err != nil {
		t.Fatalf("asked about the longest time that it says it may: %v", err)
	}
	found := numbers(got)
	if found["3002"] != 1 || found["3003"] != 1 || found["3004"] != 1 || found["3001"] != 0 || found["3005"] != 0 {
		t.Errorf("within the time are %v", found)
	}
}

func nothing(t *testing.T, a *account) {
	if got := a.lately(t); len(got.Reports)+len(got.Unread) != 0 {
		t.Errorf("of no sales it says %+v", got)
	}
}

// life lets sales happen, and after each step holds what was said so far, in any
// order and twice, to what they are.
func life(t *testing.T, a *account) {
	dice := rand.New(rand.NewPCG(11, 5))
	tellsPaid := false
	for _, ref := range []string{"4001", "4002", "4003", "4004"} {
		a.Appear(simulators.Sale{Ref: ref, Programme: "15883", Sale: 5000, Commission: 250})
	}
	steps := []func(){
		func() {},
		func() { a.Amend("4001", 4000, 200) },
		func() { a.Judge("4001", networks.Approved, "") },
		func() { a.Judge("4002", networks.Declined, "returned") },
		func() { a.Judge("4003", networks.Approved, "") },
		func() { a.Judge("4002", networks.Pending, "") },
		func() { a.Judge("4002", networks.Approved, "") },
		func() { a.Amend("4004", 5500, 275) },
		func() { a.Pay("4001") },
		func() { a.Judge("4003", networks.Declined, "fraud") },
	}
	var said []networks.Report
	for n, step := range steps {
		a.clock.Add(7 * time.Hour)
		step()
		got := a.lately(t)
		said = append(said, got.Reports...)
		dice.Shuffle(len(said), func(i, j int) { said[i], said[j] = said[j], said[i] })
		newest := map[networks.Key]networks.Report{}
		for _, r := range append(said, said[:len(said)/2]...) {
			tellsPaid = tellsPaid || r.Paid != nil
			if of, is := newest[r.Key()]; !is || r.Version().Compare(of.Version()) > 0 {
				newest[r.Key()] = r
			}
		}
		for _, s := range a.Sales() {
			r := sum(newest, s.Ref)
			if a.Corrects && s.Status == networks.Declined {
				s.Sale, s.Commission = 0, 0 // it was taken back
			}
			if r.Status != s.Status || r.Sale != s.Sale || r.Commission != s.Commission || r.Paid != nil && *r.Paid != s.Paid {
				t.Fatalf("after step %d, %s is %s %d %d and said to be %s %d %d", n, s.Ref, s.Status, s.Sale, s.Commission,
					r.Status, r.Sale, r.Commission)
			}
			if s.Status == networks.Declined && r.Reason != s.Reason && !a.Mute {
				t.Errorf("%s was declined for %q, and not %q", s.Ref, s.Reason, r.Reason)
			}
		}
	}
}

// sum is what the newest reports of a transaction's parts come to. Of the
// reasons for corrections the last one counts.
func sum(newest map[networks.Key]networks.Report, ref string) (all networks.Report) {
	last := ""
	for key, r := range newest {
		if key.Transaction != ref {
			continue
		}
		all.Sale, all.Commission = all.Sale+r.Sale, all.Commission+r.Commission
		if !r.Correction {
			all.Status, all.Paid = r.Status, r.Paid
		}
		if key.Part >= last {
			last, all.Reason = key.Part, r.Reason
		}
	}
	return all
}

// moving changes transactions while they are asked for by pages: whatever moves
// to another page is in the answer.
func moving(t *testing.T, a *account) {
	refs := []string{"5001", "5002", "5003", "5004", "5005", "5006", "5007", "5008"}
	for i, ref := range refs {
		a.Appear(simulators.Sale{
			Ref: ref, Programme: "15883", Sale: 1000, Commission: 50, Occurred: begun.Add(time.Duration(i-60) * time.Minute),
		})
	}
	sweeps := a.Capabilities().Sweeps
	for _, s := range sweeps {
		if s.By == networks.Validated {
			continue // of these nothing is decided
		}
		q := networks.Question{By: s.By, From: begun.AddDate(0, 0, -1), Until: a.clock.Now().Add(time.Second), Asked: a.clock.Now()}
		found, amended := map[string]int{}, false
		for range 100 {
			page, err := a.Transactions(t.Context(), a.client, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Reports {
				found[r.Transaction]++
			}
			if !amended && len(page.Reports) > 0 {
				a.clock.Add(time.Hour)
				// It leaves a question for what was changed until now, and those behind it move up.
				a.Amend(page.Reports[0].Transaction, 1100, 55)
				amended = true
			}
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
		}
		for _, ref := range refs {
			if found[ref] == 0 {
				t.Errorf("%s: %s isn't in %v", s.Name, ref, found)
			}
		}
	}
}

func try(t *testing.T, a *account) {
	found, err := a.Accounts(t.Context(), a.client)
	if err != nil || len(found) != 1 || found[0].Ref != a.Ref || found[0].Name != a.Name {
		t.Errorf("the credentials open %v, %v", found, err)
	}
}
