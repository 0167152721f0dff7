package web

import (
	"slices"

	"keur/mailings"
	"keur/web/account"
	"keur/web/approval"
	"keur/web/calendar"
	"keur/web/campaign"
	"keur/web/desk"
	"keur/web/desk/editor"
	"keur/web/desk/entries"
	"keur/web/desk/outcome"
	"keur/web/desk/reviews"
	"keur/web/desk/rules"
	"keur/web/desk/tickets"
	"keur/web/imports"
	"keur/web/mailing"
	"keur/web/member"
	"keur/web/report"
	"keur/web/request"
	"keur/web/search"
	"keur/web/segment"
	"keur/web/settings"
	"keur/web/styleguide"
	"keur/web/template"
	"keur/web/today"
)

// folders are the pages and messages of every screen.
func folders() []desk.Folder {
	return []desk.Folder{
		account.Folder(),
		approval.Folder(),
		calendar.Folder(),
		campaign.Folder(),
		imports.Folder(),
		mailing.Folder(),
		member.Folder(),
		report.Folder(),
		request.Folder(),
		search.Folder(),
		segment.Folder(),
		settings.Folder(),
		styleguide.Folder(),
		template.Folder(),
		today.Folder(),
	}
}

// routes are all ways in, screen by screen.
func routes(d Deps) []desk.Route {
	bench := mailings.NewWorkbench(d.Mailings, d.Composer)
	reviewing := reviews.Reader{Accounts: d.Accounts, Advertisers: d.Advertisers, Approval: d.Approval}
	occasions := entries.Reader{Reports: d.Reports}
	outcomes := outcome.Reader{Campaigns: d.Campaigns, Mailings: d.Mailings, Reports: d.Reports}
	rule := rules.Reader{Audiences: d.Audiences, Advertisers: d.Advertisers}
	lines := tickets.Reader{Accounts: d.Accounts}
	edit := editor.Reader{Templates: d.Templates, Creatives: d.Creatives, Members: d.Members}
	return slices.Concat(
		(&account.Screen{
			Accounts: d.Accounts, Factors: d.Factors, Gate: d.Gate, Providers: d.Providers,
		}).Routes(),
		(&approval.Screen{
			Approval: d.Approval, Compiler: d.Compiler, Mailings: d.Mailings, Proofs: d.Proofs,
			Reviews: reviewing,
		}).Routes(),
		(&calendar.Screen{
			Workbench: bench, Audiences: d.Audiences, Labels: d.Labels, Mailings: d.Mailings, Entries: occasions,
		}).Routes(),
		(&campaign.Screen{
			Advertisers: d.Advertisers, Campaigns: d.Campaigns, Creatives: d.Creatives, Reports: d.Reports,
			Vouchers: d.Vouchers,
		}).Routes(),
		(&imports.Screen{
			Importer: d.Importer, Members: d.Members, Uploads: d.Uploads,
		}).Routes(),
		(&mailing.Screen{
			Spam: d.Spam, Certificates: d.Certificates, Reach: d.Reach, Workbench: bench, Accounts: d.Accounts, Advertisers: d.Advertisers,
			Approval: d.Approval, Audiences: d.Audiences, Campaigns: d.Campaigns, Compiler: d.Compiler,
			Composer: d.Composer, Creatives: d.Creatives, Mailings: d.Mailings, Members: d.Members,
			Proofs: d.Proofs, SMTPRoutes: d.Routes, Scheduler: d.Scheduler, Segments: d.Segments,
			Templates: d.Templates, Vouchers: d.Vouchers, Editor: edit, Outcome: outcomes, Reviews: reviewing,
			Rules: rule,
		}).Routes(),
		(&member.Screen{
			Accounts: d.Accounts, Members: d.Members, Reports: d.Reports,
		}).Routes(),
		(&report.Screen{
			Ledger: d.Ledger, Mailings: d.Mailings, Proofs: d.Proofs, Reports: d.Reports, Outcome: outcomes,
		}).Routes(),
		(&request.Screen{
			Accounts: d.Accounts, Campaigns: d.Campaigns, Creatives: d.Creatives, Mailings: d.Mailings,
			Requests: d.Requests, Tickets: lines,
		}).Routes(),
		(&search.Screen{
			Advertisers: d.Advertisers, Campaigns: d.Campaigns, Members: d.Members, Mailings: d.Mailings,
			Segments: d.Segments, Templates: d.Templates,
		}).Routes(),
		(&segment.Screen{
			Accounts: d.Accounts, Advertisers: d.Advertisers, Audiences: d.Audiences, Campaigns: d.Campaigns,
			Mailings: d.Mailings, Segments: d.Segments, Rules: rule,
		}).Routes(),
		(&settings.Screen{
			Accounts: d.Accounts, Advertisers: d.Advertisers, Approval: d.Approval, DKIMKeys: d.DKIMKeys,
			Factors: d.Factors, Gate: d.Gate, Labels: d.Labels, LookupTXT: d.LookupTXT, Providers: d.Providers,
			SMTPRoutes: d.Routes, TokenKeys: d.TokenKeys, TryRoute: d.TryRoute,
		}).Routes(),
		(&styleguide.Screen{}).Routes(),
		(&template.Screen{
			Compiler: d.Compiler, Composer: d.Composer, Templates: d.Templates, Editor: edit,
		}).Routes(),
		(&today.Screen{
			Approval: d.Approval, Campaigns: d.Campaigns, Ledger: d.Ledger, Mailings: d.Mailings,
			Reports: d.Reports, Requests: d.Requests, Scheduler: d.Scheduler, Entries: occasions,
			Reviews: reviewing, Tickets: lines,
		}).Routes(),
	)
}
