package shaping

import (
	"strings"
	"testing"
	"time"

	"keur/internal/fault"
	"keur/internal/words"
)

func table(t *testing.T) *Table {
	t.Helper()
	all, err := Defaults()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestProvidersAreKnownByTheirMX(t *testing.T) {
	t.Parallel()
	all := table(t)
	for host, want := range map[string]string{
		"gmail-smtp-in.l.google.com.":             "google",
		"ALT1.ASPMX.L.GOOGLE.COM":                 "google",
		"hotmail-com.olc.protection.outlook.com.": "outlook",
		"shop-nl.mail.protection.outlook.com.":    "microsoft365",
		"shop-nl.a-v1.mx.microsoft.":              "microsoft365",
		"mta7.am0.yahoodns.net.":                  "yahoo",
		"mx00.gmx.net.":                           "gmx",
		"mx-ha02.web.de.":                         "gmx",
		"mx1.kpnmail.nl.":                         "kpn",
		"mx.ziggo.nl.":                            "ziggo",
		"mx.kleine-winkel.nl.":                    "kleine-winkel.nl", // of its own
		"notgoogle.com":                           "notgoogle.com",
		"gmail-smtp-in.l.google.com.evil.example": "evil.example",
		"protection.outlook.com":                  "outlook.com",
		"localhost":                               "localhost",
		"eu-smtp-inbound-1.mimecast.com.":         "mimecast",
		"d12345.a.ess.barracudanetworks.com.":     "barracuda",
	} {
		if got := all.Of(host); got != want {
			t.Errorf("%s is %s, not %s", host, got, want)
		}
	}
}

func TestRefusalsMatchRules(t *testing.T) {
	t.Parallel()
	all := table(t)
	for _, try := range []struct {
		provider string
		code     int
		enhanced string
		text     string
		want     string // the beginning of the pattern; "": none
	}{
		{"google", 421, "4.7.28", "Gmail has detected an unusual rate of unsolicited mail", "unusual rate"},
		{"yahoo", 421, "4.7.0", "[TSS04] Messages from 192.0.2.1 temporarily deferred", `\[(TSS04`},
		{"google", 421, "4.7.0", "[TSS04] Try later", "^(421"}, // Yahoo's word at another's
		{"kpn", 451, "4.7.1", "4.7.1 greylisted", "^(421"},
		{"kpn", 451, "4.7.1", "greylisted", "^(421"},
		{"kpn", 450, "4.2.1", "mailbox busy", ""},
		{"kpn", 550, "5.1.1", "user unknown", ""},
		{"comcast", 421, "", "too many sessions RL000010", "RL000010"},
		{"", 421, "4.3.2", "shutting down", "^(421"},
	} {
		got := ""
		if r := all.Match(try.provider, try.code, try.enhanced, try.text); r != nil {
			got = r.Pattern
		}
		if !strings.HasPrefix(got, try.want) || (got == "") != (try.want == "") {
			t.Errorf("%s %d %s: %q, not %q", try.provider, try.code, try.text, got, try.want)
		}
	}
}

// A table that would do otherwise than it says is refused.
func TestTablesAreRefused(t *testing.T) {
	t.Parallel()
	const google = "[[providers]]\nname = 'google'\nmx = ['google.com']\n"
	const more = "\n[[rules]]\nat_least = 1\nminutes = 5\n"
	rule := func(lines string) string { return google + more + lines }
	const stop = "pattern = 'x'\ndo = 'stop'"
	for name, try := range map[string]struct{ text, key string }{
		"no TOML":              {"[[providers", "shaping.unreadable"},
		"a field of no use":    {google + "tls = true\n", "shaping.unreadable"},
		"no MX":                {"[[providers]]\nname = 'google'\n", "shaping.provider_form"},
		"a provider twice":     {google + google, "shaping.provider_twice"},
		"an MX twice":          {google + "[[providers]]\nname = 'gmail'\nmx = ['google.com']\n", "shaping.provider_twice"},
		"an unknown provider":  {rule("provider = 'gmail'\npattern = 'x'\ndo = 'stop'"), "shaping.unknown_provider"},
		"a pattern of Perl":    {rule("pattern = '^(?!4)'\ndo = 'stop'"), "shaping.pattern_form"},
		"no pattern":           {rule("pattern = ''\ndo = 'stop'"), "shaping.pattern_form"},
		"a pattern twice":      {rule(stop + more + "pattern = 'x'\ndo = 'halve'"), "shaping.pattern_twice"},
		"another act":          {rule("pattern = 'x'\ndo = 'explode'"), "shaping.rule_form"},
		"slow to what":         {rule("pattern = 'x'\ndo = 'slow'"), "shaping.rule_form"},
		"stop to what":         {rule("pattern = 'x'\ndo = 'stop'\nto = 5"), "shaping.rule_form"},
		"for more than a day":  {strings.Replace(rule(stop), "minutes = 5", "minutes = 1441", 1), "shaping.rule_form"},
		"at least none at all": {strings.Replace(rule(stop), "at_least = 1", "at_least = 0", 1), "shaping.rule_form"},
	} {
		if _, err := Parse(try.text); !fault.Is(err, fault.Invalid) || words.OfError(err).Key != try.key {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, minutes := range []string{"1", "1440"} {
		if _, err := Parse(strings.Replace(rule(stop), "minutes = 5", "minutes = "+minutes, 1)); err != nil {
			t.Errorf("for %s minutes: %v", minutes, err)
		}
	}
	if _, err := Parse(strings.Replace(rule(stop), "minutes = 5", "minutes = 0", 1)); words.OfError(err).Key != "shaping.rule_form" {
		t.Errorf("for none: %v", err)
	}
	if _, err := Parse(rule("provider = 'google'\n" + stop + more + stop)); err != nil {
		t.Errorf("one pattern for a provider and for all: %v", err)
	}
}

var now = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// A rate is halved at once and doubled step by step, and so are connections; a stop
// goes on slowly.
func TestLimitsAreLiftedStepByStep(t *testing.T) {
	t.Parallel()
	bears := Bears{Connections: 5}
	halve := &Rule{Do: Halve, Minutes: 5}
	held := limits{}
	apply := func(r *Rule, now time.Time) {
		for _, l := range r.after(held, "google", "", bears, now) {
			held[l.Kind] = l
		}
	}
	apply(halve, now)
	for _, want := range [][2]int{{300, 2}, {150, 1}, {75, 1}} {
		rate, limited := held.at(Rate, now)
		if atOnce, fewer := held.at(Connections, now); rate != want[0] || !limited || atOnce != want[1] || !fewer {
			t.Fatalf("%d a minute over %d connections, not %v", rate, atOnce, want)
		}
		apply(halve, now)
	}
	for after, want := range map[time.Duration][2]int{
		0: {37, 1}, 5*time.Minute - 1: {37, 1}, 5 * time.Minute: {74, 2}, 10 * time.Minute: {148, 4}, 30 * time.Minute: {2368, 64},
		35 * time.Minute: {},
	} {
		rate, limited := held.at(Rate, now.Add(after))
		atOnce, fewer := held.at(Connections, now.Add(after))
		if rate != want[0] || limited != (want[0] > 0) || atOnce != want[1] || fewer != (want[1] > 0) {
			t.Errorf("after %s: %d, %v, %d, %v", after, rate, limited, atOnce, fewer)
		}
	}
	apply(&Rule{Do: Stop, Minutes: 120}, now)
	if rate, limited := held.at(Rate, now.Add(119*time.Minute)); rate != 0 || !limited {
		t.Error("a stop ends too soon")
	}
	if rate, limited := held.at(Rate, now.Add(120*time.Minute)); rate != 10 || !limited {
		t.Errorf("after a stop %d a minute", rate)
	}
	if still := halve.after(held, "google", "", bears, now.Add(time.Minute)); still != nil {
		t.Errorf("a refusal shortens a stop: %+v", still)
	}
	almost := Limit{Kind: Rate, Value: lifted / 2, Until: now}
	if rate, limited := almost.At(now); rate != lifted || !limited {
		t.Errorf("at the rate from which on there is none it is %d, %t", rate, limited)
	}
}

// The lower of two limits holds, and no sooner is over what is no lower.
func TestTheLowerLimitHolds(t *testing.T) {
	t.Parallel()
	lowered := func(before Limit, r *Rule) Limit {
		t.Helper()
		all := r.after(limits{before.Kind: before}, "google", "", Bears{}, now)
		if len(all) != 1 {
			t.Fatalf("%+v", all)
		}
		return all[0]
	}
	half := now.Add(30 * time.Minute)
	slow := Limit{Kind: Rate, Value: 10, Since: now, Until: half}
	if again := lowered(slow, &Rule{Do: Halve, Minutes: 5}); again.Value != 5 || !again.Until.Equal(now.Add(5*time.Minute)) {
		t.Errorf("a slow one halved: %+v", again)
	}
	if again := lowered(slow, &Rule{Do: Slow, To: 10, Minutes: 5}); again.Value != 10 || !again.Until.Equal(half) {
		t.Errorf("another refusal shortens it: %+v", again)
	}
	for kind, do := range map[Kind]Action{Connections: FewerAtOnce, Messages: FewerMessages} {
		one := Limit{Kind: kind, Value: 1, Until: half}
		again := lowered(one, &Rule{Do: do, To: 2, Minutes: 60})
		if again.Kind != kind || again.Value != 1 || !again.Until.Equal(now.Add(time.Hour)) {
			t.Errorf("%s: %+v", kind, again)
		}
	}
	if n, limited := (Limit{Kind: Messages, Value: 2, Until: now}).At(now); n != 0 || limited {
		t.Errorf("mails a connection are limited to %d after their time", n)
	}
}

func TestProvidersBearWhatTheTableSays(t *testing.T) {
	t.Parallel()
	all := table(t)
	for provider, want := range map[string]Bears{
		"google":           {Connections: 5, Messages: 50},
		"outlook":          {MXConnections: 5, Messages: 50},
		"gmx":              {Connections: 4, Messages: 20},
		"kleine-winkel.nl": {MXConnections: 10, Messages: 100},
	} {
		if got := all.Bears(provider); got != want {
			t.Errorf("%s bears %+v, not %+v", provider, got, want)
		}
	}
	fewer := seeing(all, []Limit{{Provider: "outlook", Kind: Connections, Value: 1, Until: now.Add(time.Hour)},
		{Provider: "outlook", Kind: Messages, Value: 2, Until: now.Add(time.Hour)}})
	if got := fewer.bears("outlook", now); got != (Bears{Connections: 1, MXConnections: 5, Messages: 2}) {
		t.Errorf("after it refused some it bears %+v", got)
	}
	for bears, want := range map[Bears]int{
		{}: 0, {PerMinute: 10}: 600, {PerHour: 100}: 100, {PerMinute: 1, PerHour: 100}: 60, {PerMinute: 10, PerHour: 100}: 100,
	} {
		if got := bears.rate(); got != want {
			t.Errorf("%+v is %d an hour", bears, got)
		}
	}
}

// Mail to some providers is encrypted or doesn't leave, also where an admin says how
// much such a provider bears.
func TestTheEncryptionOfProviders(t *testing.T) {
	t.Parallel()
	table, err := Defaults()
	if err != nil {
		t.Fatal(err)
	}
	own := OwnProvider{Provider: Provider{Name: "google", MX: []string{"google.com"}, Bears: Bears{Connections: 2}}}
	changed, err := table.With(Own{Providers: []OwnProvider{own}})
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{
		"aspmx.l.GOOGLE.com.": TLSRequired, "mx00.gmx.net": TLSRequired, "mx.shop.nl": "", "mta5.am0.yahoodns.net": "",
	} {
		if table.TLS(host) != want || changed.TLS(host) != want {
			t.Errorf("%s: %q, %q", host, table.TLS(host), changed.TLS(host))
		}
	}
	for _, said := range Encryptions() {
		own.TLS = said
		if changed, err = table.With(Own{Providers: []OwnProvider{own}}); err != nil || changed.TLS("aspmx.l.google.com") != said {
			t.Errorf("an admin's %s is %q, %v", said, changed.TLS("aspmx.l.google.com"), err)
		}
	}
	if _, err := Parse("[[providers]]\nname = 'a'\nmx = ['a.nl']\ntls = 'maybe'\n"); err == nil {
		t.Error("any word is one of encryption")
	}
}
