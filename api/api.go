// Package api is the JSON API: members, mailings, approvals, sends, outcomes
// and what they stand on as resources, for programs and scripts that act in the
// name of a user.
package api

import (
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/jmoiron/sqlx"
	"github.com/prometheus/client_golang/prometheus"

	"keur/accounts"
	"keur/api/advertising"
	"keur/api/affiliate"
	"keur/api/approving"
	"keur/api/asking"
	"keur/api/audience"
	"keur/api/mailing"
	"keur/api/rest"
	"keur/api/sending"
	"keur/api/setup"
	"keur/approval"
	"keur/approval/certificates"
	"keur/authors"
	"keur/campaigns"
	"keur/campaigns/targets"
	"keur/changes"
	"keur/conversions"
	"keur/conversions/claims"
	"keur/conversions/payments"
	"keur/delivery"
	"keur/delivery/shaping"
	"keur/delivery/warmups"
	"keur/internal/clock"
	"keur/internal/seal"
	"keur/labels"
	"keur/labels/domains"
	"keur/mailings"
	"keur/mailings/blocks"
	"keur/mailings/series"
	"keur/members"
	"keur/members/imports"
	"keur/members/signups"
	"keur/networks"
	"keur/networks/files"
	"keur/networks/material"
	"keur/networks/news"
	"keur/networks/products"
	"keur/networks/programmes"
	"keur/reports"
	"keur/requests"
	"keur/scheduler"
	"keur/segments"
	"keur/templates"
	"keur/tracking"
	"keur/webhooks"
)

// Deps are what the API works with.
type Deps struct {
	DB         *sqlx.DB
	Log        *slog.Logger
	Clock      clock.Clock
	Box        *seal.Box
	Metrics    prometheus.Registerer
	Operations http.Handler // answers /healthz, /readyz and /metrics; nil: nothing does

	Labels       *labels.Store
	Records      *domains.Watch
	Routes       *labels.Routes
	DKIMKeys     *labels.DKIMKeys
	Accounts     *accounts.Store
	Changes      *changes.Store
	Tokens       *accounts.Tokens
	Advertisers  *campaigns.Advertisers
	Campaigns    *campaigns.Store
	Creatives    *campaigns.Creatives
	Vouchers     *campaigns.Vouchers
	Members      *members.Store
	Consents     *members.Consents
	Erasures     *members.Erasures
	Segments     *segments.Store
	Audiences    *segments.Engine
	Templates    *templates.Store
	Compiler     *templates.Compiler
	Mailings     *mailings.Store
	Sends        *mailings.Sends
	Composer     *mailings.Composer
	Reach        *mailings.Reach
	Approval     *approval.Engine
	Certificates *certificates.Issuer
	Proofs       *delivery.Proofs
	Ledger       *delivery.Ledger
	Scheduler    *scheduler.Scheduler
	Reports      *reports.Store
	Connections  *networks.Store
	Conversions  *conversions.Store
	Claims       *claims.Store
	Poller       *networks.Poller
	Targets      *targets.Watch
	Feeds        *products.Feeds
	Fetch        products.Fetch // gets a picture of a product
	Requests     *requests.Store
	Webhooks     *webhooks.Sender
}

// New returns the API with its description at /openapi.json, a page that shows
// it at /docs, and what monitoring asks if it may here.
func New(d Deps) http.Handler { return build(d).Handler() }

// build registers all operations.
func build(d Deps) *rest.Kit {
	kit := rest.New(rest.Parts{
		DB: d.DB, Log: d.Log, Clock: d.Clock, Box: d.Box, Metrics: d.Metrics, Operations: d.Operations, Labels: d.Labels, Tokens: d.Tokens,
	}, describe())
	(&setup.Resources{
		Kit: kit, Accounts: d.Accounts, Changes: d.Changes, Deputies: accounts.NewDeputies(d.Accounts), DKIMKeys: d.DKIMKeys,
		Labels: d.Labels, Limits: shaping.NewStore(d.DB, d.Clock), Records: d.Records, Routes: d.Routes, Tokens: d.Tokens,
		Warmups: warmups.NewStore(d.DB, d.Clock), Webhooks: d.Webhooks,
	}).Register()
	(&advertising.Resources{
		Kit: kit, Advertisers: d.Advertisers, Campaigns: d.Campaigns, Creatives: d.Creatives, Links: campaigns.NewLinks(d.DB),
		Reports: d.Reports, Vouchers: d.Vouchers, Targets: d.Targets,
	}).Register()
	(&affiliate.Resources{
		Kit: kit, Connections: d.Connections, Files: files.NewStore(d.DB), Conversions: d.Conversions, Poller: d.Poller, Reports: d.Reports,
		Programmes: programmes.NewStore(d.DB), Material: material.NewStore(d.DB), News: news.NewStore(d.DB, d.Clock),
		Claims: d.Claims, Sender: claims.NewSender(d.Claims, networks.NewClaimant(d.Poller)), Members: d.Members,
		Payments: payments.NewStore(d.DB, d.Clock), Campaigns: d.Campaigns, Labels: d.Labels, Feeds: d.Feeds,
		Products: products.NewStore(d.DB), Picker: &products.Picker{
			DB: d.DB, Creatives: d.Creatives, Links: campaigns.NewLinks(d.DB), Fetch: d.Fetch,
		},
	}).Register()
	(&audience.Resources{
		Kit: kit, Audiences: d.Audiences, Clock: d.Clock, Consents: d.Consents, Erasures: d.Erasures,
		Importer: imports.NewImporter(d.DB, d.Clock, d.Members), Members: d.Members, Reach: d.Reach,
		Reports: d.Reports, Segments: d.Segments, Trays: tracking.NewTrays(d.DB, d.Members),
		Signups: signups.NewForms(d.DB, d.Clock, d.Members), Unfounded: tracking.NewUnfounded(d.DB, d.Members),
	}).Register()
	(&mailing.Resources{
		Kit: kit, Approval: d.Approval, Compiler: d.Compiler, Composer: d.Composer, Mailings: d.Mailings, Proofs: d.Proofs, Reach: d.Reach,
		Preflight: d.Scheduler.Preflight, Templates: d.Templates, Clock: d.Clock, Labels: d.Labels, Reports: d.Reports,
		Series: series.NewStore(d.DB, d.Clock), SeriesControl: d.Scheduler.Series, Blocks: blocks.NewStore(d.DB),
		Standing: blocks.Checker{
			Campaigns: d.Campaigns, Creatives: d.Creatives, Vouchers: d.Vouchers,
			Material: material.NewStore(d.DB), Products: products.NewStore(d.DB),
		},
	}).Register()
	(&approving.Resources{
		Kit: kit, Approval: d.Approval, Certificates: d.Certificates, Mailings: d.Mailings,
		Parts: authors.NewStore(d.DB), Templates: d.Templates, Segments: d.Segments, Campaigns: d.Campaigns,
	}).Register()
	(&sending.Resources{
		Kit: kit, Ledger: d.Ledger, Mailings: d.Mailings, Sends: d.Sends, Reports: d.Reports, Control: d.Scheduler.Control,
	}).Register()
	(&asking.Resources{Kit: kit, Requests: d.Requests}).Register()
	kit.Describe()
	return kit
}

// describe says what the API is as such; the operations describe themselves.
func describe() huma.Config {
	schemas := rest.Schemas()
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Keur", Version: "1",
				Description: "The mailing desk of a publisher. Every call carries an API token, with a scope for what it does, " +
					"and counts as its user's own act.",
				License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
			},
			Components: &huma.Components{
				Schemas: schemas,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token": {Type: "http", Scheme: "bearer", Description: "An API token (the desk's account page, or keur user token). " +
						"The scope that an operation takes stands beside it."},
				},
			},
		},
		OpenAPIPath:   "/openapi",
		Formats:       map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{rest.NoNullArrays},
		// An unknown parameter is a typing error that would silently widen a list.
		RejectUnknownQueryParameters: true,
	}
	// What must be there is said once, by the rooms' own rules.
	config.FieldsOptionalByDefault = true
	return config
}
