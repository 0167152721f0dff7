package shaping

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"keur/delivery"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/words"
)

// office is a base with an admin, user 1, and a planner, user 2.
func office(t *testing.T) (s *Store, admin, planner context.Context, db pgtest.DB) {
	t.Helper()
	db = pgtest.Database(t)
	db.Owner.MustExec(`INSERT INTO users (email, name, admin) VALUES ('a@x.nl', 'A', true), ('p@x.nl', 'P', false)`)
	return NewStore(db.App, clock.NewFake(now)), pgtest.Acting(t.Context(), "user:1"), pgtest.Acting(t.Context(), "user:2"), db
}

// TestWhatAnAdminSaysTakesThePlace: of Keur's own values, which come back when it is
// taken back; each change is on the trail.
func TestWhatAnAdminSaysTakesThePlace(t *testing.T) {
	t.Parallel()
	s, admin, planner, db := office(t)
	bears := func(provider string) Bears {
		t.Helper()
		all, err := s.Table(admin)
		if err != nil {
			t.Fatal(err)
		}
		return all.Bears(provider)
	}
	for range 2 { // in place of what was said before
		google := Provider{Name: "google", MX: []string{".Google.com", "googlemail.com."}, TLS: TLSNone}
		google.Bears = Bears{Connections: 7, PerHour: 100}
		if err := s.SetProvider(admin, google); err != nil {
			t.Fatal(err)
		}
	}
	if got := bears("google"); got != (Bears{Connections: 7, Messages: 100, PerHour: 100}) {
		t.Errorf("google bears %+v", got)
	}
	if all, err := s.Table(admin); err != nil || all.TLS("mx.google.com") != TLSNone {
		t.Errorf("google's encryption isn't what was said: %v", err)
	}
	err := s.SetProvider(admin, Provider{Name: Default, Bears: Bears{MXConnections: 3}})
	if err != nil || bears("small.nl").MXConnections != 3 {
		t.Errorf("all others bear %+v, %v", bears("small.nl"), err)
	}
	if err := s.SetProvider(admin, Provider{Name: "transip", MX: []string{"transip.email"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.AddRule(admin, Rule{Provider: "transip", Pattern: "slow down", AtLeast: 1, Do: Slow, To: 5, Minutes: 10}); err != nil {
		t.Fatal(err)
	}
	all, err := s.Own(admin)
	if err != nil || len(all.Providers) != 3 || len(all.Rules) != 1 || all.Rules[0].ChangedBy != "user:1" || all.Rules[0].To != 5 {
		t.Errorf("own are %+v, %v", all, err)
	}
	if err := s.RestoreProvider(admin, "transip"); words.OfError(err).Key != "shaping.unknown_provider" {
		t.Errorf("a provider that a rule names is taken out: %v", err)
	}
	if err := s.RestoreRule(admin, "transip", "slow down"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"transip", "google", Default} {
		if err := s.RestoreProvider(admin, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := bears("google"); got.Connections != 5 || bears("small.nl").MXConnections != 10 {
		t.Errorf("Keur's own aren't restored: %+v", got)
	}
	if err := s.RestoreProvider(admin, "google"); !fault.Is(err, fault.NotFound) {
		t.Errorf("nothing is restored: %v", err)
	}
	if err := s.SetProvider(planner, Provider{Name: "x", MX: []string{"x.nl"}}); words.OfError(err).Key != "accounts.admin_only" {
		t.Errorf("a planner says what a provider bears: %v", err)
	}
	if n := pgtest.Count(t, db.Owner, `SELECT count(*)::int FROM audit_log WHERE subject ~ '^mail_(providers|rules):' AND actor = 'user:1'`); n < 8 {
		t.Errorf("the trail tells %d", n)
	}
}

// TestWhatWouldDoOtherwiseIsRefused, beside the field that it is about.
func TestWhatWouldDoOtherwiseIsRefused(t *testing.T) {
	t.Parallel()
	s, admin, _, _ := office(t)
	key := func(err error) string {
		var f *fault.Error
		if errors.As(err, &f) && len(f.Details) > 0 {
			return f.Details[0].Path + " " + f.Details[0].Message.Key
		}
		return words.OfError(err).Key
	}
	for _, try := range []struct {
		p    Provider
		want string
	}{
		{Provider{Name: "A B", MX: []string{"a.nl"}}, "name shaping.name_form"},
		{Provider{Name: "a"}, "mx shaping.mx_number"},
		{Provider{Name: Default, MX: []string{"a.nl"}}, "mx shaping.mx_number"},
		{Provider{Name: "a", MX: []string{"a_b!"}}, "mx shaping.mx_form"},
		{Provider{Name: "a", MX: []string{"a.nl"}, Bears: Bears{Connections: 501}}, "connections shaping.range"},
		{Provider{Name: "a", MX: []string{"a.nl"}, Bears: Bears{PerHour: -1}}, "per_hour shaping.range"},
		{Provider{Name: "a", MX: []string{"google.com"}}, "shaping.provider_twice"},
		{Provider{Name: "a", MX: []string{"a.nl"}, TLS: "maybe"}, "tls shaping.tls"},
		{Provider{Name: Default, TLS: TLSRequired}, "tls shaping.tls"},
	} {
		if err := s.SetProvider(admin, try.p); key(err) != try.want {
			t.Errorf("%+v: %v, not %s", try.p, err, try.want)
		}
	}
	good := Rule{Provider: "google", Pattern: "x", AtLeast: 1, Do: Stop, Minutes: 5}
	for _, try := range []struct {
		change func(*Rule)
		want   string
	}{
		{func(r *Rule) { r.Provider = "gmail" }, "shaping.unknown_provider"},
		{func(r *Rule) { r.Pattern = "unusual rate" }, "shaping.pattern_twice"},
		{func(r *Rule) { r.Pattern = "^(?!4)" }, "pattern shaping.pattern_form"},
		{func(r *Rule) { r.Pattern = "" }, "pattern shaping.pattern_length"},
		{func(r *Rule) { r.Pattern = strings.Repeat("a", 301) }, "pattern shaping.pattern_length"},
		{func(r *Rule) { r.Pattern = "slow\u200bdown" }, "pattern shaping.pattern_length"},
		{func(r *Rule) { r.Provider = "A B" }, "provider shaping.name_form"},
		{func(r *Rule) { r.AtLeast = 0 }, "at_least shaping.range_from_one"},
		{func(r *Rule) { r.Minutes = 1441 }, "minutes shaping.range_from_one"},
		{func(r *Rule) { r.Do = "explode" }, "do shaping.action"},
		{func(r *Rule) { r.Do = FewerAtOnce }, "to shaping.range_from_one"},
	} {
		r := good
		try.change(&r)
		if err := s.AddRule(admin, r); key(err) != try.want {
			t.Errorf("%+v: %v, not %s", r, err, try.want)
		}
	}
}

// TestAReplyIsTriedOut: which rule it would hit, one that was switched off among
// them no more.
func TestAReplyIsTriedOut(t *testing.T) {
	t.Parallel()
	s, admin, _, _ := office(t)
	const said = "421 4.7.28  our system has detected\nan unusual rate of mail"
	hit := func(want string) {
		t.Helper()
		all, err := s.Table(admin)
		if err != nil {
			t.Fatal(err)
		}
		if r := all.Hit("google", said); r == nil || r.Pattern != want {
			t.Errorf("it hits %+v, not %q", r, want)
		}
	}
	hit("unusual rate")
	if err := s.SetRule(admin, Rule{Provider: "google", Pattern: "unusual rate", AtLeast: 1, Do: Nothing, Minutes: 5}); err != nil {
		t.Fatal(err)
	}
	hit(`^(421|4\d\d 4\.7\.)`)
	if err := s.AddRule(admin, Rule{Pattern: "our system", AtLeast: 1, Do: Halve, Minutes: 5}); err != nil {
		t.Fatal(err)
	}
	hit("our system")
}

// TestWorkersFollowWhatAdminsSay without a restart: values, a stop and its end, and
// what refusals came to is lifted with it.
func TestWorkersFollowWhatAdminsSay(t *testing.T) {
	t.Parallel()
	s, admin, planner, db := office(t)
	clk := s.clock.(*clock.Fake)
	dns := &mx{hosts: map[string]string{"gmail.com": "mx.google.com.", "shop.nl": "mx.hoster.nl."}}
	w := New(s, table(t), dns, clk, slog.New(slog.DiscardHandler))
	ctx := pgtest.Acting(t.Context(), "system:worker")
	follow := func() {
		w.Wake()
		w.Follow(ctx)
	}
	if follow(); w.Limited() || w.Messages("google") != 50 {
		t.Fatalf("at first %d mails go over one connection", w.Messages("google"))
	}
	bears := Bears{Connections: 1, Messages: 2, PerMinute: 60}
	if err := s.SetProvider(admin, Provider{Name: "hoster", MX: []string{"hoster.nl"}, Bears: bears}); err != nil {
		t.Fatal(err)
	}
	w.whose(ctx, []string{"shop.nl"})
	if follow(); w.Ways(ctx, []string{"shop.nl"})[0] != (Way{Provider: "hoster"}) || w.Messages("hoster") != 2 || !w.Limited() {
		t.Errorf("a provider that is new is not known: %v", w.Ways(ctx, []string{"shop.nl"}))
	}
	waits, after, err := w.Share(ctx, []string{"shop.nl", "shop.nl", "shop.nl", "shop.nl"})
	if err != nil || waits[0] || !waits[3] || after != shortest {
		t.Errorf("at one a second %v wait %s, %v", waits, after, err)
	}
	if err := s.Note(ctx, "google", &Rule{Pattern: "x", AtLeast: 1, Do: Slow, To: 10, Minutes: 60}, 1, "slower", Bears{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(planner, "google", "why not", nil); words.OfError(err).Key != "accounts.admin_only" {
		t.Errorf("a planner stops a provider: %v", err)
	}
	hour := now.Add(time.Hour)
	if err := s.Stop(admin, "google", "their postmaster asked us to", &hour); err != nil {
		t.Fatal(err)
	}
	if follow(); !stoppedAt(w, "google") || stoppedAt(w, "hoster") {
		t.Error("the stop isn't followed, or by others too")
	}
	if waits, _, err := w.Share(ctx, []string{"gmail.com"}); err != nil || !waits[0] {
		t.Errorf("%v wait, %v", waits, err)
	}
	clk.Add(time.Hour)
	if stoppedAt(w, "google") {
		t.Error("it is stopped after its time")
	}
	clk.Add(-time.Minute)
	if err := s.Resume(admin, "google", "they are fine"); err != nil {
		t.Fatal(err)
	}
	follow()
	if limits, err := s.Limits(ctx); err != nil || len(limits) != 0 || stoppedAt(w, "google") {
		t.Errorf("after it was resumed %+v hold, %v", limits, err)
	}
	clk.Add(time.Second)
	if err := s.Note(ctx, "google", &Rule{Pattern: "x", AtLeast: 1, Do: Slow, To: 20, Minutes: 60}, 1, "slower", Bears{}); err != nil {
		t.Fatal(err)
	}
	if limits, err := s.Limits(ctx); err != nil || len(limits) != 1 || limits[0].Value != 20 {
		t.Errorf("what is refused after it counts not: %+v, %v", limits, err)
	}
	for _, err := range []error{s.Stop(admin, "google", "", nil), s.Stop(admin, Default, "x", nil), s.Stop(admin, "google", "x", &now),
		s.Stop(admin, "google", "\u200b\u202e", nil)} {
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("stopped without a reason, everybody, or until now: %v", err)
		}
	}
	if n := pgtest.Count(t, db.Owner, `SELECT count(*)::int FROM audit_log WHERE subject LIKE 'provider_orders:%' AND actor = 'user:1'`); n != 2 {
		t.Errorf("the trail tells %d of two orders", n)
	}
}

func stoppedAt(s *Shaper, provider string) bool {
	_, stopped := s.Paced(provider)
	return stopped
}

// TestWhatProvidersTookIsCounted by provider, in the database and by all processes.
func TestWhatProvidersTookIsCounted(t *testing.T) {
	t.Parallel()
	dns := &mx{hosts: map[string]string{"gmail.com": "mx.google.com.", "zon.nl": "aspmx.l.google.com.", "shop.nl": "mx.hoster.nl."}}
	s, clk, _ := newShaper(t, dns)
	s.Store = NewStore(pgtest.New(t), clk)
	ctx := pgtest.Acting(t.Context(), "system:worker")
	taken := delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250}
	for range 2 {
		for domain, n := range map[string]int{"gmail.com": 3, "zon.nl": 2, "shop.nl": 4} {
			for range n {
				s.Settled(domain, taken)
			}
		}
		s.writeDown(ctx)
	}
	later := delivery.Reply{Outcome: delivery.OutcomeDeferred, Code: 451, Enhanced: "4.7.1", Text: "4.7.1 queue a1b2c3 greylisted"}
	s.Settled("gmail.com", later)
	later.Text = "4.7.1 queue d4e5f6 greylisted"
	s.Settled("zon.nl", later)
	s.Settled("gmail.com", delivery.Reply{Outcome: delivery.OutcomeRejected, Code: 550, Enhanced: "5.1.1", Text: "no such user"})
	s.count(ctx, <-s.refusals)
	s.writeDown(ctx)
	all, err := s.Store.Now(ctx)
	want := Now{Provider: "google", Sent: 10, Deferred: 2, Refused: 1, Minute: all["google"].Minute}
	if err != nil || all["google"] != want || all[Default].Sent != 8 {
		t.Errorf("%+v, %v", all, err)
	}
	day, err := s.Store.Day(ctx, "google")
	if err != nil || len(day) != 96 || day[95].Sent != 10 || day[95].Refused != 3 || day[0].Sent != 0 {
		t.Errorf("the day has %d points, the last %+v, %v", len(day), day[len(day)-1], err)
	}
	said, err := s.Store.Said(ctx, "google")
	if err != nil || len(said) != 2 || said[0].Times+said[1].Times != 3 {
		t.Errorf("it said %+v, %v", said, err)
	}
	clk.Add(49 * time.Hour)
	if err := s.Store.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if all, err = s.Store.Now(ctx); err != nil || len(all) != 0 {
		t.Errorf("after two days %+v, %v", all, err)
	}
}

// Counting what became of a mail takes no memory.
func TestCountingAMailTakesNoMemory(t *testing.T) {
	s, _, _ := newShaper(t, &mx{})
	taken := delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250}
	s.Settled("gmail.com", taken)
	if n := testing.AllocsPerRun(100, func() { s.Settled("gmail.com", taken) }); n != 0 {
		t.Errorf("%v allocations a mail", n)
	}
}

// TestAnUpgradeReadsWhatWasSaidBefore: what admins said stands, also where the table
// that comes with a newer Keur would refuse it now.
func TestAnUpgradeReadsWhatWasSaidBefore(t *testing.T) {
	t.Parallel()
	newer, err := Parse(`
		[[providers]]
		name = "transip"
		mx = ["transip.email", "transip.nl"]
		[[providers]]
		name = "strato"
		mx = ["strato.de"]
		[[rules]]
		provider = "strato"
		pattern = "slow"
		at_least = 1
		do = "halve"
		minutes = 5`)
	if err != nil {
		t.Fatal(err)
	}
	var before Own
	before.Providers = []OwnProvider{
		{Provider: Provider{Name: "mijn", MX: []string{"transip.email"}, Bears: Bears{Connections: 3}}},
		{Provider: Provider{Name: "duits", MX: []string{"strato.de"}}},
	}
	before.Rules = []OwnRule{{Rule: Rule{Provider: "verdwenen", Pattern: "x", AtLeast: 1, Do: Stop, Minutes: 5}}}
	if _, err := newer.With(before); err == nil {
		t.Error("it would be taken now")
	}
	read, err := newer.Read(before)
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{"mx1.transip.email": "mijn", "mx.transip.nl": "transip", "mx.strato.de": "duits"} {
		if is := read.Of(host); is != want {
			t.Errorf("%s is of %s, not %s", host, is, want)
		}
	}
	if len(read.Rules) != 0 || len(newer.Providers) != 2 || len(newer.Providers[0].MX) != 2 {
		t.Errorf("rules %+v, and the newer table is %+v", read.Rules, newer.Providers)
	}
}
