package mailing

import (
	"net/http"
	"strconv"

	"keur/internal/fault"
	"keur/members"
	"keur/templates"
	"keur/web/desk"
	"keur/web/desk/editor"
)

// member finds whom the mail is looked at as, by number or address. Returns 0
// for nobody in particular.
func (s *Screen) member(x *desk.Exchange, l editor.Look) (members.ID, error) {
	if l.Member == "" {
		return 0, nil
	}
	if id, err := strconv.ParseInt(l.Member, 10, 64); err == nil {
		return members.ID(id), nil
	}
	m, err := s.Members.Find(x.Context(), l.Member)
	if err != nil {
		return 0, fault.At("member", "mailing.no_member")
	}
	return m.ID, nil
}

// sampleMember names any member of the label, to look at the mail as.
func (s *Screen) sampleMember(x *desk.Exchange) error {
	found, err := s.Members.Sample(x.Context(), x.Label.ID, 1)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return desk.NotHere()
	}
	x.Send(http.StatusOK, "text/plain; charset=utf-8", []byte(desk.Itoa(found[0])))
	return nil
}

// mailingPreview shows the working copy as a member would get it. Nothing is
// saved for that.
func (s *Screen) mailingPreview(x *desk.Exchange) error {
	view, err := s.openMailing(x, "content")
	if err != nil {
		return err
	}
	if name := x.Query("template"); name != "" { // as it would look with another template
		if view.Work.Brief.Template, err = s.Editor.Template(x, name); err != nil {
			return err
		}
		if err := s.judge(x, &view); err != nil {
			return err
		}
	}
	mail, err := s.previewOf(x, &view)
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.NotFound) {
		return desk.ShowMail(x, []byte(editor.Unshown(x, view.Findings, err)))
	}
	if err != nil {
		return err
	}
	return editor.ShowLook(x, mail, view.Look)
}

// previewOf renders what the working copy shows to the member that is looked as.
func (s *Screen) previewOf(x *desk.Exchange, view *mailingView) (templates.Preview, error) {
	variant := min(max(view.Look.Variant, 0), max(len(view.Content.Subjects)-1, 0))
	member, err := s.member(x, view.Look)
	if err != nil {
		return templates.Preview{}, err
	}
	return s.Proofs.PreviewContent(x.Context(), view.Content, variant, member)
}
