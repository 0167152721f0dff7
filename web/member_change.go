package web

import (
	"net/http"
	"slices"

	"keur/internal/fault"
	"keur/labels"
	"keur/members"
)

// liftWhys are why a suppression ends; the word goes on the audit trail.
func liftWhys() []string { return []string{"asked", "works", "mistake"} }

// memberEdited finishes a form of the member's page: back to it, or again with
// what is wrong.
func (v *visit) memberEdited(which string, f form, err error) error {
	if err == nil {
		id, err := v.id("member")
		if err != nil {
			return err
		}
		return v.to(v.memberPath(members.ID(id)))
	}
	if err := f.take(err); err != nil {
		return err
	}
	return v.showMember(http.StatusUnprocessableEntity, which, f)
}

// suppressMember stops mail to the member under the label at once.
func (v *visit) suppressMember() error {
	id, f, err := v.formFor("member")
	if err != nil {
		return err
	}
	if f.Field("reason") == "" {
		f.refuse("reason", v.Say.T("member.reason_missing"))
		return v.showMember(http.StatusUnprocessableEntity, "suppress", f)
	}
	return v.memberEdited("suppress", f, v.Members.Suppress(v.ctx(), nil, members.ID(id), v.Label.ID, members.Manual, f.Field("reason"), nil))
}

// liftSuppression ends a suppression of the label; one of every label takes a
// planner of all that the member is under.
func (v *visit) liftSuppression() error {
	id, f, err := v.formFor("member")
	if err != nil {
		return err
	}
	label, reason, why := v.Label.ID, members.Reason(f.Field("reason")), f.Field("why")
	if f.Field("every") != "" {
		if err := v.wholly(members.ID(id)); err != nil {
			return err
		}
		label = members.EveryLabel
	}
	if !slices.Contains(liftWhys(), why) {
		f.refuse("why", v.Say.T("member.why_missing"))
		return v.showMember(http.StatusUnprocessableEntity, liftForm(label, reason), f)
	}
	return v.memberEdited(liftForm(label, reason), f, v.Members.Lift(v.ctx(), nil, members.ID(id), label, reason, why))
}

// liftForm names the form that ends a suppression.
func liftForm(label labels.ID, reason members.Reason) string {
	return "lift-" + itoa(label) + "-" + string(reason)
}

// changePreferences sets what the member wishes, as told to member service.
func (v *visit) changePreferences() error {
	id, f, err := v.formFor("member")
	if err != nil {
		return err
	}
	topics, err := v.Members.Topics(v.ctx(), v.Label.ID)
	if err != nil {
		return err
	}
	p := members.Preferences{Label: v.Label.ID}
	for _, t := range topics {
		if !slices.Contains(f.Values["topic"], t.Key) {
			p.OffTopics = append(p.OffTopics, t.Key)
		}
	}
	if n := f.number("per_week"); n != 0 {
		p.PerWeek = &n
	}
	return v.memberEdited("preferences", f, v.Members.SetPreferences(v.ctx(), members.ID(id), p))
}

// wholly returns a fault unless the user plans for every label of the member.
func (v *visit) wholly(id members.ID) error {
	m, err := v.Members.Get(v.ctx(), id)
	if err == nil && !v.plansWholly(m) {
		err = fault.New(fault.Forbidden, "%s", v.Say.T("member.not_whole"))
	}
	return err
}

// exportMember hands out all that is kept of the member as a file.
func (v *visit) exportMember() error {
	id, err := v.id("member")
	if err != nil {
		return err
	}
	if err := v.wholly(members.ID(id)); err != nil {
		return err
	}
	export, err := v.Members.Export(v.ctx(), members.ID(id))
	if err != nil {
		return err
	}
	v.Header("Content-Disposition", `attachment; filename="member-`+itoa(id)+`.json"`)
	v.IndentedJSON(http.StatusOK, export)
	return nil
}

// askErasure asks colleagues to let the member be erased.
func (v *visit) askErasure() error {
	id, f, err := v.formFor("member")
	if err != nil {
		return err
	}
	_, err = v.Members.AskErasure(v.ctx(), members.Erasure{
		Member: members.ID(id), Label: v.Label.ID, Reason: f.Field("reason"), RequestedBy: int64(v.User.ID),
	})
	return v.memberEdited("erasure", f, err)
}

// decideErasure approves, refuses or withdraws one that waits. An approved one
// is done at once.
func (v *visit) decideErasure() error {
	id, f, err := v.formFor("erasure")
	if err != nil {
		return err
	}
	now, err := v.Members.Erasure(v.ctx(), id)
	if err != nil {
		return err
	}
	decide := map[string]func(*members.Erasure) error{
		"approve":  func(e *members.Erasure) error { return e.Approve(int64(v.User.ID), v.now()) },
		"refuse":   func(e *members.Erasure) error { return e.Refuse(int64(v.User.ID), v.now()) },
		"withdraw": func(e *members.Erasure) error { return e.Withdraw(int64(v.User.ID), v.now()) },
	}[f.Field("decision")]
	if decide == nil {
		return notHere()
	}
	if f.Field("decision") == "approve" {
		if err := v.wholly(now.Member); err != nil {
			return err
		}
	}
	if _, err := v.Members.UpdateErasure(v.ctx(), id, decide); err != nil {
		return err
	}
	if f.Field("decision") == "approve" {
		return v.to("/members?erased=yes&label=" + v.Label.Code)
	}
	return v.to(v.memberPath(now.Member))
}
