package main

import (
	"context"
	"net"
	"time"

	"keur/accounts/changeletters"
	"keur/accounts/recordletters"
	"keur/api/rest"
	"keur/approval"
	"keur/approval/anchors"
	"keur/approval/certificates"
	"keur/campaigns/targets"
	"keur/conversions"
	"keur/conversions/claims"
	"keur/conversions/payments"
	"keur/delivery"
	"keur/delivery/alarms"
	"keur/delivery/smtp"
	"keur/internal/links"
	"keur/internal/postgres"
	"keur/labels"
	"keur/labels/domains"
	"keur/mailings"
	"keur/members/signups"
	"keur/networks"
	"keur/networks/adapters"
	"keur/networks/material"
	"keur/networks/news"
	"keur/networks/products"
	"keur/networks/programmes"
	"keur/scheduler"
	"keur/segments"
	"keur/segments/columns"
	"keur/tracking"
	"keur/webhooks"
)

// engines are what turns mailings into mail, and what comes back into
// outcomes. They stand on the stores.
type engines struct {
	*stores
	keys         *tracking.Keys
	keyring      *tracking.Keyring
	tracking     *tracking.Store
	reports      *tracking.Reports
	conversions  *conversions.Store
	claims       *claims.Store
	signups      *signups.Store
	poller       *networks.Poller
	feeds        *products.Feeds
	targets      *targets.Watch
	mailings     *mailings.Store
	sends        *mailings.Sends
	reach        *mailings.Reach
	composer     *mailings.Composer
	approval     *approval.Engine
	certificates *certificates.Issuer
	ledger       *delivery.Ledger
	mails        *delivery.Mails
	proofs       *delivery.Proofs

	transports *transports
	links      *links.Client
}

// startEngines builds them, those below before those above. Their mails lead
// staff to deskURL.
// The web is asked by web.
func startEngines(ctx context.Context, d *stores, inboxPort int, deskURL string, web *links.Client) (*engines, error) {
	keys := tracking.NewKeys(d.DB, d.box)
	ring, err := keys.Ring(ctx)
	if err != nil {
		return nil, err
	}
	e := &engines{stores: d, keys: keys, keyring: ring, transports: newTransports(d, inboxPort), links: web}
	e.tracking = tracking.NewStore(d.DB, ring, d.members, d.clock, d.key)
	e.conversions, e.claims = conversions.NewStore(d.DB, ring, d.clock), claims.NewStore(d.DB, ring, d.accounts, d.notices, d.clock)
	e.signups = signups.NewStore(signups.NewForms(d.DB, d.clock, d.members), d.notices)
	if e.poller, err = newPoller(d, e.conversions, e.claims, web, deskURL); err != nil {
		return nil, err
	}
	e.feeds = &products.Feeds{DB: d.DB, Box: d.box, Clock: d.clock, Open: web.Open}
	e.mailings, e.sends = mailings.NewStore(d.DB, d.clock, d.compiler).CopyBy(web.Fetch), mailings.NewSends(d.DB, d.clock)
	e.reach = mailings.NewReach(e.mailings, d.labels, d.audiences)
	e.targets = targets.NewWatch(d.DB, d.clock, web.Trace, d.notices, deskURL)
	e.composer = mailings.NewComposer(mailings.ComposerParts{
		Labels: d.labels, Members: d.members, Segments: d.segments, Templates: d.templates, Attachments: e.mailings.Attachments,
		Campaigns: d.campaigns, Advertisers: d.advertisers, Creatives: d.creatives, Vouchers: d.vouchers, Products: products.NewStore(d.DB),
	})
	e.approval = approval.NewEngine(approval.Parts{
		Key: d.key,
		DB:  d.DB, Clock: d.clock, Labels: d.labels, Accounts: d.accounts, Members: d.members, Advertisers: d.advertisers,
		Campaigns: d.campaigns, Creatives: d.creatives, Compiler: d.compiler, Mailings: e.mailings, Sends: e.sends,
		Reach: e.reach, Follow: web.Follow, Notices: d.notices, DeskURL: deskURL,
	})
	e.certificates = &certificates.Issuer{
		Clock: d.clock, Approval: e.approval.Store, Mailings: e.mailings, Accounts: d.accounts, Advertisers: d.advertisers,
	}
	e.ledger = delivery.NewLedger(d.DB, d.clock, e.tracking, d.vouchers)
	e.mails = &delivery.Mails{
		Mailings: e.mailings, Sends: e.sends, Members: d.members, Vouchers: d.vouchers, Compiler: d.compiler, Ring: ring, Signer: e.signer,
		SenderID: delivery.SenderID(d.box.Subkey("sender-id")),
	}
	e.proofs = &delivery.Proofs{
		DB: d.DB, Mails: e.mails, Labels: d.labels, Accounts: d.accounts, Route: e.transports.route, Clock: d.clock,
	}
	return e, nil
}

// slowNetwork is how long a network may take until it begins to answer.
const slowNetwork = time.Minute

// newPoller returns what asks networks for all that they tell, and sends them claims.
func newPoller(d *stores, into *conversions.Store, cases *claims.Store, web *links.Client, deskURL string) (*networks.Poller, error) {
	known, err := adapters.All()
	if err != nil {
		return nil, err
	}
	told := &news.Recorder{DB: d.DB, Clock: d.clock}
	listings := &programmes.Recorder{DB: d.DB, Clock: d.clock, Notices: d.notices, DeskURL: deskURL, Changed: told.Changed}
	return networks.NewPoller(networks.PollerParts{
		DB: d.DB, Box: d.box, Clock: d.clock, Log: d.log, Adapters: known, Web: web.Transport(slowNetwork),
		Record:    into.Polled,
		Catalogue: listings.Record, News: told.Record, Claims: claims.NewAnswers(cases).Told,
		Payments: payments.NewStore(d.DB, d.clock).Told,
		Material: (&material.Recorder{DB: d.DB, Clock: d.clock, Changed: told.Changed}).Record,
	}), nil
}

// newScheduler returns the scheduler with every duty.
func (e *engines) newScheduler(c serveCommand) *scheduler.Scheduler {
	letters := &changeletters.Sender{DB: e.DB, Changes: e.changes, Notices: e.notices, DeskURL: c.deskURL()}
	notices := &delivery.NoticeSender{
		Notices: e.notices, Labels: e.labels, Route: e.transports.route, Signer: e.signer, Clock: e.clock, Log: e.log,
		Sender: labels.Sender{Name: "Keur", Address: "keur@localhost"},
	}
	records, hooks := e.records(c), e.webhooks(c)
	told := alarms.New(alarms.Parts{DB: e.DB, Clock: e.clock, DNS: records.DNS, Letters: &alarms.Letters{
		Accounts: e.accounts, Mailings: e.mailings, Sends: e.sends, Notices: e.notices, DeskURL: c.deskURL()}})
	sender := claims.NewSender(e.claims, networks.NewClaimant(e.poller))
	feeds := &products.Refresher{Feeds: e.feeds, Log: e.log, Key: e.key}
	keeper := &anchors.Keeper{
		DB: e.DB, Clock: e.clock, Key: anchors.KeyOf(e.box), Notices: e.notices, File: c.AnchorFile, Webhook: c.AnchorWebhook,
	}
	return scheduler.New(scheduler.Parts{
		DB: e.DB, Key: e.key, Clock: e.clock, Log: e.log, Labels: e.labels, DKIM: e.dkimKeys, Advertisers: e.advertisers,
		Vouchers: e.vouchers, Mailings: e.mailings, Sends: e.sends, Segments: e.audiences, Reach: e.reach,
		Approval: e.approval, Ledger: e.ledger, Compiler: e.compiler, Follow: e.links.Follow,
		Records: records, RetentionMonths: c.RetentionMonths,
		Duties: []scheduler.Duty{
			{Name: "send-notices", Every: 2 * time.Second, Run: scheduler.Counted(notices.SendDue)},
			{Name: "send-webhooks", Every: 2 * time.Second, Run: hooks.Run},
			{Name: "delete-old-webhooks", Every: time.Hour, Run: hooks.Store.DeleteOld},
			{Name: "requeue-deferred", Every: 5 * time.Second, Run: scheduler.Counted(e.requeue)},
			{Name: "fold-outcomes", Every: 5 * time.Second, Run: scheduler.Emptied(e.fold)},
			{Name: "fold-conversions", Every: 5 * time.Second, Run: scheduler.Emptied(e.conversions.Fold)},
			{Name: "settle-claims", Every: 10 * time.Minute, Run: scheduler.Counted(e.claims.Settle)},
			{Name: "look-up-claims", Every: time.Minute, Run: scheduler.Counted(sender.LookUp)},
			{Name: "find-targets", Every: 5 * time.Minute, Run: e.targets.Find},
			{Name: "check-targets", Every: 5 * time.Second, Run: scheduler.Counted(e.targets.CheckDue)},
			{Name: "poll-networks", Every: 30 * time.Second, Run: scheduler.Counted(e.poller.PollDue)},
			{Name: "refresh-product-feeds", Every: 10 * time.Second, Run: scheduler.Counted(feeds.RefreshDue)},
			{Name: "refresh-panels", Every: time.Minute, Run: scheduler.Counted(columns.NewPanels(e.DB).Refresh)},
			{Name: "pack-behaviours", Every: 10 * time.Minute, Run: scheduler.Counted(columns.NewPacks(e.DB).Fill)},
			{Name: "count-segments", Every: 10 * time.Minute, Run: scheduler.Counted(segments.NewSizes(e.audiences).CountDue)},
			{Name: "watch-alarms", Every: 5 * time.Minute, Run: told.Look},
			{Name: "delete-old-dmarc-reports", Every: 24 * time.Hour, Run: e.reports.DeleteOld},
			{Name: "check-records", Every: 30 * time.Minute, Run: records.LookAll},
			{Name: "anchor-audit", Every: 24 * time.Hour, Run: keeper.Anchor},
			{Name: "delete-old-signups", Every: time.Hour, Run: e.signups.DeleteOld},
			{Name: "delete-expired-sign-ins", Every: time.Hour, Run: e.sessions.DeleteExpired},
			{Name: "mail-changes", Every: 10 * time.Second, Run: scheduler.Counted(letters.SendDue)},
			{Name: "expire-changes", Every: 10 * time.Minute, Run: scheduler.Counted(e.changes.Expire)},
			{Name: "delete-old-answers", Every: time.Hour,
				Run: func(ctx context.Context) error { return rest.ForgetKeys(ctx, e.DB, e.clock.Now()) }},
		},
	})
}

// requeue queues what is to be tried again by now.
func (e *engines) requeue(ctx context.Context) (int, error) {
	return e.ledger.Requeue(ctx, delivery.Hours{Mailings: e.mailings, Labels: e.labels})
}

// fold sums up what was counted since the last time.
func (e *engines) fold(ctx context.Context) (int64, error) { return tracking.FoldOutcomes(ctx, e.DB) }

// webhooks returns what tells other programs, and chats, what happens.
func (e *engines) webhooks(c serveCommand) *webhooks.Sender {
	return webhooks.NewSender(webhooks.Parts{
		Store: webhooks.NewStore(e.DB, e.box, e.clock, c.LocalWebhooks), Labels: e.labels, Notices: e.notices, Log: e.log,
		Web: links.New(c.LocalWebhooks).Transport(webhooks.Patience), DeskURL: c.deskURL(),
	})
}

// records returns what looks at the records of labels, and tells admins.
func (e *stores) records(c serveCommand) *domains.Watch {
	var dns domains.Resolver
	if !c.NoDNS {
		dns = net.DefaultResolver
	}
	return e.recordWatch(dns, &recordletters.Sender{Notices: e.notices, DeskURL: c.deskURL()})
}

// signer returns how the mail of a label is signed: not at all when the label
// has no active key, then its relay does.
func (e *engines) signer(ctx context.Context, label labels.ID, from string) (delivery.Sign, error) {
	keys, err := e.dkimKeys.Active(ctx, label)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	return smtp.NewSigner(keys...).Sign, nil
}

// wakeUps passes what the base notifies on to the scheduler; the workers
// listen for themselves.
func (e *engines) wakeUps(ctx context.Context, s *scheduler.Scheduler) error {
	return postgres.Listen(ctx, e.URL, "keur", s.Wake)
}
