// Package public is the door that members and other outsiders come through:
// clicks, open pixels, unsubscribing, preferences, mails as web pages and
// their images, and the page on which a client approves. It asks for no sign-in and sets no cookie: a signed token in
// the path says all it may.
package public

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"keur/approval"
	"keur/labels"
	"keur/members"
	"keur/templates"
	"keur/tracking"
)

// Picture is a creative's bytes and their type, such as image/png.
type Picture struct {
	Type  string
	Bytes []byte
}

// Deps are what the door calls.
type Deps struct {
	Ring     *tracking.Keyring
	Recorder *tracking.Recorder
	Tracking *tracking.Store
	Labels   *labels.Store
	Members  *members.Store
	Approval *approval.Engine
	Compiler *templates.Compiler
	View     func(ctx context.Context, send, member int64) ([]byte, error) // a delivery's mail as a web page
	Creative func(ctx context.Context, hash []byte) (Picture, error)
	Log      *slog.Logger
}

// door answers requests.
type door struct {
	Deps
	pages *pages
}

// New returns the door.
func New(deps Deps) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	d := &door{Deps: deps, pages: newPages()}
	engine := gin.New()
	_ = engine.SetTrustedProxies(nil) // nothing here goes by the client's address
	engine.HandleMethodNotAllowed = true
	engine.Use(d.recovered, secured)
	engine.NoRoute(d.notFound)
	engine.NoMethod(d.notAllowed)

	for path, show := range map[string]gin.HandlerFunc{
		"/c/:token": d.click, "/o/:token": d.open, "/v/:token": d.view, "/i/:hash": d.creative,
		"/u/:token": d.askUnsubscribe, "/p/:token": d.preferences,
		"/a/:token": d.askApproval, "/a/:token/mail": d.approvalMail,
	} {
		engine.GET(path, show)
		engine.HEAD(path, show) // scanners ask for the head alone
	}
	engine.POST("/u/:token", d.unsubscribe)
	engine.POST("/p/:token", d.savePreferences)
	engine.POST("/a/:token", d.decideApproval)
	return engine
}

// maxBody bounds what a form may send.
const maxBody = 64 << 10

// secured sets the headers that hold for every answer.
func secured(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer") // a token must not travel on
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Cache-Control", "no-store")
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxBody)
	c.Next()
}

// recovered answers with a page when a handler panics.
func (d *door) recovered(c *gin.Context) {
	defer func() {
		if cause := recover(); cause != nil {
			d.Log.Error("public door panicked", "route", c.FullPath(), "cause", cause)
			d.trouble(c, http.StatusInternalServerError)
		}
	}()
	c.Next()
}
