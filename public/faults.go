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
func (d *door) fail(c *gin.Context, err error) {
	d.log(c, err)
	switch fault.Of(err) {
	case fault.NotFound, fault.Forbidden:
		d.trouble(c, http.StatusNotFound)
	case fault.Invalid, fault.Conflict:
		d.trouble(c, http.StatusBadRequest)
	case fault.Unavailable:
		c.Header("Retry-After", "5")
		d.trouble(c, http.StatusServiceUnavailable)
	default:
		d.trouble(c, http.StatusInternalServerError)
	}
}

// log tells of errors that somebody here should look at.
func (d *door) log(c *gin.Context, err error) {
	switch kind := fault.Of(err); {
	case errors.Is(err, context.Canceled): // gone before we answered
	case kind == fault.Internal, kind == fault.Unavailable:
		d.Log.Error("public door", "route", c.FullPath(), "error", err)
	}
}

// trouble shows what is wrong, in the reader's language and no label's look:
// whose link it was isn't known, or no longer matters.
func (d *door) trouble(c *gin.Context, status int) {
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
	d.pages.show(c, status, "message", page)
}

func (d *door) notFound(c *gin.Context)   { d.trouble(c, http.StatusNotFound) }
func (d *door) notAllowed(c *gin.Context) { d.trouble(c, http.StatusMethodNotAllowed) }
