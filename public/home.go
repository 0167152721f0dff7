package public

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"
)

// home answers at the address that a label's mails name, for whoever follows it
// without a token: whose address it is.
func (d *door) home(c *gin.Context) {
	all, err := d.Labels.List(c.Request.Context())
	if err != nil {
		d.fail(c, err)
		return
	}
	for _, label := range all {
		if at, err := url.Parse(label.PublicURL); err == nil && at.Host == c.Request.Host {
			w := wordsFor(label.Locale)
			d.pages.show(c, http.StatusOK, "message", page{Words: w, Label: &label, Title: label.Name, Text: w.Home})
			return
		}
	}
	d.notFound(c)
}
