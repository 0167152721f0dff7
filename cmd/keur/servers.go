package main

import (
	"cmp"
	"context"
	"net/http"
	"path/filepath"
	"strings"

	"keur/accounts"
	"keur/accounts/passkeys"
	"keur/api"
	"keur/campaigns"
	"keur/conversions"
	"keur/internal/hunspell"
	"keur/internal/spamd"
	"keur/mailings"
	"keur/members"
	"keur/members/imports"
	"keur/members/imports/uploads"
	"keur/networks"
	"keur/public"
	"keur/reports"
	"keur/requests"
	"keur/tracking/recorder"
	"keur/web"
)

// reported is what reports are read of: at the replica, where there is one.
func (h *process) reported() *reports.Store {
	if h.aside == nil {
		return reports.NewStore(h.DB)
	}
	return reports.NewStore(h.DB).At(h.aside)
}

// startPublic opens the server of members and clients, with the recorder of what
// they do.
func (h *process) startPublic(ctx context.Context) error {
	records, err := recorder.New(ctx, h.DB, h.URL, h.key, h.keyring, h.clock)
	if err != nil {
		return err
	}
	hooks, err := hooksOf(h.command.webhooks, h.box, h.links)
	if err != nil {
		return err
	}
	h.services.start(ctx, "recorder", func(ctx context.Context) error {
		defer records.Close()
		records.Run(ctx)
		return nil
	})
	h.addresses["public"], err = h.listen(ctx, "public", "public-address", h.command.PublicAddress, public.New(public.Deps{
		Ring: h.keyring, Recorder: records, Tracking: h.tracking, Labels: h.labels, Members: h.members, Consents: h.consents,
		Addresses: members.NewAddressLinks(h.members, h.notices), Clock: h.clock,
		Signups:  h.signups,
		Approval: h.approval, Compiler: h.compiler, Log: h.engines.log, Outcome: reports.NewStore(h.DB).Outcomes.ForClient,
		View: func(ctx context.Context, send, member int64) ([]byte, error) {
			return h.proofs.View(ctx, mailings.SendID(send), members.ID(member))
		},
		ViewFile: h.proofs.ViewFile,
		Creative: h.picture, Metrics: h.metrics, Key: h.key,
		Webhooks:  hooks,
		Postbacks: &conversions.Postbacks{Connections: networks.NewStore(h.DB), Conversions: h.conversions, Key: h.key},
	}))
	return err
}

func (h *process) picture(ctx context.Context, hash []byte) (public.Picture, error) {
	c, err := h.creatives.Get(ctx, campaigns.Hash(hash))
	return public.Picture{Type: c.Type, Bytes: c.Bytes}, err
}

// startAPI opens the server of programs.
func (h *process) startAPI(ctx context.Context) (err error) {
	h.addresses["api"], err = h.listen(ctx, "api", "api-address", h.command.APIAddress, api.New(api.Deps{
		DB: h.DB, Log: h.engines.log, Clock: h.clock, Box: h.box, Metrics: h.metrics, Operations: h.atAPI(),
		Labels: h.labels, Routes: h.routes, DKIMKeys: h.dkimKeys, Accounts: h.accounts, Changes: h.changes, Tokens: h.tokens,
		Advertisers: h.advertisers, Campaigns: h.campaigns, Creatives: h.creatives, Vouchers: h.vouchers,
		Members: h.members, Consents: h.consents, Erasures: h.erasures.Mailing(h.notices, h.command.deskURL()),
		Segments: h.segments, Audiences: h.audiences, Templates: h.templates, Compiler: h.compiler,
		Mailings: h.mailings, Sends: h.sends, Composer: h.composer, Reach: h.reach,
		Approval: h.approval, Certificates: h.certificates, Proofs: h.proofs, Ledger: h.ledger,
		// Not the one that runs: people stop and release sends by it, also where none runs.
		Scheduler: h.newScheduler(h.command), Reports: h.reported(), Records: h.records(h.command),
		Connections: networks.NewStore(h.DB), Conversions: h.conversions, Claims: h.claims, Poller: h.poller,
		Targets: h.targets, Requests: h.requests(), Webhooks: h.webhooks(h.command), Feeds: h.feeds, Fetch: h.links.Fetch,
	}))
	return err
}

// requests returns the store of requests, whose mails lead to the desk.
func (h *process) requests() *requests.Store {
	return requests.NewStore(h.DB, h.clock, h.key, h.accounts, h.notices, h.command.deskURL())
}

// atAPI returns what answers monitoring at the API's address: nothing, unless it
// was asked for, since figures tell of mailings and who reaches the API needn't
// be who watches it.
func (h *process) atAPI() http.Handler {
	if h.command.MetricsOnAPI {
		return h.operations
	}
	return nil
}

// startWeb opens the desk.
func (h *process) startWeb(ctx context.Context) error {
	signIns := h.signIns()
	importer := imports.NewImporter(h.DB, h.clock, h.members)
	kept := uploads.NewStore(h.DB, h.clock, importer, filepath.Join(h.folder, "uploads"))
	h.services.start(ctx, "uploads", func(ctx context.Context) error {
		<-ctx.Done()
		kept.Stop()
		return nil
	})
	var spam *spamd.Client
	if h.command.SpamChecker != "" {
		var err error
		if spam, err = spamd.New(h.command.SpamChecker); err != nil {
			return err
		}
	}
	owned, err := passkeys.New(passkeys.Parts{
		DB: h.DB, Clock: h.clock, Key: h.key, Users: h.accounts, SignIns: signIns, URL: h.command.deskURL(),
	})
	if err != nil {
		return err
	}
	desk, err := web.New(web.Deps{
		DB: h.DB, Log: h.engines.log, Clock: h.clock,
		Labels: h.labels, Routes: h.routes, DKIMKeys: h.dkimKeys, Accounts: h.accounts, Sessions: h.sessions, Tokens: h.tokens,
		SignIns: signIns, Factors: h.factors, Passkeys: owned, Changes: h.changes,
		Providers:   accounts.NewProviders(signIns, h.box, &http.Client{Timeout: askWithin}),
		Advertisers: h.advertisers, Campaigns: h.campaigns, Creatives: h.creatives, Vouchers: h.vouchers,
		Connections: networks.NewStore(h.DB), Conversions: h.conversions, Poller: h.poller, Products: h.feeds,
		Ring: h.keyring, Fetch: h.links.Fetch,
		Claims: h.claims, Targets: h.targets,
		Members: h.members, Consents: h.consents, Erasures: h.erasures.Mailing(h.notices, h.command.deskURL()),
		Importer: importer, Uploads: kept,
		Requests: h.requests(),
		Segments: h.segments, Audiences: h.audiences, Templates: h.templates, Compiler: h.compiler,
		Mailings: h.mailings, Sends: h.sends, Feeds: mailings.NewFeeds(h.DB, h.clock, h.key), Composer: h.composer, Reach: h.reach,
		Approval: h.approval, Certificates: h.certificates, Proofs: h.proofs, Ledger: h.ledger,
		Scheduler: h.newScheduler(h.command), Reports: h.reported(),
		TryRoute: h.probe, Records: h.records(h.command), TokenKeys: h.keys, Spam: spam, Webhooks: h.webhooks(h.command),
		Hunspell: hunspell.New(hunspell.Program),
		URL:      h.command.deskURL(), Secure: strings.HasPrefix(h.command.WebURL, "https://"),
	})
	if err != nil {
		return err
	}
	h.addresses["web"], err = h.listen(ctx, "web", "web-address", h.command.WebAddress, desk)
	return err
}

// signIns returns what lets staff in; its mails lead to where they reach the desk.
func (h *process) signIns() *accounts.SignIns {
	return accounts.NewSignIns(accounts.SignInParts{
		Users: h.accounts, Factors: h.factors, Notices: h.notices, Box: h.box, PasswordURL: h.command.deskURL() + "/signin/reset/",
	})
}

// deskURL is where staff reach the desk.
func (c serveCommand) deskURL() string {
	// On this machine by a name, as passkeys don't sign for an IP address.
	return cmp.Or(strings.TrimSuffix(c.WebURL, "/"), "http://"+strings.Replace(c.WebAddress, "127.0.0.1:", "localhost:", 1))
}
