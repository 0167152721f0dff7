// Package api is the JSON door: members, mailings, approvals, sends, outcomes
// and what they stand on as resources, for programs and scripts that act in the
// name of a user.
package api

import (
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/jmoiron/sqlx"
	"github.com/prometheus/client_golang/prometheus"

	"keur/accounts"
	"keur/approval"
	"keur/approval/certificates"
	"keur/campaigns"
	"keur/delivery"
	"keur/internal/clock"
	"keur/internal/seal"
	"keur/labels"
	"keur/mailings"
	"keur/members"
	"keur/members/imports"
	"keur/reports"
	"keur/scheduler"
	"keur/segments"
	"keur/templates"
)

// Deps are what the door opens onto.
type Deps struct {
	DB         *sqlx.DB
	Log        *slog.Logger
	Clock      clock.Clock
	Box        *seal.Box
	Metrics    prometheus.Registerer
	Operations http.Handler // answers /healthz, /readyz and /metrics

	Labels       *labels.Store
	Routes       *labels.Routes
	DKIMKeys     *labels.DKIMKeys
	Accounts     *accounts.Store
	Advertisers  *campaigns.Advertisers
	Campaigns    *campaigns.Store
	Creatives    *campaigns.Creatives
	Vouchers     *campaigns.Vouchers
	Members      *members.Store
	Segments     *segments.Store
	Audiences    *segments.Engine
	Templates    *templates.Store
	Compiler     *templates.Compiler
	Mailings     *mailings.Store
	Composer     *mailings.Composer
	Reach        *mailings.Reach
	Approval     *approval.Engine
	Certificates *certificates.Issuer
	Proofs       *delivery.Proofs
	Ledger       *delivery.Ledger
	Scheduler    *scheduler.Scheduler
	Reports      *reports.Store
}

// door is the API while it is being built and after.
type door struct {
	Deps
	api      huma.API
	keys     *keyStore
	importer *imports.Importer
	requests *prometheus.HistogramVec
	captured captured
}

// New returns the API with its description at /openapi.json, a page that shows
// it at /docs, and /healthz, /readyz and /metrics.
func New(deps Deps) http.Handler {
	gin.SetMode(gin.ReleaseMode) // our own log is the log
	router := gin.New()
	router.HandleMethodNotAllowed = true
	d := &door{
		Deps: deps, keys: newKeyStore(deps.DB, deps.Clock, deps.Box),
		importer: imports.NewImporter(deps.DB, deps.Clock, deps.Members), requests: newRequests(deps.Metrics),
	}
	router.Use(d.measure, d.recovered, d.warn)
	d.api = humagin.New(router, describe())
	d.operations(router)

	d.labelOperations()
	d.routeOperations()
	d.accountOperations()
	d.advertiserOperations()
	d.campaignOperations()
	d.creativeOperations()
	d.voucherOperations()
	d.memberOperations()
	d.erasureOperations()
	d.consentOperations()
	d.importOperations()
	d.segmentOperations()
	d.templateOperations()
	d.mailingOperations()
	d.revisionOperations()
	d.roundOperations()
	d.reviewOperations()
	d.sendOperations()
	d.outcomeOperations()
	d.auditOperations()
	// Described by huma, but never answered: see discreet.
	delete(d.api.OpenAPI().Components.Schemas.Map()["ErrorDetail"].Properties, "value")
	return router
}

// describe says what the API is as such; the operations describe themselves.
func describe() huma.Config {
	schemas := newSchemas()
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Keur", Version: "1",
				Description: "The mailing desk of a publisher. Every call carries an API token and counts as its user's own act.",
				License:     &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
			},
			Components: &huma.Components{
				Schemas: schemas,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token": {Type: "http", Scheme: "bearer", Description: "An API token (keur user token)."},
				},
			},
		},
		OpenAPIPath:   "/openapi",
		Formats:       map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{discreet},
		// An unknown parameter is a typing error that would silently widen a list.
		RejectUnknownQueryParameters: true,
	}
	// What must be there is said once, by the rooms' own rules.
	config.FieldsOptionalByDefault = true
	return config
}
