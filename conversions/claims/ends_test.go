package claims_test

import (
	"bytes"
	"strings"
	"testing"

	"keur/conversions/claims"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/fault/faulttest"
	"keur/internal/words"
)

// TestCasesEndAndAreTakenUp closes one of which nothing is to be asked, and opens it
// again; its files and rules are bounded.
func TestCasesEndAndAreTakenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.open(bought())
	if _, err := w.Close(w.user, c.ID, ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("closed for no reason: %v", err)
	}
	c, err := w.Close(w.user, c.ID, "Het was bij een andere winkel")
	if err != nil || c.State != claims.Closed {
		t.Fatalf("%+v, %v", c, err)
	}
	if n, err := w.Waiting(t.Context(), 1); n != 1 || err != nil {
		t.Errorf("%d wait, as the member is to be told: %v", n, err)
	}
	if c, err = w.Tell(w.user, c.ID); err != nil || c.ToldAt == nil {
		t.Errorf("told: %+v, %v", c, err)
	}
	if c, err = w.Reopen(w.user, c.ID); err != nil || c.State != claims.Open || c.ToldAt != nil || c.Answer != "" {
		t.Errorf("taken up again: %+v, %v", c, err)
	}
	steps, err := w.Steps(t.Context(), c.ID)
	must(t, err)
	lines := map[string]bool{}
	for _, s := range steps {
		lines[s.Line()] = true
	}
	if len(steps) != 3 || len(lines) != 3 || steps[1].Said != "Het was bij een andere winkel" {
		t.Errorf("its history is %+v", steps)
	}
	if _, err := w.Reopen(w.user, c.ID+1); !fault.Is(err, fault.NotFound) {
		t.Errorf("a case that isn't there: %v", err)
	}
	w.filed(t, c.ID)
	w.ruled(t, c.ID)
}

// filed adds as many files as a case has.
func (w *world) filed(t *testing.T, id claims.ID) {
	t.Helper()
	files := claims.NewFiles(w.Store)
	for name, bad := range map[string][]byte{
		"empty.pdf": nil, "large.pdf": bytes.Repeat([]byte("x"), claims.MaxFile+1), strings.Repeat("n", 1000): []byte("x"),
		"\xff": []byte("x"),
	} {
		if err := files.Add(w.user, id, name, bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%.10q is kept: %v", name, err)
		}
	}
	if err := files.Add(w.user, id+1, "a.pdf", []byte("x")); !fault.Is(err, fault.NotFound) {
		t.Errorf("a file of no case: %v", err)
	}
	for _, name := range []string{"../../a.pdf", "b\u202Efdp.exe", "\u200B", "d.pdf"} {
		must(t, files.Add(w.user, id, name, []byte(name)))
	}
	if err := files.Add(w.user, id, "e.pdf", []byte("x")); !fault.Is(err, fault.Invalid) {
		t.Errorf("a fifth file: %v", err)
	}
	all, err := files.Of(t.Context(), id)
	if err != nil || len(all) != 4 || all[0].Name != "a.pdf" || all[0].CreatedBy != "user:1" || all[0].Size != 11 ||
		all[1].Name != "b fdp.exe" || all[2].Name != "file" {
		t.Fatalf("the files are %+v, %v", all, err)
	}
	if name, content, err := files.Open(t.Context(), id, all[0].ID); err != nil || name != "a.pdf" || string(content) != "../../a.pdf" {
		t.Errorf("the first is %s: %s, %v", name, content, err)
	}
	if _, _, err := files.Open(t.Context(), id+1, all[0].ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("another case's file: %v", err)
	}
}

// ruled says how claims are made, by which the day of a case is kept in step.
func (w *world) ruled(t *testing.T, id claims.ID) {
	t.Helper()
	days := func(n int) *int { return &n }
	for field, rule := range map[string]claims.Rule{
		"address": {Address: "Claims <a@x.nl>"}, "within_days": {Within: days(0)}, "answer_days": {AnswerIn: days(3651)},
	} {
		if err := w.SetRule(w.user, 1, rule); strings.Join(faulttest.Paths(err), " ") != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if err := w.SetRule(w.user, 9, claims.Rule{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a rule of no connection: %v", err)
	}
	must(t, w.SetRule(w.user, 1, claims.Rule{Address: "claims@daisycon.example", Within: days(10), AnswerIn: days(5)}))
	c, err := w.Get(t.Context(), id)
	if err != nil || c.ClaimBy == nil || c.ClaimBy.String() != "2026-10-30" {
		t.Errorf("it is to be claimed by %v, %v", c.ClaimBy, err)
	}
	rules, err := w.Rules(t.Context(), 1)
	if err != nil || len(rules) != 1 || rules[0].Name != "Daisycon NL" || *rules[0].Within != 10 ||
		rules[0].Address != "claims@daisycon.example" {
		t.Errorf("the rules are %+v, %v", rules, err)
	}
	if rules, err = w.Rules(t.Context(), 9); err != nil || len(rules) != 0 {
		t.Errorf("of no label: %+v, %v", rules, err)
	}
}

// TestWhatMembersAreTold is whole sentences in each language, whatever is known.
func TestWhatMembersAreTold(t *testing.T) {
	t.Parallel()
	delay, verdict := 14, 30
	due := civil.Date{Year: 2026, Month: 12, Day: 1}
	for _, told := range claims.Situations() {
		for _, locale := range words.Locales() {
			for _, c := range []claims.Case{{Facts: bought()}, {Facts: bought(), AnswerBy: &due, Answer: "Retour"}} {
				for _, k := range []claims.Known{{Told: told}, {Told: told, Delay: &delay, Verdict: &verdict}} {
					text := claims.Say(locale, c, k, "Zonneland")
					if text == "" || strings.ContainsAny(text, "{}⟦") || strings.Contains(text, "  ") {
						t.Errorf("%s in %s: %q", told, locale, text)
					}
				}
			}
		}
	}
	refused := claims.Say("nl", claims.Case{Facts: bought(), Answer: "Retour"}, claims.Known{Told: claims.TellRefused}, "Zonneland")
	for _, part := range []string{"Zonneland", "ORD-1", "Retour"} {
		if !strings.Contains(refused, part) {
			t.Errorf("the member isn't told %s: %s", part, refused)
		}
	}
}
