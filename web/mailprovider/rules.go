package mailprovider

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"keur/delivery/shaping"
	"keur/internal/fault"
	"keur/web/desk"
)

// ruleLine is a rule with whose it is.
type ruleLine struct {
	shaping.Rule
	Own, Keurs bool // an admin said it; Keur has one of that pattern
	By         string
}

// rules returns the rules for a provider: its own, and those for each.
func (t table) rules(provider string) []ruleLine {
	return slices.DeleteFunc(t.lines(), func(r ruleLine) bool { return r.Provider != "" && r.Provider != provider })
}

// lines are all rules, those that do nothing included.
func (t table) lines() []ruleLine {
	rules := slices.Clone(t.Now.Rules)
	for _, r := range t.Own.Rules {
		if r.Do == shaping.Nothing {
			rules = append(rules, r.Rule)
		}
	}
	lines := []ruleLine{}
	for _, r := range shaping.Sorted(rules) {
		at := ruleLine{Rule: r}
		_, at.Keurs = t.Keurs.Rule(r.Provider, r.Pattern)
		for _, own := range t.Own.Rules {
			at.Own = at.Own || own.Provider == r.Provider && own.Pattern == r.Pattern
		}
		lines = append(lines, at)
	}
	return lines
}

// rulesView is all rules, and which of them a reply would hit.
type rulesView struct {
	Rules     []ruleLine
	Providers []string
	Of, Said  string // what is tried out
	Hit       *shaping.Rule
}

func (s *Screen) rules(x *desk.Exchange) error {
	t, err := s.read(x)
	if err != nil {
		return err
	}
	view := rulesView{Rules: t.lines(), Providers: t.names(), Of: x.Query("of"), Said: strings.TrimSpace(x.Query("said"))}
	if view.Said != "" {
		view.Hit = t.Now.Hit(view.Of, view.Said)
	}
	return x.Show("mailprovider/rules", view)
}

func (t table) names() []string {
	names := []string{}
	for _, p := range t.Now.Providers {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	return names
}

// ruleView is one rule as it is edited.
type ruleView struct {
	Form      desk.Form
	New       bool
	Own       *shaping.OwnRule
	Keurs     *shaping.Rule
	Providers []string
	Actions   []shaping.Action
}

func (s *Screen) editRule(x *desk.Exchange) error {
	t, err := s.read(x)
	if err != nil {
		return err
	}
	f := desk.NewForm(x.Say)
	provider, pattern := x.Query("provider"), x.Query("pattern")
	r := shaping.Rule{Provider: provider, AtLeast: 3, Do: shaping.Slow, To: 10, Minutes: 30}
	if pattern == "" {
		f.Set("new", "yes")
	} else if r, err = t.ruleOf(provider, pattern); err != nil {
		return err
	}
	for name, value := range map[string]string{
		"provider": r.Provider, "pattern": r.Pattern, "at_least": strconv.Itoa(r.AtLeast), "do": string(r.Do),
		"minutes": strconv.Itoa(r.Minutes),
	} {
		f.Set(name, value)
	}
	if r.To > 0 {
		f.Set("to", strconv.Itoa(r.To))
	}
	return t.answerRule(x, http.StatusOK, f)
}

func (t table) ruleOf(provider, pattern string) (shaping.Rule, error) {
	for _, r := range t.lines() {
		if r.Provider == provider && r.Pattern == pattern {
			return r.Rule, nil
		}
	}
	return shaping.Rule{}, fault.New(fault.NotFound, "shaping.no_rule", "pattern", pattern)
}

func (t table) answerRule(x *desk.Exchange, status int, f desk.Form) error {
	view := ruleView{Form: f, New: f.Get("new") != "", Providers: t.names(), Actions: append(shaping.Actions(), shaping.Nothing)}
	for i, r := range t.Own.Rules {
		if r.Provider == f.Get("provider") && r.Pattern == f.Get("pattern") {
			view.Own = &t.Own.Rules[i]
		}
	}
	if r, is := t.Keurs.Rule(f.Get("provider"), f.Get("pattern")); is {
		view.Keurs = &r
	}
	return x.Answer(status, "mailprovider/rule", view)
}

func (s *Screen) setRule(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	r := shaping.Rule{
		Provider: f.Get("provider"), Pattern: f.Field("pattern"), AtLeast: f.Number("at_least"), Do: shaping.Action(f.Get("do")),
		To: f.Number("to"), Minutes: f.Number("minutes"),
	}
	set := s.Shaping.SetRule
	if f.Get("new") != "" {
		set = s.Shaping.AddRule
	}
	err = desk.ErrInvalid
	if !f.Wrong() {
		err = set(x.Context(), r)
	}
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		t, err := s.read(x)
		if err != nil {
			return err
		}
		return t.answerRule(x, http.StatusUnprocessableEntity, f)
	}
	x.Flash(x.Say.T("mailproviders.rule_saved", "pattern", r.Pattern))
	return x.GoTo(home + "/rules")
}

func (s *Screen) restoreRule(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	if err := s.Shaping.RestoreRule(x.Context(), f.Get("provider"), f.Get("pattern")); err != nil {
		return err
	}
	x.Flash(x.Say.T("mailproviders.rule_restored", "pattern", f.Get("pattern")))
	return x.GoTo(home + "/rules")
}
