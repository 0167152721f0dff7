package settings

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"keur/approval"
	"keur/internal/words"
	"keur/labels"
	"keur/members"
	"keur/members/signups"
	"keur/segments/explain"
	"keur/web/desk"
)

// signupPages is the form by which people become members of a label.
type signupPages struct{ *Screen }

func (s *signupPages) signupRoutes() []desk.Route {
	return []desk.Route{
		desk.Get("/settings/labels/:label/signup", desk.AdminsOfLabel(), s.show),
		desk.Post("/settings/labels/:label/signup", desk.AdminsOfLabel(), s.change),
	}
}

// signupView is the form as it is edited.
type signupView struct {
	Of      labels.Label
	Saved   signups.Form
	Form    desk.Form
	Topics  []signupChoice
	Asks    []signupChoice
	Texts   []signupText
	URL     string // where the form stands
	Snippet string // for a site of the publisher's
	Changes []approval.Entry
}

type signupChoice struct {
	Value, Word string
	On          bool
}

// signupText is a version of what people agree to, with who wrote it.
type signupText struct {
	signups.Text
	Writer string
}

func (s *signupPages) show(x *desk.Exchange) error {
	l, err := (&labelPages{s.Screen}).labelInPath(x)
	if err != nil {
		return err
	}
	saved, err := s.Signups.Form(x.Context(), l.ID)
	if err != nil {
		return err
	}
	f := desk.NewForm(x.Say)
	say := desk.Book(x).In(l.Locale)
	f.Set("mail", saved.Mail)
	f.Set("tracking", saved.Tracking)
	if saved.Version == 0 { // a beginning, in the members' language
		f.Set("mail", say.T("member_page.agree_mail", "label", l.Name))
		f.Set("tracking", say.T("member_page.agree_tracking", "label", l.Name))
	}
	f.Set("version", strconv.Itoa(saved.Version))
	if saved.Open {
		f.Set("open", "yes")
	}
	f.Values["topic"], f.Values["ask"] = saved.Topics, saved.Attributes
	return s.answer(x, http.StatusOK, l, saved, f)
}

func (s *signupPages) answer(x *desk.Exchange, status int, l labels.Label, saved signups.Form, f desk.Form) error {
	view := signupView{Of: l, Saved: saved, Form: f, URL: signups.PageURL(l)}
	topics, err := s.Members.Topics(x.Context(), l.ID)
	if err != nil {
		return err
	}
	for _, t := range topics {
		view.Topics = append(view.Topics, signupChoice{t.Key, t.Name, slices.Contains(f.Values["topic"], t.Key)})
	}
	known, err := s.Members.Attributes(x.Context(), l.ID)
	if err != nil {
		return err
	}
	for _, a := range known {
		if a.Type != members.Set {
			word := words.Capital(explain.FieldName(a.Name, x.Say.Locale))
			view.Asks = append(view.Asks, signupChoice{a.Name, word, slices.Contains(f.Values["ask"], a.Name)})
		}
	}
	texts, err := s.Signups.Texts(x.Context(), l.ID)
	if err != nil {
		return err
	}
	for _, t := range texts {
		by, err := desk.ActorName(x, t.By)
		if err != nil {
			return err
		}
		view.Texts = append(view.Texts, signupText{t, by})
	}
	if saved.Open {
		view.Snippet = snippet(desk.Book(x).In(l.Locale), l, saved, topics, known)
	}
	if view.Changes, err = desk.Changed(x, s.Approval, "signup_forms:"+desk.Itoa(l.ID)); err != nil {
		return err
	}
	if err := x.About(l.ID); err != nil {
		return err
	}
	return x.Answer(status, "settings/signup", view)
}

func (s *signupPages) change(x *desk.Exchange) error {
	l, err := (&labelPages{s.Screen}).labelInPath(x)
	if err != nil {
		return err
	}
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	after, err := s.Signups.Update(x.Context(), l.ID, f.Number("version"), func(form *signups.Form) error {
		form.Open = f.Get("open") != ""
		form.Mail, form.Tracking = strings.TrimSpace(plainLines(f.Get("mail"))), strings.TrimSpace(plainLines(f.Get("tracking")))
		form.Topics, form.Attributes = f.Values["topic"], f.Values["ask"]
		return nil
	})
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		saved, err := s.Signups.Form(x.Context(), l.ID)
		if err != nil {
			return err
		}
		f.Set("version", strconv.Itoa(saved.Version)) // pressing again is meant
		return s.answer(x, http.StatusUnprocessableEntity, l, saved, f)
	}
	x.Flash(x.Say.T(map[bool]string{true: "signup.opened", false: "signup.closed"}[after.Open], "label", l.Name))
	return x.GoTo("/settings/labels/" + desk.Itoa(l.ID) + "/signup")
}
