package web

import (
	"net/http"
	"slices"
	"strings"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
	"keur/segments"
	"keur/segments/explain"
	"keur/web/builder"
)

// ruleRoutes serve the builder wherever it stands.
func (d *door) ruleRoutes() []route {
	planner := under(accounts.Planner)
	return []route{
		{http.MethodPost, "/segments/preview", planner, (*visit).previewRule},
		{http.MethodPost, "/segments/count", planner, (*visit).countRule},
		{http.MethodPost, "/segments/sample", planner, (*visit).sampleRule},
		{http.MethodGet, "/segments/known", planner, (*visit).knownValues},
	}
}

// ruleSaid is what a rule means: in a sentence, and in members.
type ruleSaid struct {
	*ruleForm
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
func (s ruleSaid) From() int { return max(s.About.N-s.About.Margin, 0) }

// Until is the upper end.
func (s ruleSaid) Until() int { return s.About.N + s.About.Margin }

// Open is the length of what the estimate leaves open, in percent of the label.
func (s ruleSaid) Open() float64 { return share(s.Until(), s.All.N) - share(s.From(), s.All.N) }

// Share is the part of the label's members, from 0 to 1.
func (s ruleSaid) Share() float64 {
	if s.All.N == 0 {
		return 0
	}
	return min(float64(s.About.N)/float64(s.All.N), 1)
}

// sayRule reads the rule of the form, says what of it is finished, and puts
// beside the rest what is wrong.
func (v *visit) sayRule() (ruleSaid, segments.Rule, error) {
	f, err := v.readForm()
	if err != nil {
		return ruleSaid{}, segments.Rule{}, err
	}
	r, _, err := v.readRule(f, "")
	if err != nil {
		return ruleSaid{}, segments.Rule{}, err
	}
	v.Writer.Header().Del("HX-Trigger-After-Settle") // saying it changes nothing
	return v.said(r)
}

func (v *visit) said(r *ruleForm) (said ruleSaid, rule segments.Rule, err error) {
	said = ruleSaid{ruleForm: r}
	if said.Unfinished, err = v.blame(r); err != nil {
		return said, rule, err
	}
	rule = r.Root.Sound().Rule(r.fields)
	names, err := v.Audiences.Check(v.ctx(), v.Label.ID, rule)
	if told, is := asFault(err); is && told.Kind == fault.Invalid {
		said.Trouble = r.complaint(told.Sentence)
		return said, rule, nil
	}
	said.Sentence = words.Capital(explain.Sentence(rule, names, v.Say.Locale))
	return said, rule, err
}

// blame puts what is wrong with the rule beside its parts, and returns how many
// of them are.
func (v *visit) blame(r *ruleForm) (int, error) {
	_, wrong := v.Audiences.Check(v.ctx(), v.Label.ID, r.Rule) // finds what isn't the label's
	n := 0
	for _, err := range []error{r.Rule.Validate(r.fields), wrong} {
		told, is := asFault(err)
		switch {
		case is && told.Kind == fault.Invalid:
			n = max(n, r.Root.Blame(told))
		case err != nil:
			return n, err
		}
	}
	return n, nil
}

// previewRule says the rule and about how many match, as one types.
func (v *visit) previewRule() error {
	said, rule, err := v.sayRule()
	if err != nil {
		return err
	}
	if said.Trouble == "" {
		if said.About, err = v.Audiences.Estimate(v.ctx(), v.Label.ID, rule); err != nil {
			return err
		}
		if said.All, err = v.Audiences.Estimate(v.ctx(), v.Label.ID, segments.Everyone()); err != nil {
			return err
		}
	}
	return v.showSaid("said", said)
}

// countRule counts the rule exactly; closing the request ends it.
func (v *visit) countRule() error {
	said, rule, err := v.sayRule()
	if err != nil {
		return err
	}
	if said.Exact, err = v.Audiences.Count(v.ctx(), v.Label.ID, rule); err != nil {
		return err
	}
	said.About = segments.Estimation{N: said.Exact, Exact: true}
	if said.All, err = v.Audiences.Estimate(v.ctx(), v.Label.ID, segments.Everyone()); err != nil {
		return err
	}
	return v.showSaid("figure", said)
}

// sampleRule shows twenty members who match.
func (v *visit) sampleRule() error {
	said, rule, err := v.sayRule()
	if err != nil {
		return err
	}
	said.Sampled = true
	if said.Sample, err = v.Audiences.Sample(v.ctx(), v.Label.ID, rule); err != nil {
		return err
	}
	return v.showSaid("sample", said)
}

// showSaid answers script with a part, and anybody else with a page.
func (v *visit) showSaid(part string, said ruleSaid) error {
	if v.partial() {
		return v.part("segment_said", part, said)
	}
	return v.show("segment_said", said)
}

// knownValues suggests what a condition can be compared with, or which thing it
// is about; what was typed so far comes in the field's own name.
func (v *visit) knownValues() error {
	typed := ""
	for name, values := range v.Request.URL.Query() {
		if name != "label" && name != "of" {
			typed = strings.TrimSpace(values[0])
		}
	}
	list, err := v.known(v.Query("of"), typed)
	if err != nil {
		return err
	}
	v.Header("Cache-Control", "private, max-age=60")
	return v.part("segment_said", "known", list)
}

func (v *visit) known(of, typed string) (list []string, err error) {
	ask := paging.Ask{Limit: 50, Sort: "newest"}
	label := []labels.ID{v.Label.ID}
	kind, name, _ := strings.Cut(of, ":")
	switch kind {
	case "mailing":
		page, err := v.Mailings.List(v.ctx(), mailings.Filter{Labels: label, Name: typed}, ask)
		return offered(page, err, func(m mailings.Mailing) (string, int64) { return m.Name, int64(m.ID) })
	case "campaign":
		page, err := v.Campaigns.List(v.ctx(), campaigns.Filter{Labels: label, Name: typed}, ask)
		return offered(page, err, func(c campaigns.Campaign) (string, int64) { return c.Name, int64(c.ID) })
	case "advertiser":
		page, err := v.Advertisers.List(v.ctx(), campaigns.AdvertiserFilter{Name: typed}, ask)
		return offered(page, err, func(a campaigns.Advertiser) (string, int64) { return a.Name, int64(a.ID) })
	case "segment":
		page, err := v.Segments.List(v.ctx(), segments.Filter{Labels: label, Name: typed}, ask)
		return offered(page, err, func(s segments.Segment) (string, int64) { return s.Name, int64(s.ID) })
	case "membership":
		fields := segments.MembershipFields()
		if i := slices.IndexFunc(fields, func(f segments.Field) bool { return f.Name == name }); i >= 0 {
			return v.Audiences.Known(v.ctx(), v.Label.ID, fields[i], typed)
		}
	case "attribute":
		fields, err := v.Audiences.Fields(v.ctx(), v.Label.ID)
		if field, ok := fields[name]; ok && err == nil {
			return v.Audiences.Known(v.ctx(), v.Label.ID, field, typed)
		}
		return nil, err
	}
	return nil, nil
}

// offered are things as they are chosen from a list.
func offered[T any](page paging.Page[T], err error, name func(T) (string, int64)) ([]string, error) {
	list := make([]string, len(page.Items))
	for i, item := range page.Items {
		list[i] = builder.Named(name(item))
	}
	return list, err
}
