// Package public is what members and other outsiders reach:
// clicks, open pixels, signing up, unsubscribing, preferences, another address, mails as web
// pages and their images, the page on which a client approves, and what
// affiliate networks report. It asks for no sign-in: a token in the path says all
// it may. One cookie is set, for a client who gave the code of their link.
package public

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"keur/approval"
	"keur/campaigns"
	"keur/conversions"
	"keur/internal/clock"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/attachments"
	"keur/members"
	"keur/members/signups"
	"keur/reports"
	"keur/templates"
	"keur/tracking"
	"keur/tracking/recorder"
	"keur/tracking/webhooks"
)

// Picture is a creative's bytes and their type, such as image/png.
type Picture struct {
	Type  string
	Bytes []byte
}

// Deps are what the server calls.
type Deps struct {
	Ring      *tracking.Keyring
	Recorder  *recorder.Recorder
	Tracking  *tracking.Store
	Labels    *labels.Store
	Members   *members.Store
	Consents  *members.Consents
	Addresses *members.AddressLinks
	Signups   *signups.Store
	Postbacks *conversions.Postbacks
	Webhooks  *webhooks.Hooks
	Approval  *approval.Engine
	// Outcome is what came of a mailing for an advertiser in it, as that may be told.
	Outcome  func(context.Context, labels.ID, mailings.ID, campaigns.AdvertiserID) (reports.Outcome, error)
	Compiler *templates.Compiler
	View     func(ctx context.Context, send, member int64) ([]byte, error) // a delivery's mail as a web page
	ViewFile func(ctx context.Context, send mailings.SendID, member members.ID, number int) (attachments.File, []byte, error)
	Creative func(ctx context.Context, hash []byte) (Picture, error)
	Clock    clock.Clock
	Log      *slog.Logger
	Metrics  prometheus.Registerer
	Key      postgres.Key // proves to the base that a member, or a service, came in here
}

// now returns the moment by the server's clock.
func (s *server) now() time.Time { return s.Clock.Now() }

// server answers requests.
type server struct {
	Deps
	pages    *pages
	names    map[string]string // of the routes, by their path
	requests *prometheus.HistogramVec
}

// New returns the server.
func New(deps Deps) http.Handler {
	s := &server{Deps: deps, pages: newPages(), names: map[string]string{}, requests: newRequests(deps.Metrics)}
	gin.SetMode(gin.ReleaseMode) // our own log is the log
	engine := gin.New()
	_ = engine.SetTrustedProxies(nil) // where a request comes from is known before it is here
	engine.HandleMethodNotAllowed = true
	engine.Use(s.measured, s.recovered, secured)
	engine.NoRoute(s.notFound)
	engine.NoMethod(s.notAllowed)

	clients, addresses, joining := clientPages{s}, addressPages{s}, signupPages{s}
	wishing := preferencePages{s, members.NewPauses(s.Members)}
	for _, r := range []struct {
		name, path string
		show, act  gin.HandlerFunc
	}{
		{"click", "/c/:token", s.click, nil},
		{"click", "/c/:token/:values", s.click, nil},
		{"open", "/o/:token", s.open, nil},
		{"view", "/v/:token", s.view, nil},
		{"view_attachment", "/v/:token/:number", s.viewAttachment, nil},
		{"creative", "/i/:hash", s.creative, nil},
		{"unsubscribe", "/u/:token", s.askUnsubscribe, s.unsubscribe},
		{"preferences", "/p/:token", wishing.preferences, wishing.savePreferences},
		{"address", "/p/:token/address", addresses.form, addresses.ask},
		{"address_link", "/m/:token", addresses.confirm, addresses.follow},
		{"signup", "/s/:label", joining.show, joining.ask},
		{"signup_link", "/s/:label/:token", joining.confirm, joining.join},
		{"approval", "/a/:token", clients.askApproval, clients.decideApproval},
		{"approval_code", "/a/:token/code", nil, clients.giveCode},
		{"approval_code_mail", "/a/:token/code/mail", nil, clients.mailCode},
		{"approval_opened", "/a/:token/opened", nil, clients.openedApproval},
		{"approval_face", "/a/:token/faces/:number/mail", clients.face, nil},
		{"approval_face_seen", "/a/:token/faces/:number/seen", nil, clients.seeFace},
		{"approval_attachment", "/a/:token/attachments/:number", clients.attachment, nil},
		{"approval_attachment_opened", "/a/:token/attachments/:number/opened", nil, clients.openAttachment},
		{"postback", "/n/:secret", s.postback, s.postback},
		{"webhook", webhookPath, nil, s.webhook},
		{"home", "/", s.home, nil},
	} {
		s.names[r.path] = r.name
		if r.show != nil {
			engine.GET(r.path, r.show)
			engine.HEAD(r.path, r.show) // scanners ask for the head alone
		}
		if r.act != nil {
			engine.POST(r.path, r.act)
		}
	}
	engine.OPTIONS("/u/:token", s.allowUnsubscribe)
	return engine
}

// maxBody bounds what a form may send.
const maxBody = 64 << 10

const webhookPath = "/w/:service/:secret"

// secured sets the headers that hold for every answer.
func secured(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer") // a token must not travel on
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Cache-Control", "no-store")
	most := int64(maxBody)
	if c.FullPath() == webhookPath {
		most = webhooks.MaxBody
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, most)
	c.Next()
}

// recovered answers with a page when a handler panics.
func (s *server) recovered(c *gin.Context) {
	defer func() {
		if cause := recover(); cause != nil {
			s.Log.Error("public server panicked", "route", c.FullPath(), "cause", cause)
			s.trouble(c, http.StatusInternalServerError)
		}
	}()
	c.Next()
}
