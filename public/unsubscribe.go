package public

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"keur/internal/fault"
	"keur/internal/words"
	"keur/labels"
	"keur/tracking"
)

// delivery returns the delivery that a token of the kind names, and its label. It
// answers itself when there is none.
func (s *server) delivery(c *gin.Context, kind tracking.Kind) (tracking.Ref, labels.Label, bool) {
	ref, ok := s.Ring.Parse(kind, c.Param("token"))
	if !ok {
		s.trouble(c, http.StatusNotFound)
		return ref, labels.Label{}, false
	}
	id, err := s.Tracking.Label(c.Request.Context(), ref.Send)
	if err != nil {
		s.fail(c, err)
		return ref, labels.Label{}, false
	}
	label, err := s.Labels.Get(c.Request.Context(), id)
	if err != nil {
		s.fail(c, err)
		return ref, label, false
	}
	return ref, label, true
}

// instead is what the page offers to who may not want to leave altogether.
type instead struct {
	Preferences string // the page of them
	Pauses      []pauseChoice
}

// askUnsubscribe shows a form and changes nothing, since scanners follow links.
func (s *server) askUnsubscribe(c *gin.Context) {
	ref, label, ok := s.delivery(c, tracking.Unsubscribe)
	if !ok {
		return
	}
	say := words.In(label.Locale)
	ref.Kind = tracking.Preferences
	s.pages.show(c, http.StatusOK, "unsubscribe", page{
		Say: say, Label: &label, Title: say.T("member_page.unsubscribe"),
		Text:    say.T("member_page.unsubscribe_text", "label", label.Name),
		Content: instead{"/p/" + s.Ring.Token(ref), pausesIn(say)},
	})
}

// fromAnywhere lets pages of other origins post here, as the web mail of some
// providers does from its reader's browser (CORS). The token is all it takes.
func fromAnywhere(c *gin.Context) { c.Header("Access-Control-Allow-Origin", "*") }

// allowUnsubscribe answers a browser that asks whether such a page may post.
func (s *server) allowUnsubscribe(c *gin.Context) {
	fromAnywhere(c)
	c.Header("Access-Control-Allow-Methods", http.MethodPost)
	c.Header("Access-Control-Allow-Headers", "Content-Type")
	c.Header("Access-Control-Max-Age", "86400")
	c.Status(http.StatusNoContent)
}

// unsubscribe takes the POST of a mail program (RFC 8058 §3.2) and that of
// our own form, which says the same. Some programs end the body with a line end.
func (s *server) unsubscribe(c *gin.Context) {
	fromAnywhere(c)
	form, err := formOf(c)
	if err != nil || strings.TrimRight(form.Get("List-Unsubscribe"), "\r\n") != "One-Click" {
		s.trouble(c, http.StatusBadRequest)
		return
	}
	by := tracking.ByOneClick
	if form.Has("page") {
		by = tracking.ByPage
	}
	ref, label, ok := s.delivery(c, tracking.Unsubscribe)
	if !ok {
		return
	}
	if err := s.Tracking.Unsubscribe(c.Request.Context(), ref, false, by); err != nil {
		s.fail(c, err)
		return
	}
	s.unsubscribed(c, label, false)
}

// unsubscribed confirms it, without a redirect.
func (s *server) unsubscribed(c *gin.Context, label labels.Label, everywhere bool) {
	say := words.In(label.Locale)
	text := say.T("member_page.done_text", "label", label.Name)
	if everywhere {
		text = say.T("member_page.done_everywhere_text")
	}
	s.pages.show(c, http.StatusOK, "message", page{Say: say, Label: &label, Title: say.T("member_page.done"), Text: text})
}

// formOf reads a form in either encoding.
func formOf(c *gin.Context) (url.Values, error) {
	var err error
	if c.ContentType() == "multipart/form-data" {
		err = c.Request.ParseMultipartForm(maxBody)
	} else {
		err = c.Request.ParseForm()
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "public.form_unreadable")
	}
	return c.Request.PostForm, nil
}
