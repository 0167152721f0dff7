package desk

import (
	"crypto/rand"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"
)

// MaxForm bounds what a form may send; screens that take files say more.
const MaxForm = 4 << 20

// nonceKey is where a request's nonce is kept, and bodyKey its body without a
// bound, for files that are taken in as they arrive.
const (
	nonceKey = "nonce"
	bodyKey  = "body"
)

// secured sets the headers that hold for every answer. Script and style come
// from this desk alone; a page's one inline style names its label's colour and
// is let in by the nonce.
func (d *Desk) secured(c *gin.Context) {
	nonce := rand.Text()
	c.Set(nonceKey, nonce)
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-"+nonce+"'; img-src 'self' data:; "+
		"font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Cache-Control", "no-store")
	if d.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	c.Set(bodyKey, c.Request.Body)
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, MaxForm)
	c.Next()
}

// crossOrigin refuses what another site makes a browser send here.
func crossOrigin(next http.Handler) http.Handler {
	return http.NewCrossOriginProtection().Handler(next)
}

// MailPolicy is for answers that show people's own HTML in a frame: it runs
// nothing, sends nothing, and has no origin.
const MailPolicy = "sandbox; " + mailContents

// ShowMail writes a mail's HTML for a sandboxed frame.
func ShowMail(x *Exchange, html []byte) error {
	x.Header("Content-Security-Policy", MailPolicy)
	x.Send(http.StatusOK, "text/html; charset=utf-8", html)
	return nil
}

// PinnedPolicy is for a mail in which comments are pinned: the page around it
// may measure where things stand, so it keeps its origin; it runs and sends as
// little as any other.
const PinnedPolicy = "sandbox allow-same-origin; " + mailContents

// FacePolicy is for a mail as it goes out, all of whose pictures are ours, served
// from there: it fetches nothing else, and the page around it may measure it.
func FacePolicy(pictures string) string {
	return "sandbox allow-same-origin; default-src 'none'; img-src 'self' data: " + pictures +
		"; style-src 'unsafe-inline'; frame-ancestors 'self'"
}

// mailContents is what a mail may fetch.
const mailContents = "default-src 'none'; img-src 'self' https: http: data:; style-src 'unsafe-inline'; font-src https: data:; " +
	"frame-ancestors 'self'"

// Stream lifts the bound on what the request may send, for files that are
// taken in as they arrive; most, unless it is 0, is the new one in bytes.
func Stream(x *Exchange, most int64) {
	body, is := x.context.MustGet(bodyKey).(io.ReadCloser)
	if !is {
		return
	}
	if most > 0 {
		body = http.MaxBytesReader(x.Writer, body, most)
	}
	x.Request.Body = body
}

// MaxUpload bounds a file of material in bytes; the room says how large an image
// may be.
const MaxUpload = 8 << 20
