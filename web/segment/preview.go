package segment

import (
	"slices"
	"strings"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
	"keur/members"
	"keur/segments"
	"keur/segments/explain"
	"keur/web/desk"
	"keur/web/desk/builder"
	"keur/web/desk/rules"
)

// ruleRoutes serve the builder wherever it stands.
func (s *rulePages) ruleRoutes() []desk.Route {
	planner := desk.Under(accounts.Planner)
	return []desk.Route{
		desk.Post("/segments/preview", planner, s.previewRule),
		desk.Post("/segments/count", planner, s.countRule),
		desk.Post("/segments/sample", planner, s.sampleRule),
		desk.Get("/segments/known", planner, s.knownValues),
	}
}

// ruleSaid is what a rule means: in a sentence, and in members.
type ruleSaid struct {
	*rules.Form
	Sentence   string
	Unfinished int    // conditions that aren't counted yet
	Trouble    string // what is wrong with the rule as a whole
	About      segments.Estimation
	All        segments.Estimation // of the label
	Exact      int
	Sample     []segments.Sampled
	Sampled    bool
}

// From and Until are the ends of what the estimate leaves open.
func (ruleSaid ruleSaid) From() int { return max(ruleSaid.About.N-ruleSaid.About.Margin, 0) }

// Until is the upper end.
func (ruleSaid ruleSaid) Until() int { return ruleSaid.About.N + ruleSaid.About.Margin }

// Open is the length of what the estimate leaves open, in percent of the label.
func (ruleSaid ruleSaid) Open() float64 {
	return desk.Share(ruleSaid.Until(), ruleSaid.All.N) - desk.Share(ruleSaid.From(), ruleSaid.All.N)
}

// Share is the part of the label's members, from 0 to 1.
func (ruleSaid ruleSaid) Share() float64 {
	if ruleSaid.All.N == 0 {
		return 0
	}
	return min(float64(ruleSaid.About.N)/float64(ruleSaid.All.N), 1)
}

// sayRule reads the rule of the form, says what of it is finished, and puts
// beside the rest what is wrong.
func (s *rulePages) sayRule(x *desk.Exchange) (ruleSaid, segments.Rule, error) {
	f, err := desk.ReadForm(x)
	if err != nil {
		return ruleSaid{}, segments.Rule{}, err
	}
	r, _, err := s.Rules.Read(x, f, "")
	if err != nil {
		return ruleSaid{}, segments.Rule{}, err
	}
	x.Writer.Header().Del("HX-Trigger-After-Settle") // saying it changes nothing
	return s.said(x, r)
}

func (s *rulePages) said(x *desk.Exchange, r *rules.Form) (said ruleSaid, rule segments.Rule, err error) {
	said = ruleSaid{Form: r}
	if said.Unfinished, err = s.blame(x, r); err != nil {
		return said, rule, err
	}
	rule = r.Root.Sound().Rule(r.Data)
	names, err := s.Audiences.Check(x.Context(), x.Label.ID, rule)
	if problem, is := desk.AsFault(err); is && problem.Kind == fault.Invalid {
		said.Trouble = r.Complaint(problem.Message)
		return said, rule, nil
	}
	said.Sentence = words.Capital(explain.Sentence(rule, names, x.Say.Locale))
	return said, rule, err
}

// blame puts what is wrong with the rule beside its parts, and returns how many
// of them are.
func (s *Screen) blame(x *desk.Exchange, r *rules.Form) (int, error) {
	_, wrong := s.Audiences.Check(x.Context(), x.Label.ID, r.Rule) // finds what isn't the label's
	n := 0
	for _, err := range []error{r.Rule.Validate(r.Data), wrong} {
		problem, is := desk.AsFault(err)
		switch {
		case is && problem.Kind == fault.Invalid:
			n = max(n, r.Root.Blame(problem))
		case err != nil:
			return n, err
		}
	}
	return n, nil
}

// previewRule says the rule and about how many match, as one types.
func (s *rulePages) previewRule(x *desk.Exchange) error {
	said, rule, err := s.sayRule(x)
	if err != nil {
		return err
	}
	if said.Trouble == "" {
		if said.About, err = s.Audiences.Estimate(x.Context(), x.Label.ID, rule); err != nil {
			return err
		}
		if said.All, err = s.Audiences.Estimate(x.Context(), x.Label.ID, segments.Everyone()); err != nil {
			return err
		}
	}
	return s.showSaid(x, "said", said)
}

// countRule counts the rule exactly; closing the request ends it.
func (s *rulePages) countRule(x *desk.Exchange) error {
	said, rule, err := s.sayRule(x)
	if err != nil {
		return err
	}
	if said.Exact, err = s.Audiences.Count(x.Context(), x.Label.ID, rule); err != nil {
		return err
	}
	said.About = segments.Estimation{N: said.Exact, Exact: true}
	if said.All, err = s.Audiences.Estimate(x.Context(), x.Label.ID, segments.Everyone()); err != nil {
		return err
	}
	return s.showSaid(x, "figure", said)
}

// sampleRule shows twenty members who match.
func (s *rulePages) sampleRule(x *desk.Exchange) error {
	said, rule, err := s.sayRule(x)
	if err != nil {
		return err
	}
	said.Sampled = true
	if said.Sample, err = s.Audiences.Sample(x.Context(), x.Label.ID, rule); err != nil {
		return err
	}
	return s.showSaid(x, "sample", said)
}

// showSaid answers script with a part, and anybody else with a page.
func (s *rulePages) showSaid(x *desk.Exchange, part string, said ruleSaid) error {
	if x.Partial() {
		return x.Part("segment/said", part, said)
	}
	return x.Show("segment/said", said)
}

// knownValues suggests what a condition can be compared with, or which thing it
// is about; what was typed so far comes in the field's own name.
func (s *rulePages) knownValues(x *desk.Exchange) error {
	typed := ""
	for name, values := range x.Request.URL.Query() {
		if name != "label" && name != "of" {
			typed = strings.TrimSpace(values[0])
		}
	}
	own, err := members.NewAttributes(s.Members).ValueWords(x.Context(), x.Label.ID)
	if err != nil {
		return err
	}
	list, err := s.known(x, x.Query("of"), typed)
	if err != nil {
		return err
	}
	if name, is := strings.CutPrefix(x.Query("of"), "attribute:"); is && typed != "" { // found by its word
		for _, value := range own.Holding(name, typed, x.Say.Locale) {
			if !slices.Contains(list, value) {
				list = append(list, value)
			}
		}
	}
	choices := make([]desk.Choice, len(list))
	for i, value := range list {
		choices[i] = desk.Choice{Value: value, Word: rules.Word(own, x.Say, x.Query("of"), value)}
	}
	x.Header("Cache-Control", "private, max-age=60")
	return x.Part("segment/said", "known", choices)
}

func (s *rulePages) known(x *desk.Exchange, of, typed string) (list []string, err error) {
	ask := paging.Ask{Limit: 50, Sort: "newest"}
	label := []labels.ID{x.Label.ID}
	kind, name, _ := strings.Cut(of, ":")
	switch kind {
	case "mailing":
		page, err := s.Mailings.List(x.Context(), mailings.Filter{Labels: label, Name: typed}, ask)
		return offered(page, err, func(m mailings.Mailing) (string, int64) { return m.Name, int64(m.ID) })
	case "campaign":
		page, err := s.Campaigns.List(x.Context(), campaigns.Filter{Labels: label, Name: typed}, ask)
		return offered(page, err, func(c campaigns.Campaign) (string, int64) { return c.Name, int64(c.ID) })
	case "advertiser":
		page, err := s.Advertisers.List(x.Context(), campaigns.AdvertiserFilter{Name: typed}, ask)
		return offered(page, err, func(a campaigns.Advertiser) (string, int64) { return a.Name, int64(a.ID) })
	case "segment":
		page, err := s.Segments.List(x.Context(), segments.Filter{Labels: label, Name: typed}, ask)
		return offered(page, err, func(segment segments.Segment) (string, int64) { return segment.Name, int64(segment.ID) })
	case "membership":
		fields := segments.MembershipFields()
		if i := slices.IndexFunc(fields, func(f segments.Field) bool { return f.Name == name }); i >= 0 {
			return values(s.Audiences.CommonValues(x.Context(), x.Label.ID, fields[i], typed))
		}
	case "attribute":
		fields, err := s.Audiences.Fields(x.Context(), x.Label.ID)
		if field, ok := fields[name]; ok && err == nil {
			return values(s.Audiences.CommonValues(x.Context(), x.Label.ID, field, typed))
		}
		return nil, err
	}
	return nil, nil
}

// values are those that members have, without how many do.
func values(counted []segments.ValueCount, err error) ([]string, error) {
	list := make([]string, len(counted))
	for i, c := range counted {
		list[i] = c.Value
	}
	return list, err
}

// offered are things as they are chosen from a list.
func offered[T any](page paging.Page[T], err error, name func(T) (string, int64)) ([]string, error) {
	list := make([]string, len(page.Items))
	for i, item := range page.Items {
		list[i] = builder.Named(name(item))
	}
	return list, err
}
