package member

import (
	"net/http"
	"slices"

	"keur/internal/actors"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/labels"
	"keur/members"
	"keur/web/desk"
)

// liftWhys are why a suppression ends; the word goes on the audit trail.
func liftWhys() []string { return []string{"asked", "works", "mistake"} }

// memberEdited finishes a form of the member's page: back to it, or again with
// what is wrong.
func (s *changes) memberEdited(x *desk.Exchange, which string, f desk.Form, err error) error {
	if err == nil {
		return x.GoTo(s.memberPath(x, desk.Found[members.Member](x).ID))
	}
	if err := f.Take(err); err != nil {
		return err
	}
	return s.showMember(x, http.StatusUnprocessableEntity, which, f)
}

// moveMember gives the member another address. For a member of several labels that
// takes a planner of all of them.
func (s *changes) moveMember(x *desk.Exchange) error {
	m, f, err := desk.FoundWithForm[members.Member](x)
	if err != nil {
		return err
	}
	word := x.Label.ID
	if s.plansWholly(x, m) {
		word = members.EveryLabel
	}
	return s.memberEdited(x, "address", f, members.NewMoves(s.Members).Move(x.Context(), word, m.ID, f.Field("address")))
}

// suppressMember stops mail to the member under the label at once.
func (s *changes) suppressMember(x *desk.Exchange) error {
	m, f, err := desk.FoundWithForm[members.Member](x)
	if err != nil {
		return err
	}
	if f.Field("reason") == "" {
		f.Refuse("reason", x.Say.T("member.reason_missing"))
		return s.showMember(x, http.StatusUnprocessableEntity, "suppress", f)
	}
	return s.memberEdited(x, "suppress", f, s.Members.Suppress(x.Context(), nil, m.ID, x.Label.ID, members.Manual, f.Field("reason"), nil))
}

// liftSuppression ends a suppression of the label; one of every label takes a
// planner of all that the member is under.
func (s *changes) liftSuppression(x *desk.Exchange) error {
	m, f, err := desk.FoundWithForm[members.Member](x)
	if err != nil {
		return err
	}
	label, reason, why := x.Label.ID, members.Reason(f.Field("reason")), f.Field("why")
	if f.Field("every") != "" {
		if err := s.wholly(x, m); err != nil {
			return err
		}
		label = members.EveryLabel
	}
	if !slices.Contains(liftWhys(), why) {
		f.Refuse("why", x.Say.T("member.why_missing"))
		return s.showMember(x, http.StatusUnprocessableEntity, liftForm(label, reason), f)
	}
	return s.memberEdited(x, liftForm(label, reason), f, s.Members.Lift(x.Context(), nil, m.ID, label, reason, why))
}

// liftForm names the form that ends a suppression.
func liftForm(label labels.ID, reason members.Reason) string {
	return "lift-" + desk.Itoa(label) + "-" + string(reason)
}

// changePreferences sets what the member wishes, as told to member service.
func (s *changes) changePreferences(x *desk.Exchange) error {
	m, f, err := desk.FoundWithForm[members.Member](x)
	if err != nil {
		return err
	}
	topics, err := s.Members.Topics(x.Context(), x.Label.ID)
	if err != nil {
		return err
	}
	p := members.Preferences{Label: x.Label.ID}
	for _, t := range topics {
		if !slices.Contains(f.Values["topic"], t.Key) {
			p.OffTopics = append(p.OffTopics, t.Key)
		}
	}
	if n := f.Number("per_week"); n != 0 {
		p.PerWeek = &n
	}
	return s.memberEdited(x, "preferences", f, s.Members.SetPreferences(x.Context(), m.ID, p))
}

// pauseMember keeps mail from the member until a day, or lets it come again.
func (s *changes) pauseMember(x *desk.Exchange) error {
	m, f, err := desk.FoundWithForm[members.Member](x)
	if err != nil {
		return err
	}
	if f.Field("end") != "" {
		return s.memberEdited(x, "pause", f, members.NewPauses(s.Members).Resume(x.Context(), m.ID, x.Label.ID))
	}
	until, err := civil.ParseDate(f.Field("until"))
	if err != nil {
		return s.memberEdited(x, "pause", f, fault.At("until", "members.pause_range"))
	}
	return s.memberEdited(x, "pause", f, members.NewPauses(s.Members).Pause(x.Context(), m.ID, x.Label.ID, until))
}

// wholly returns a fault unless the user plans for every label of the member.
func (s *changes) wholly(x *desk.Exchange, m members.Member) error {
	if !s.plansWholly(x, m) {
		return fault.New(fault.Forbidden, "member.not_whole")
	}
	return nil
}

// exportMember hands out all that is kept of the member as a file.
func (s *changes) exportMember(x *desk.Exchange) error {
	m := desk.Found[members.Member](x)
	if err := s.wholly(x, m); err != nil {
		return err
	}
	export, err := s.Members.Export(x.Context(), m)
	if err != nil {
		return err
	}
	x.Header("Content-Disposition", `attachment; filename="member-`+desk.Itoa(m.ID)+`.json"`)
	x.JSON(http.StatusOK, export)
	return nil
}

// askErasure asks colleagues to let the member be erased.
func (s *changes) askErasure(x *desk.Exchange) error {
	m, f, err := desk.FoundWithForm[members.Member](x)
	if err != nil {
		return err
	}
	_, err = s.Erasures.Ask(x.Context(), members.Erasure{
		Member: m.ID, Label: x.Label.ID, Reason: f.Field("reason"), RequestedBy: actors.User(x.User.ID),
	})
	return s.memberEdited(x, "erasure", f, err)
}

// decideErasure approves, refuses or withdraws one that waits. An approved one
// is done at once.
func (s *changes) decideErasure(x *desk.Exchange) error {
	now, f, err := desk.FoundWithForm[members.Erasure](x)
	if err != nil {
		return err
	}
	decide := map[string]func(*members.Erasure) error{
		"approve":  func(e *members.Erasure) error { return e.Approve(actors.User(x.User.ID), x.Now()) },
		"refuse":   func(e *members.Erasure) error { return e.Refuse(actors.User(x.User.ID), x.Now()) },
		"withdraw": func(e *members.Erasure) error { return e.Withdraw(actors.User(x.User.ID), x.Now()) },
	}[f.Field("decision")]
	if decide == nil {
		return desk.NotHere()
	}
	if f.Field("decision") == "approve" {
		m, err := s.Members.Get(x.Context(), now.Member)
		if err != nil {
			return err
		}
		if err := s.wholly(x, m); err != nil {
			return err
		}
	}
	if _, err := s.Erasures.Update(x.Context(), now.ID, decide); err != nil {
		return err
	}
	if f.Field("decision") == "approve" {
		return x.GoTo("/members?erased=yes&label=" + x.Label.Code)
	}
	return x.GoTo(s.memberPath(x, now.Member))
}
