package public

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"keur/internal/fault"
	"keur/internal/words"
	"keur/labels"
	"keur/members"
	"keur/members/signups"
	"keur/segments/explain"
)

// signupPages are where people become members of a label: they ask by its form,
// which stands here or on a site of the publisher's, and confirm by a link in a mail.
// A form is posted without a cookie or any other right, so another site can do no
// more by it than anybody, and its answer tells nothing; so scripts of other sites
// aren't let in to read it (CORS).
type signupPages struct{ *server }

// signupView is what the page with the form shows.
type signupView struct {
	signups.Form
	Fields   []signupField
	Topics   []topicChoice
	Typed    signups.Asked
	Complain map[string]string // by the field; under "" what isn't about one
}

// signupField is something that the form asks.
type signupField struct {
	Name  string
	Word  string
	Type  members.Type
	Value string
}

// unseenField is one that no person sees. What fills it in is a program.
const unseenField = "website"

// label returns the label in the path and its open form. It answers itself when
// there is none.
func (d signupPages) label(c *gin.Context) (labels.Label, signups.Form, bool) {
	ctx := c.Request.Context()
	label, err := d.Labels.ByCode(ctx, c.Param("label"))
	var form signups.Form
	if err == nil {
		form, err = d.Signups.Form(ctx, label.ID)
	}
	if err == nil && !form.Open {
		err = signups.ErrClosed
	}
	if err != nil {
		d.fail(c, err)
	}
	return label, form, err == nil
}

func (d signupPages) show(c *gin.Context) {
	label, form, ok := d.label(c)
	if !ok {
		return
	}
	d.showForm(c, http.StatusOK, label, form, signups.Asked{On: form.Topics}, nil)
}

func (d signupPages) showForm(
	c *gin.Context, status int, label labels.Label, form signups.Form, typed signups.Asked, wrong map[string]string,
) {
	view, err := d.view(c, label, form, typed)
	if err != nil {
		d.fail(c, err)
		return
	}
	view.Complain = wrong
	say := words.In(label.Locale)
	d.pages.show(c, status, "signup", page{
		Say: say, Label: &label, Title: say.T("signup_page.title", "label", label.Name), Text: say.T("signup_page.text"), Content: view,
	})
}

func (d signupPages) view(c *gin.Context, label labels.Label, form signups.Form, typed signups.Asked) (signupView, error) {
	ctx := c.Request.Context()
	view := signupView{Form: form, Typed: typed}
	topics, err := d.Members.Topics(ctx, label.ID)
	if err != nil {
		return view, err
	}
	for _, t := range topics {
		if slices.Contains(form.Topics, t.Key) {
			view.Topics = append(view.Topics, topicChoice{t, slices.Contains(typed.On, t.Key)})
		}
	}
	known, err := d.Members.Attributes(ctx, label.ID)
	for _, name := range form.Attributes {
		if at := slices.IndexFunc(known, func(a members.Attribute) bool { return a.Name == name }); at >= 0 {
			word := words.Capital(explain.FieldName(name, label.Locale))
			view.Fields = append(view.Fields, signupField{name, word, known[at].Type, typed.Answers[name]})
		}
	}
	return view, err
}

// ask takes the form. Its answer is the same whoever has the address, and the same
// to a program that fills in what nobody sees.
func (d signupPages) ask(c *gin.Context) {
	sent, err := formOf(c)
	if err != nil {
		d.fail(c, err)
		return
	}
	label, form, ok := d.label(c)
	if !ok {
		return
	}
	asked := readSignup(form, sent)
	asked.IP, asked.FormURL = c.RemoteIP(), formAddress(c.Request, label, sent.Has("here"))
	if sent.Get(unseenField) == "" {
		err = d.Signups.Ask(d.Key.Acting(c.Request.Context(), "member"), label, asked)
	}
	say := words.In(label.Locale)
	switch kind := fault.Of(err); {
	case err == nil:
		d.pages.show(c, http.StatusOK, "message", page{
			Say: say, Label: &label, Title: say.T("signup_page.asked"), Text: say.T("signup_page.asked_text", "address", asked.Address),
		})
	case kind == fault.Invalid, kind == fault.Limited:
		d.showForm(c, kind.Status(), label, form, asked, complaints(say, err))
	default:
		d.fail(c, err)
	}
}

func readSignup(form signups.Form, sent url.Values) signups.Asked {
	text, _ := strconv.Atoi(sent.Get("text")) // none: refused below, in words
	asked := signups.Asked{
		Address: strings.TrimSpace(sent.Get("address")), Agreed: sent.Get("agree") == "yes", Tracking: sent.Get("tracking") == "yes",
		Text: text, Shown: sent["topic"], On: sent["on"], Answers: map[string]string{},
	}
	for _, name := range form.Attributes {
		asked.Answers[name] = sent.Get("field_" + name)
	}
	return asked
}

// formAddress returns where the form stands, as far as the browser tells: our own
// page, or the address of another site, without what may be personal in it.
func formAddress(r *http.Request, label labels.Label, here bool) string {
	if here {
		return signups.PageURL(label)
	}
	for _, told := range []string{r.Referer(), r.Header.Get("Origin")} {
		u, err := url.Parse(told)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			continue
		}
		if from := u.Scheme + "://" + u.Host + u.EscapedPath(); len(from) <= 500 {
			return from
		}
	}
	return ""
}

// complaints returns what is wrong with each field.
func complaints(say words.Speaker, err error) map[string]string {
	all := map[string]string{}
	var wrong *fault.Error
	if errors.As(err, &wrong) {
		for _, detail := range wrong.Details {
			all[detail.Path] = say.Sentence(detail.Message)
		}
	}
	if len(all) == 0 || all["text"] != "" {
		all[""] = say.Sentence(words.OfError(err))
		if all["text"] != "" {
			all[""] = all["text"]
		}
	}
	return all
}

// confirm shows what a link would do and changes nothing, since scanners follow
// links.
func (d signupPages) confirm(c *gin.Context) {
	label, _, ok := d.label(c)
	if !ok {
		return
	}
	signup, err := d.Signups.Open(d.Key.Acting(c.Request.Context(), "member"), label.ID, c.Param("token"))
	if err != nil {
		d.over(c, label, err)
		return
	}
	say := words.In(label.Locale)
	view := struct {
		signups.Signup
		Fields []signupField
		Agrees signups.Text
		Off    []string // names of topics that aren't mailed
	}{Signup: signup}
	topics, err := d.Members.Topics(c.Request.Context(), label.ID)
	if err == nil {
		view.Agrees, err = d.Signups.Agrees(c.Request.Context(), signup)
	}
	if err != nil {
		d.fail(c, err)
		return
	}
	for _, t := range topics {
		if slices.Contains(signup.OffTopics, t.Key) {
			view.Off = append(view.Off, t.Name)
		}
	}
	for name, value := range signup.Said() {
		word, told := words.Capital(explain.FieldName(name, label.Locale)), ""
		switch v := value.(type) {
		case string:
			told = v
		case bool:
			told = map[bool]string{true: say.T("signup_page.yes"), false: say.T("signup_page.no")}[v]
		case float64:
			told = say.Decimal(v, 2)
		}
		view.Fields = append(view.Fields, signupField{Name: name, Word: word, Value: told})
	}
	slices.SortFunc(view.Fields, func(a, b signupField) int { return strings.Compare(a.Word, b.Word) })
	d.pages.show(c, http.StatusOK, "signup_confirm", page{
		Say: say, Label: &label, Title: say.T("signup_page.confirm", "label", label.Name),
		Text: say.T("signup_page.confirm_text", "address", signup.Address), Content: view,
	})
}

// join makes whoever has the link a member.
func (d signupPages) join(c *gin.Context) {
	label, _, ok := d.label(c)
	if !ok {
		return
	}
	_, err := d.Signups.Confirm(d.Key.Acting(c.Request.Context(), "member"), label.ID, c.Param("token"), c.RemoteIP())
	if err != nil {
		d.over(c, label, err)
		return
	}
	say := words.In(label.Locale)
	d.pages.show(c, http.StatusOK, "message", page{
		Say: say, Label: &label, Title: say.T("signup_page.done"), Text: say.T("signup_page.done_text", "label", label.Name),
	})
}

// over says that a link isn't good any more, or that the address can't be mailed.
func (d signupPages) over(c *gin.Context, label labels.Label, err error) {
	say := words.In(label.Locale)
	shown := page{
		Say: say, Label: &label, Title: say.T("signup_page.over"), Text: say.T("signup_page.over_text"), Content: "/s/" + label.Code,
	}
	switch kind := fault.Of(err); kind {
	case fault.NotFound:
		d.pages.show(c, http.StatusNotFound, "signup_over", shown)
	case fault.Conflict:
		shown.Title, shown.Text = say.T("signup_page.barred"), say.T("signup_page.barred_text", "name", label.ImprintName)
		d.pages.show(c, http.StatusConflict, "message", shown)
	default:
		d.fail(c, err)
	}
}
