package approval

import (
	"net/http"
	"strings"

	"keur/accounts"
	"keur/authors"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/labels"
	"keur/segments"
	"keur/templates"
	"keur/web/desk"
)

// alone is the pages on which a part is approved by itself.
type alone struct{ *Screen }

func (s *alone) partRoutes() []desk.Route {
	template, campaign := desk.OfTemplate(s.Templates, accounts.Approver), desk.OfCampaign(s.Campaigns, accounts.Approver)
	segment := desk.Of("segment", []accounts.Role{accounts.Approver},
		func(x *desk.Exchange, id int64) (segments.Segment, labels.ID, error) {
			g, err := s.Segments.Get(x.Context(), segments.ID(id))
			return g, g.LabelID, err
		})
	return []desk.Route{
		desk.Get("/templates/:template/approve", template, s.showParts(templatePart)),
		desk.Post("/templates/:template/approve", template, s.approveParts(templatePart)),
		desk.Get("/segments/:segment/approve", segment, s.showParts(segmentPart)),
		desk.Post("/segments/:segment/approve", segment, s.approveParts(segmentPart)),
		desk.Get("/campaigns/:campaign/approve", campaign, s.showParts(dealPart)),
		desk.Post("/campaigns/:campaign/approve", campaign, s.approveParts(dealPart)),
	}
}

// partsView is what is approved alone: a template, a segment or a deal, in its
// exact bytes, with what changed since it was approved last.
type partsView struct {
	Name, Path string // of the thing, and its page
	Thing      authors.Thing
	Parts      []partView
	Refusal    string // why the user can't approve it; "" if they can
	Form       desk.Form
}

type partView struct {
	authors.Shown
	Lines     []line
	By, After string // who wrote it, and who approved it
}

// line is a line of a text: as it was, added or gone.
type line struct {
	Mark, Text string // Mark is "+", "-" or ""
}

func templatePart(x *desk.Exchange) partsView {
	t := desk.Found[templates.Template](x)
	return partsView{
		Name: t.Name, Path: "/templates/" + desk.Itoa(t.ID),
		Thing: authors.Thing{Kind: authors.Template, ID: int64(t.ID), Version: t.Version},
	}
}

func segmentPart(x *desk.Exchange) partsView {
	g := desk.Found[segments.Segment](x)
	return partsView{
		Name: g.Name, Path: "/segments/" + desk.Itoa(g.ID),
		Thing: authors.Thing{Kind: authors.Segment, ID: int64(g.ID), Version: g.Version},
	}
}

func dealPart(x *desk.Exchange) partsView {
	c := desk.Found[campaigns.Campaign](x)
	return partsView{Name: c.Name, Path: "/campaigns/" + desk.Itoa(c.ID), Thing: authors.Thing{Kind: authors.Deal, ID: int64(c.ID)}}
}

func (s *alone) showParts(of func(*desk.Exchange) partsView) func(*desk.Exchange) error {
	return func(x *desk.Exchange) error {
		view := of(x)
		if err := s.fillParts(x, &view); err != nil {
			return err
		}
		return x.Show("approval/parts", view)
	}
}

// approveParts records that the user approves the bytes that the page showed.
func (s *alone) approveParts(of func(*desk.Exchange) partsView) func(*desk.Exchange) error {
	return func(x *desk.Exchange) error {
		view := of(x)
		f, err := desk.ReadForm(x)
		if err != nil {
			return err
		}
		seen := make([]authors.Hash, len(f.Values["seen"]))
		for i, text := range f.Values["seen"] {
			if err := seen[i].UnmarshalText([]byte(text)); err != nil {
				return fault.Wrap(err, fault.Invalid, "fault.form")
			}
		}
		if _, err = s.Parts.Approve(x.Context(), x.Label.ID, view.Thing, seen, x.User.ID); err == nil {
			return x.GoTo(view.Path + "/approve")
		}
		if err := desk.Refused(x, &f, err); err != nil {
			return err
		}
		view.Form = f
		if err := s.fillParts(x, &view); err != nil {
			return err
		}
		return x.Answer(http.StatusUnprocessableEntity, "approval/parts", view)
	}
}

func (s *alone) fillParts(x *desk.Exchange, view *partsView) error {
	parts, err := s.Parts.Shown(x.Context(), x.Label.ID, view.Thing)
	if err != nil {
		return err
	}
	for _, p := range parts {
		one := partView{Shown: p, Lines: lines(p.Before, p.Text)}
		if one.By, err = s.names(x, p.Writers); err != nil {
			return err
		}
		if one.After, err = s.names(x, p.Approved); err != nil {
			return err
		}
		if refused, is := desk.AsFault(p.Refuses(x.User.ID)); is {
			view.Refusal = x.Say.Sentence(refused.Message)
		}
		view.Parts = append(view.Parts, one)
	}
	return nil
}

func (s *alone) names(x *desk.Exchange, ids []accounts.UserID) (string, error) {
	var names []string
	for _, id := range ids {
		u, err := s.Reviews.Accounts.Get(x.Context(), id)
		if err != nil {
			return "", err
		}
		names = append(names, u.Name)
	}
	return x.Say.List(names), nil
}

// mostLines bounds what is compared line by line; a longer text is shown whole.
const mostLines = 2000

// lines returns the lines of a text, with those that were added and those that
// are gone since before. Without a text before, none is marked.
func lines(before, after string) []line {
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	var out []line
	if before == "" || len(a) > mostLines || len(b) > mostLines {
		for _, text := range b {
			out = append(out, line{"", text})
		}
		return out
	}
	// common[i][j] is how many lines a[i:] and b[j:] have in common.
	common := make([][]int16, len(a)+1)
	for i := range common {
		common[i] = make([]int16, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			common[i][j] = max(common[i+1][j], common[i][j+1])
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, line{"", a[i]})
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || common[i+1][j] >= common[i][j+1]):
			out = append(out, line{"-", a[i]})
			i++
		default:
			out = append(out, line{"+", b[j]})
			j++
		}
	}
	return out
}
