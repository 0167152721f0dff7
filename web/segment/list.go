package segment

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"keur/accounts"
	"keur/internal/paging"
	"keur/internal/tables"
	"keur/internal/words"
	"keur/labels"
	"keur/segments"
	"keur/segments/explain"
	"keur/web/desk"
	"keur/web/desk/rules"
)

func (s *Screen) segmentRoutes() []desk.Route {
	look, plan := s.ofSegment(accounts.Viewer), s.ofSegment(accounts.Planner)
	return []desk.Route{
		desk.Get("/segments", desk.Under(accounts.Viewer), s.listSegments),
		desk.Get("/segments/new", desk.Under(accounts.Planner), s.newSegment),
		desk.Post("/segments/new", desk.Under(accounts.Planner), s.createSegment),
		desk.Get("/segments/overlap", desk.Under(accounts.Viewer), s.overlapOfSegments),
		desk.Get("/segments/overlap/count", desk.Under(accounts.Viewer), s.countOverlap),
		desk.Get("/segments/:segment", look, s.segment),
		desk.Post("/segments/:segment", plan, s.editSegment),
		desk.Get("/segments/:segment/count", look, s.countSegment),
		desk.Get("/segments/:segment/uses", look, s.segmentUses),
		desk.Post("/segments/:segment/archive", plan, s.archiveSegment),
		desk.Post("/segments/:segment/restore", plan, s.restoreSegment),
	}
}

// ofSegment demands one of the roles for the label of the segment in the path.
func (s *Screen) ofSegment(roles ...accounts.Role) desk.Access {
	return desk.Of("segment", roles, func(x *desk.Exchange, id int64) (segments.Segment, labels.ID, error) {
		segment, err := s.Segments.Get(x.Context(), segments.ID(id))
		return segment, segment.LabelID, err
	})
}

// segmentsView is the list of a label's segments.
type segmentsView struct {
	List     desk.Listing
	Segments []segmentRow
	Shown    []desk.Choice // the ones in use, or all
	MayEdit  bool
}

type segmentRow struct {
	segments.Segment
	Sentence string
	Sizes    []segments.Size // of the last weeks, the newest last
	Rounded  bool            // for who only looks
}

// weeksOfSizes is how far back the list tells how many members a segment had.
const weeksOfSizes = 5

// Counted reports whether anybody counted the segment yet.
func (r segmentRow) Counted() bool { return len(r.Sizes) > 0 }

// Members is how many members the segment has by the newest count.
func (r segmentRow) Members() int { return r.Sizes[len(r.Sizes)-1].Members }

// Before is the first of several sizes, to hold the newest against.
func (r segmentRow) Before() *segments.Size {
	if len(r.Sizes) < 2 {
		return nil
	}
	return &r.Sizes[0]
}

// Line is the sizes as points in a picture of 100 by 20.
func (r segmentRow) Line() string {
	most := 1
	for _, z := range r.Sizes {
		most = max(most, z.Members)
	}
	var points []string
	for i, z := range r.Sizes {
		points = append(points, fmt.Sprintf("%d,%d", i*100/max(1, len(r.Sizes)-1), 19-z.Members*18/most))
	}
	return strings.Join(points, " ")
}

// archived shows the archived ones as well.
const archived = "all"

func (s *Screen) listSegments(x *desk.Exchange) error {
	list := desk.NewListing(x)
	filter := segments.Filter{Labels: []labels.ID{x.Label.ID}, Name: list.Get("q"), Archived: list.Get("shown") == archived}
	fetch := func(ask paging.Ask) (paging.Page[segments.Segment], error) {
		return s.Segments.List(x.Context(), filter, ask)
	}
	if desk.WantsFile(x) {
		return s.exportSegments(x, fetch)
	}
	page, err := fetch(list.Ask())
	if err != nil {
		return err
	}
	list.Next = page.Next
	view := segmentsView{List: list, MayEdit: x.Can(accounts.Planner), Shown: []desk.Choice{
		{Value: "", Word: x.Say.T("segments.in_use")}, {Value: archived, Word: x.Say.T("segments.with_archived")},
	}}
	view.Segments, err = s.segmentRows(x, page.Items)
	if err != nil {
		return err
	}
	return x.Show("segment/list", view)
}

// segmentRows says each segment's rule as a sentence.
func (s *Screen) segmentRows(x *desk.Exchange, list []segments.Segment) ([]segmentRow, error) {
	rules := make([]segments.Rule, len(list))
	for i, segment := range list {
		rules[i] = segment.Rule
	}
	names, err := s.Audiences.Names(x.Context(), x.Label.ID, rules...)
	rows := make([]segmentRow, len(list))
	ids := make([]segments.ID, len(list))
	for i, segment := range list {
		rows[i] = segmentRow{Segment: segment, Sentence: words.Capital(explain.Sentence(segment.Rule, names, x.Say.Locale))}
		ids[i] = segment.ID
	}
	if err != nil {
		return nil, err
	}
	sizes, err := segments.NewSizes(s.Audiences).Since(x.Context(), x.Now().AddDate(0, 0, -7*weeksOfSizes), ids...)
	for i := range rows {
		row := &rows[i]
		row.Sizes, row.Rounded = sizes[row.ID], !x.User.CountsExactly(x.Label.ID)
		for n := range row.Sizes {
			if row.Rounded {
				segments.Coarsen(&row.Sizes[n].Members)
			}
		}
	}
	return rows, err
}

func (s *Screen) exportSegments(x *desk.Exchange, fetch func(paging.Ask) (paging.Page[segments.Segment], error)) error {
	columns := []tables.Column[segmentRow]{
		tables.TextOf("name", func(r segmentRow) string { return r.Name }),
		tables.TextOf("rule", func(r segmentRow) string { return r.Sentence }),
		tables.TextOf("description", func(r segmentRow) string { return r.Description }),
		{Name: "members", Kind: tables.Counts, Value: func(r segmentRow) tables.Value {
			switch {
			case !r.Counted():
				return nil
			case r.Rounded && r.Members() == 0:
				return tables.Text("<" + desk.Itoa(segments.Fewest))
			}
			return tables.Count(r.Members())
		}},
		tables.CountOf("version", func(r segmentRow) int { return r.Version }),
	}
	rows := func(ask paging.Ask) (paging.Page[segmentRow], error) {
		page, err := fetch(ask)
		if err != nil {
			return paging.Page[segmentRow]{}, err
		}
		list, err := s.segmentRows(x, page.Items)
		return paging.Page[segmentRow]{Items: list, Next: page.Next}, err
	}
	return desk.Export(x, "segments-"+x.Label.Code, x.Say.T("section.segments"), columns, rows)
}

// newSegmentView is a segment that is being made.
type newSegmentView struct {
	Form desk.Form
	Rule *rules.Form
}

// newPath is where a new segment's form goes.
func (s *Screen) newPath(x *desk.Exchange) string { return "/segments/new?label=" + x.Label.Code }

func (s *Screen) newSegment(x *desk.Exchange) error {
	rule, err := s.Rules.New(x, s.newPath(x))
	if err != nil {
		return err
	}
	return x.Show("segment/new", newSegmentView{Form: desk.Form{}, Rule: rule})
}

func (s *Screen) createSegment(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	rule, doing, err := s.Rules.Read(x, f, s.newPath(x))
	if err != nil {
		return err
	}
	if doing {
		return x.Show("segment/new", newSegmentView{Form: f, Rule: rule})
	}
	segment, err := s.Segments.Create(x.Context(), x.Label.ID, f.Field("name"), f.Field("description"), rule.Rule)
	if err != nil {
		if err := s.refuseRule(x, &f, rule, err); err != nil {
			return err
		}
		return x.Answer(http.StatusUnprocessableEntity, "segment/new", newSegmentView{Form: f, Rule: rule})
	}
	return x.GoTo("/segments/" + strconv.FormatInt(int64(segment.ID), 10))
}

// refuseRule puts what a room refused beside the fields and parts that it is
// about. Returns the error if it isn't one that the person can mend here.
func (s *Screen) refuseRule(x *desk.Exchange, f *desk.Form, r *rules.Form, refused error) error {
	if err := f.Take(refused); err != nil {
		return err
	}
	wrong, err := s.blame(x, r)
	if err != nil {
		return err
	}
	if wrong > 0 {
		f.Fault = x.Say.T("builder.mend", "n", wrong)
	}
	return nil
}
