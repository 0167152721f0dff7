package public

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"keur/internal/fault"
	"keur/internal/words"
)

// fail turns an error into a page. What the person can't help is logged, once.
func (s *server) fail(c *gin.Context, err error) {
	s.log(c, err)
	switch fault.Of(err) {
	case fault.NotFound, fault.Forbidden:
		s.trouble(c, http.StatusNotFound)
	case fault.Invalid, fault.Conflict:
		s.trouble(c, http.StatusBadRequest)
	case fault.Unavailable:
		c.Header("Retry-After", "5")
		s.trouble(c, http.StatusServiceUnavailable)
	default:
		s.trouble(c, http.StatusInternalServerError)
	}
}

// log tells of errors that somebody here should look at.
func (s *server) log(c *gin.Context, err error) {
	switch kind := fault.Of(err); {
	case errors.Is(err, context.Canceled): // gone before we answered
	case kind == fault.Internal, kind == fault.Unavailable:
		s.Log.Error("public server", "route", c.FullPath(), "error", err)
	}
}

// trouble shows what is wrong, in the reader's language and no label's look:
// whose link it was isn't known, or no longer matters.
func (s *server) trouble(c *gin.Context, status int) {
	say := words.In(words.Preferred(c.GetHeader("Accept-Language")))
	page := page{Say: say, Title: say.T("member_page.sorry"), Text: say.T("member_page.trouble")}
	switch status {
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		page.Title, page.Text = say.T("member_page.not_found"), say.T("member_page.not_found_text")
	case http.StatusServiceUnavailable:
		page.Text = say.T("member_page.busy")
	case http.StatusBadRequest:
		page.Text = say.T("member_page.unclear")
	}
	s.pages.show(c, status, "message", page)
}

func (s *server) notFound(c *gin.Context)   { s.trouble(c, http.StatusNotFound) }
func (s *server) notAllowed(c *gin.Context) { s.trouble(c, http.StatusMethodNotAllowed) }
