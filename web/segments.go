package web

import (
	"net/http"
	"strconv"

	"keur/accounts"
	"keur/internal/paging"
	"keur/internal/words"
	"keur/labels"
	"keur/segments"
	"keur/segments/explain"
	"keur/web/builder"
)

func (d *door) segmentRoutes() []route {
	look, plan := ofSegment(accounts.Viewer), ofSegment(accounts.Planner)
	return append(d.ruleRoutes(), []route{
		{http.MethodGet, "/segments", under(accounts.Viewer), (*visit).listSegments},
		{http.MethodGet, "/segments/new", under(accounts.Planner), (*visit).newSegment},
		{http.MethodPost, "/segments/new", under(accounts.Planner), (*visit).createSegment},
		{http.MethodGet, "/segments/overlap", under(accounts.Viewer), (*visit).overlapOfSegments},
		{http.MethodGet, "/segments/overlap/count", under(accounts.Viewer), (*visit).countOverlap},
		{http.MethodGet, "/segments/:segment", look, (*visit).segment},
		{http.MethodPost, "/segments/:segment", plan, (*visit).editSegment},
		{http.MethodGet, "/segments/:segment/count", look, (*visit).countSegment},
		{http.MethodGet, "/segments/:segment/uses", look, (*visit).segmentUses},
		{http.MethodPost, "/segments/:segment/archive", plan, (*visit).archiveSegment},
		{http.MethodPost, "/segments/:segment/restore", plan, (*visit).restoreSegment},
	}...)
}

// ofSegment demands one of the roles for the label of the segment in the path.
func ofSegment(roles ...accounts.Role) who {
	return ofThing("segment", roles, func(v *visit, id int64) (labels.ID, error) {
		s, err := v.Segments.Get(v.ctx(), segments.ID(id))
		return s.LabelID, err
	})
}

// segmentsView is the list of a label's segments.
type segmentsView struct {
	List     listing
	Segments []segmentRow
	Shown    []choice // the ones in use, or all
	MayEdit  bool
}

type segmentRow struct {
	segments.Segment
	Sentence string
}

// archived shows the archived ones as well.
const archived = "all"

func (v *visit) listSegments() error {
	list := v.newListing()
	filter := segments.Filter{Labels: []labels.ID{v.Label.ID}, Name: list.Get("q"), Archived: list.Get("shown") == archived}
	fetch := func(ask paging.Ask) (paging.Page[segments.Segment], error) {
		return v.Segments.List(v.ctx(), filter, ask)
	}
	if v.wantsCSV() {
		return v.exportSegments(fetch)
	}
	page, err := fetch(list.ask())
	if err != nil {
		return err
	}
	list.Next = page.Next
	view := segmentsView{List: list, MayEdit: v.can(accounts.Planner), Shown: []choice{
		{"", v.Say.T("segments.in_use")}, {archived, v.Say.T("segments.with_archived")},
	}}
	view.Segments, err = v.segmentRows(page.Items)
	if err != nil {
		return err
	}
	return v.show("segments", view)
}

// segmentRows says each segment's rule as a sentence.
func (v *visit) segmentRows(list []segments.Segment) ([]segmentRow, error) {
	rules := make([]segments.Rule, len(list))
	for i, s := range list {
		rules[i] = s.Rule
	}
	names, err := v.Audiences.Names(v.ctx(), v.Label.ID, rules...)
	rows := make([]segmentRow, len(list))
	for i, s := range list {
		rows[i] = segmentRow{s, words.Capital(explain.Sentence(s.Rule, names, v.Say.Locale))}
	}
	return rows, err
}

func (v *visit) exportSegments(fetch func(paging.Ask) (paging.Page[segments.Segment], error)) error {
	header := []string{v.Say.T("segments.name"), v.Say.T("segments.rule"), v.Say.T("segments.description"), v.Say.T("segments.version")}
	rows := func(ask paging.Ask) (paging.Page[segmentRow], error) {
		page, err := fetch(ask)
		if err != nil {
			return paging.Page[segmentRow]{}, err
		}
		list, err := v.segmentRows(page.Items)
		return paging.Page[segmentRow]{Items: list, Next: page.Next}, err
	}
	return export(v, "segments-"+v.Label.Code, header, rows, func(s segmentRow) []string {
		return []string{s.Name, s.Sentence, s.Description, strconv.Itoa(s.Version)}
	})
}

// newSegmentView is a segment that is being made.
type newSegmentView struct {
	Form form
	Rule *ruleForm
}

// newPath is where a new segment's form goes.
func (v *visit) newPath() string { return "/segments/new?label=" + v.Label.Code }

func (v *visit) newSegment() error {
	rule, err := v.newRuleForm(builder.Everyone(), v.newPath())
	if err != nil {
		return err
	}
	return v.show("segment_new", newSegmentView{Form: form{}, Rule: rule})
}

func (v *visit) createSegment() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	rule, doing, err := v.readRule(f, v.newPath())
	if err != nil {
		return err
	}
	if doing {
		return v.show("segment_new", newSegmentView{Form: f, Rule: rule})
	}
	s, err := v.Segments.Create(v.ctx(), v.Label.ID, f.Field("name"), f.Field("description"), rule.Rule)
	if err != nil {
		if err := v.refuseRule(&f, rule, err); err != nil {
			return err
		}
		return v.answer(http.StatusUnprocessableEntity, "segment_new", newSegmentView{Form: f, Rule: rule})
	}
	return v.to("/segments/" + strconv.FormatInt(int64(s.ID), 10))
}

// refuseRule puts what a room refused beside the fields and parts that it is
// about. Returns the error if it isn't one that the person can mend here.
func (v *visit) refuseRule(f *form, r *ruleForm, refused error) error {
	if err := f.take(refused); err != nil {
		return err
	}
	wrong, err := v.blame(r)
	if err != nil {
		return err
	}
	if wrong > 0 {
		f.Fault = v.Say.T("builder.mend", "n", wrong)
	}
	return nil
}
