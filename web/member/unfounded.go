package member

import (
	"net/http"
	"strconv"

	"keur/internal/fault"
	"keur/members"
	"keur/tracking"
	"keur/web/desk"
)

// unfoundedView shows the suppressions by mails that never left, all of which one
// act ends.
type unfoundedView struct {
	Count, Members int
	Lines          []unfoundedLine
	List           desk.Listing
	Form           desk.Form
	Lifted         int // just now
}

// unfoundedLine is one of them; Label is empty for every label.
type unfoundedLine struct {
	tracking.UnfoundedOne
	Code, Label string
}

func (s *Screen) unfounded(x *desk.Exchange) error {
	return s.showUnfounded(x, http.StatusOK, desk.NewForm(x.Say))
}

func (s *Screen) showUnfounded(x *desk.Exchange, status int, f desk.Form) error {
	view := unfoundedView{List: desk.NewListing(x), Form: f}
	view.Lifted, _ = strconv.Atoi(x.Query("lifted")) // none: nothing was just done
	var err error
	if view.Count, view.Members, err = s.Unfounded.Count(x.Context()); err != nil {
		return err
	}
	page, err := s.Unfounded.List(x.Context(), view.List.Ask())
	if err != nil {
		return err
	}
	view.List.Next = page.Next
	for _, one := range page.Items {
		line := unfoundedLine{UnfoundedOne: one}
		if line.Code, line.Label, err = s.labelOf(x, one); err != nil {
			return err
		}
		view.Lines = append(view.Lines, line)
	}
	return x.Answer(status, "member/unfounded", view)
}

// labelOf returns under which label the reader finds the member, its code, and the
// name of the label of which the suppression is; nothing where there is none.
func (s *Screen) labelOf(x *desk.Exchange, one tracking.UnfoundedOne) (code, name string, err error) {
	m, err := s.Members.Get(x.Context(), one.Member)
	if fault.Is(err, fault.NotFound) {
		return "", "", nil
	}
	if err != nil {
		return "", "", err
	}
	if one.Label != members.EveryLabel {
		l := x.LabelOf(one.Label)
		return l.Code, l.Name, nil
	}
	for _, under := range m.Memberships {
		if l := x.LabelOf(under.Label); l.Code != "" {
			return l.Code, "", nil
		}
	}
	return "", "", nil
}

// liftUnfounded ends all of them, if they are as many as were shown.
func (s *changes) liftUnfounded(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	count := int(f.Number("count"))
	if err := s.Unfounded.Lift(x.Context(), count); err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.showUnfounded(x, http.StatusUnprocessableEntity, f)
	}
	return x.GoTo("/members/unfounded?lifted=" + desk.Itoa(count))
}
