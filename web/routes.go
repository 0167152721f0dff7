package web

import (
	"slices"

	"keur/accounts"
	"keur/authors"
	"keur/campaigns"
	"keur/conversions/claims"
	"keur/conversions/payments"
	"keur/delivery/alarms"
	"keur/delivery/shaping"
	"keur/delivery/warmups"
	"keur/labels/dictionary"
	"keur/mailings"
	"keur/mailings/blocks"
	steps "keur/mailings/series"
	"keur/mailings/spelling"
	"keur/members/signups"
	"keur/networks"
	"keur/networks/files"
	"keur/networks/material"
	"keur/networks/news"
	"keur/networks/products"
	"keur/networks/programmes"
	"keur/reports/saved"
	"keur/tracking"
	"keur/web/account"
	"keur/web/alarm"
	"keur/web/approval"
	"keur/web/attachment"
	"keur/web/calendar"
	"keur/web/campaign"
	"keur/web/claim"
	"keur/web/connection"
	"keur/web/desk"
	"keur/web/desk/alarmed"
	"keur/web/desk/earned"
	"keur/web/desk/editor"
	"keur/web/desk/entries"
	"keur/web/desk/gallery"
	"keur/web/desk/mails"
	"keur/web/desk/outcome"
	"keur/web/desk/reviews"
	"keur/web/desk/rules"
	"keur/web/desk/spam"
	"keur/web/desk/spelled"
	"keur/web/desk/strips"
	"keur/web/desk/tickets"
	"keur/web/dmarc"
	"keur/web/earning"
	"keur/web/imports"
	"keur/web/link"
	"keur/web/mailing"
	"keur/web/mailinglist"
	"keur/web/mailprovider"
	"keur/web/member"
	"keur/web/payment"
	"keur/web/policy"
	"keur/web/product"
	"keur/web/programme"
	"keur/web/report"
	"keur/web/request"
	"keur/web/revision"
	"keur/web/search"
	"keur/web/segment"
	"keur/web/series"
	"keur/web/settings"
	"keur/web/styleguide"
	"keur/web/template"
	"keur/web/today"
	"keur/web/trail"
	"keur/web/webhook"
)

// folders are the pages and messages of every screen.
func folders() []desk.Folder {
	return []desk.Folder{
		account.Folder(),
		alarm.Folder(),
		approval.Folder(),
		attachment.Folder(),
		calendar.Folder(),
		campaign.Folder(),
		claim.Folder(),
		connection.Folder(),
		dmarc.Folder(),
		earning.Folder(),
		imports.Folder(),
		link.Folder(),
		mailing.Folder(),
		mailinglist.Folder(),
		member.Folder(),
		payment.Folder(),
		policy.Folder(),
		product.Folder(),
		programme.Folder(),
		report.Folder(),
		request.Folder(),
		revision.Folder(),
		search.Folder(),
		segment.Folder(),
		series.Folder(),
		settings.Folder(),
		mailprovider.Folder(),
		styleguide.Folder(),
		template.Folder(),
		today.Folder(),
		trail.Folder(),
		webhook.Folder(),
	}
}

// shared are what several screens show alike.
type shared struct {
	Alarms    alarmed.Reader
	Earned    earned.Reader
	Workbench *mailings.Workbench
	Editor    editor.Reader
	Entries   entries.Reader
	Mails     mails.Reader
	Outcome   outcome.Reader
	Reviews   reviews.Reader
	Rules     rules.Reader
	Series    *steps.Store
	Tickets   tickets.Reader

	Programmes *programmes.Store
	News       *news.Store
	Gallery    gallery.Reader
	Standing   blocks.Checker
}

func sharedBy(d Deps) shared {
	told := alarmed.Reader{Alarms: alarms.NewStore(d.DB, d.Clock), Mailings: d.Mailings, Sends: d.Sends}
	return shared{
		Alarms:    told,
		Earned:    earned.Reader{Reports: d.Reports},
		Workbench: mailings.NewWorkbench(d.Mailings, d.Composer),
		Series:    steps.NewStore(d.DB, d.Clock),
		Editor: editor.Reader{
			Templates: d.Templates, Campaigns: d.Campaigns, Creatives: d.Creatives, Members: d.Members,
			Workbench: mailings.NewWorkbench(d.Mailings, d.Composer),
		},
		Entries: entries.Reader{Reports: d.Reports},
		Mails:   mails.Reader{Approval: d.Approval, Members: d.Members},
		Outcome: outcome.Reader{
			Campaigns: d.Campaigns, Compiler: d.Compiler, Mailings: d.Mailings, Reports: d.Reports,
			Earned: earned.Reader{Reports: d.Reports}, Alarms: told,
		},
		Reviews: reviews.Reader{Accounts: d.Accounts, Advertisers: d.Advertisers, Approval: d.Approval, Sends: d.Sends},
		Rules:   rules.Reader{Audiences: d.Audiences, Advertisers: d.Advertisers},
		Tickets: tickets.Reader{Accounts: d.Accounts},

		Programmes: programmes.NewStore(d.DB), News: news.NewStore(d.DB, d.Clock),
		Standing: blocks.Checker{
			Campaigns: d.Campaigns, Creatives: d.Creatives, Vouchers: d.Vouchers,
			Material: material.NewStore(d.DB), Products: products.NewStore(d.DB),
		},
		Gallery: gallery.Reader{
			Material: material.NewStore(d.DB), Tracking: campaigns.NewLinks(d.DB), Advertisers: d.Advertisers,
			Picker: &material.Picker{
				DB: d.DB, Clock: d.Clock, Advertisers: d.Advertisers, Creatives: d.Creatives, Vouchers: d.Vouchers, Fetch: d.Fetch,
			},
			Products: gallery.Products{Store: products.NewStore(d.DB), Picker: &products.Picker{
				DB: d.DB, Creatives: d.Creatives, Links: campaigns.NewLinks(d.DB), Fetch: products.Fetch(d.Fetch),
			}},
		},
	}
}

// routes are all routes, screen by screen.
func routes(d Deps) []desk.Route {
	parts := sharedBy(d)
	return slices.Concat(
		(&account.Screen{
			Accounts: d.Accounts, Deputies: accounts.NewDeputies(d.Accounts), Factors: d.Factors, Feeds: d.Feeds, SignIns: d.SignIns,
			Passkeys: d.Passkeys, Providers: d.Providers, Prover: accounts.NewProver(d.SignIns), Sessions: d.Sessions, Tokens: d.Tokens,
		}).Routes(),
		(&alarm.Screen{Reader: parts.Alarms}).Routes(),
		(&approval.Screen{
			Approval: d.Approval, Compiler: d.Compiler, Deputies: accounts.NewDeputies(d.Accounts), Mailings: d.Mailings, Proofs: d.Proofs,
			Parts: authors.NewStore(d.DB), Templates: d.Templates, Segments: d.Segments, Campaigns: d.Campaigns,
			Reviews: parts.Reviews, Mails: parts.Mails, Records: d.Records, Certificates: d.Certificates,
		}).Routes(),
		(&attachment.Screen{
			Approval: d.Approval, Composer: d.Composer, Mailings: d.Mailings, Workbench: parts.Workbench, Mails: parts.Mails,
		}).Routes(),
		(&calendar.Screen{
			Workbench: parts.Workbench, Audiences: d.Audiences, Labels: d.Labels,
			Mailings: d.Mailings, Sends: d.Sends, Feeds: d.Feeds, Entries: parts.Entries,
		}).Routes(),
		campaignRoutes(d, parts),
		claimScreen(d).Routes(),
		(&imports.Screen{Audiences: d.Audiences, Importer: d.Importer, Members: d.Members, Uploads: d.Uploads}).Routes(),
		mailingScreen(d, parts).Routes(),
		mailingList(d, parts).Routes(),
		(&member.Screen{
			Accounts: d.Accounts, Consents: d.Consents, Erasures: d.Erasures, Members: d.Members, Reports: d.Reports,
			Ring: d.Ring, Unfounded: tracking.NewUnfounded(d.DB, d.Members),
		}).Routes(),
		(&report.Screen{
			Ledger: d.Ledger, Mailings: d.Mailings, Sends: d.Sends, Proofs: d.Proofs, Reports: d.Reports,
			Saved: saved.NewStore(d.DB), Series: parts.Series, Earned: parts.Earned, Outcome: parts.Outcome,
		}).Routes(),
		(&request.Screen{
			Accounts: d.Accounts, Campaigns: d.Campaigns, Creatives: d.Creatives, Mailings: d.Mailings, Members: d.Members,
			Requests: d.Requests, Tickets: parts.Tickets,
		}).Routes(),
		(&revision.Screen{Accounts: d.Accounts, Mailings: d.Mailings, Proofs: d.Proofs}).Routes(),
		(&search.Screen{
			Advertisers: d.Advertisers, Campaigns: d.Campaigns, Members: d.Members, Mailings: d.Mailings,
			Segments: d.Segments, Templates: d.Templates,
		}).Routes(),
		segmentScreen(d, parts).Routes(),
		settingsRoutes(d, parts),
		(&styleguide.Screen{}).Routes(),
		(&template.Screen{
			Compiler: d.Compiler, Composer: d.Composer, Templates: d.Templates, Editor: parts.Editor,
			Blocks: blocks.NewStore(d.DB), Standing: parts.Standing,
		}).Routes(),
		(&today.Screen{
			Approval: d.Approval, Campaigns: d.Campaigns, Ledger: d.Ledger, Mailings: d.Mailings, Sends: d.Sends,
			Proposals: d.Changes, Reports: d.Reports, Requests: d.Requests, Control: d.Scheduler.Control, Entries: parts.Entries,
			Reviews: parts.Reviews, Tickets: parts.Tickets, Earned: parts.Earned, Conversions: d.Conversions,
			Claims: d.Claims, Payments: payments.NewStore(d.DB, d.Clock), Accounts: d.Accounts, Erasures: d.Erasures, Webhooks: d.Webhooks,
			News: parts.News, Alarms: parts.Alarms, Reported: reported(d), Targets: d.Targets.Store,
		}).Routes(),
	)
}

// reported is what receivers report of labels' domains.
func reported(d Deps) *tracking.Reports {
	return &tracking.Reports{DB: d.DB, Clock: d.Clock, Labels: d.Labels, Records: d.Records}
}

// segmentScreen is where audiences are described and counted.
func segmentScreen(d Deps, parts shared) *segment.Screen {
	return &segment.Screen{
		Accounts: d.Accounts, Advertisers: d.Advertisers, Audiences: d.Audiences, Campaigns: d.Campaigns,
		Mailings: d.Mailings, Members: d.Members, Segments: d.Segments, Rules: parts.Rules,
	}
}

// settingsRoutes are the routes of the settings, each of which says what there is to
// be careful of.
func settingsRoutes(d Deps, parts shared) []desk.Route {
	s := settingsScreen(d)
	return slices.Concat(s.Routes(), s.Cautioned(slices.Concat(
		mailProviderScreen(d, parts).Routes(),
		(&dmarc.Screen{Labels: d.Labels, Records: d.Records, Reports: reported(d)}).Routes(),
		(&trail.Screen{Approval: d.Approval}).Routes(),
		(&connection.Screen{Approval: d.Approval, Connections: d.Connections, Labels: d.Labels, Poller: d.Poller}).Routes(),
		(&policy.Screen{Advertisers: d.Advertisers, Approval: d.Approval, Labels: d.Labels}).Routes(),
		(&webhook.Screen{Approval: d.Approval, Webhooks: d.Webhooks}).Routes(),
	)))
}

// mailProviderScreen is where admins say how mail goes to mailbox providers.
func mailProviderScreen(d Deps, parts shared) *mailprovider.Screen {
	return &mailprovider.Screen{
		Shaping: shaping.NewStore(d.DB, d.Clock), Alarms: parts.Alarms, Warmups: warmups.NewStore(d.DB, d.Clock), Labels: d.Labels,
	}
}

// settingsScreen is where admins set up the installation.
func settingsScreen(d Deps) *settings.Screen {
	return &settings.Screen{
		Accounts: d.Accounts, Approval: d.Approval, Changes: d.Changes, Creatives: d.Creatives, DKIMKeys: d.DKIMKeys, Factors: d.Factors,
		Feeds: d.Feeds, SignIns: d.SignIns, Labels: d.Labels, Records: d.Records, Providers: d.Providers,
		Sessions: d.Sessions, SMTPRoutes: d.Routes, Tokens: d.Tokens, TokenKeys: d.TokenKeys, TryRoute: d.TryRoute,
		Trays: tracking.NewTrays(d.DB, d.Members), Limits: shaping.NewStore(d.DB, d.Clock),
		Members: d.Members, Signups: signups.NewForms(d.DB, d.Clock, d.Members),
		Words: dictionary.NewStore(d.DB),
	}
}

// claimScreen holds the pages of members' cases, which go out by mail or by networks' interfaces.
func claimScreen(d Deps) *claim.Screen {
	return &claim.Screen{
		Accounts: d.Accounts, Claims: d.Claims, Connections: d.Connections, Members: d.Members,
		Sender: claims.NewSender(d.Claims, networks.NewClaimant(d.Poller)),
	}
}

// campaignRoutes are the routes of campaigns, and of what they earn.
func campaignRoutes(d Deps, parts shared) []desk.Route {
	return slices.Concat(
		(&campaign.Screen{
			Links:       campaigns.NewLinks(d.DB),
			Advertisers: d.Advertisers, Campaigns: d.Campaigns, Creatives: d.Creatives, Reports: d.Reports,
			Vouchers: d.Vouchers, Programmes: parts.Programmes, Earned: parts.Earned, Gallery: parts.Gallery,
			Strips: strips.Reader{Targets: d.Targets.Store},
		}).Routes(),
		(&link.Screen{Targets: d.Targets, Strips: strips.Reader{Targets: d.Targets.Store}}).Routes(),
		(&earning.Screen{
			Campaigns: d.Campaigns, Connections: d.Connections, Conversions: d.Conversions, Files: files.NewStore(d.DB),
			Reports: d.Reports, Earned: parts.Earned,
		}).Routes(),
		(&series.Screen{
			Accounts: d.Accounts, Control: d.Scheduler.Series, Earned: parts.Earned, Editor: parts.Editor, Mailings: d.Mailings,
			Reports: d.Reports, Series: parts.Series, Workbench: parts.Workbench,
		}).Routes(),
		(&payment.Screen{Advertisers: d.Advertisers, Connections: d.Connections, Payments: payments.NewStore(d.DB, d.Clock)}).Routes(),
		(&product.Screen{
			Advertisers: d.Advertisers, Campaigns: d.Campaigns, Feeds: d.Products, Products: parts.Gallery.Products,
		}).Routes(),
		(&programme.Screen{
			Connections: d.Connections, Poller: d.Poller, Programmes: parts.Programmes, News: parts.News,
			Advertisers: d.Advertisers, Campaigns: d.Campaigns,
		}).Routes(),
	)
}

func mailingList(d Deps, parts shared) *mailinglist.Screen {
	return &mailinglist.Screen{
		Audiences: d.Audiences, Composer: d.Composer, Campaigns: d.Campaigns, Creatives: d.Creatives, Mailings: d.Mailings,
		Sends: d.Sends, Workbench: parts.Workbench, Editor: parts.Editor, Gallery: parts.Gallery,
	}
}

// mailingScreen is the one that needs nearly everything.
func mailingScreen(d Deps, parts shared) *mailing.Screen {
	return &mailing.Screen{
		Spam: spam.Reader{Checker: d.Spam, Proofs: d.Proofs},
		Spelling: spelled.Reader{Checker: &spelling.Checker{
			Compiler: d.Compiler, Hunspell: d.Hunspell, Words: dictionary.NewStore(d.DB),
		}},
		Reach: d.Reach, Series: parts.Series,
		Workbench: parts.Workbench, Accounts: d.Accounts,
		Advertisers: d.Advertisers, Approval: d.Approval, Audiences: d.Audiences, Campaigns: d.Campaigns, Compiler: d.Compiler,
		Composer: d.Composer, Creatives: d.Creatives, Mailings: d.Mailings, Sends: d.Sends, Members: d.Members, Proofs: d.Proofs,
		SMTPRoutes: d.Routes, Preflight: d.Scheduler.Preflight, Segments: d.Segments, Templates: d.Templates, Vouchers: d.Vouchers,
		Editor: parts.Editor, Outcome: parts.Outcome, Reviews: parts.Reviews, Rules: parts.Rules, Mails: parts.Mails,
		Gallery: parts.Gallery, Blocks: blocks.NewStore(d.DB), Standing: parts.Standing,
	}
}
