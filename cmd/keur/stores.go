package main

import (
	"context"
	"log/slog"
	"time"

	"keur/accounts"
	"keur/approval/policies"
	"keur/campaigns"
	"keur/changes"
	"keur/internal/clock"
	"keur/internal/notices"
	"keur/internal/postgres"
	"keur/internal/seal"
	"keur/labels"
	"keur/members"
	"keur/segments"
	"keur/segments/columns"
	"keur/templates"
	"keur/tracking"
)

// mjmlPatience bounds the conversion of one source; a large newsletter takes 50 ms.
const mjmlPatience = 5 * time.Second

// stores are the rooms' stores over one base: what every command works with.
type stores struct {
	*base
	box   *seal.Box
	key   postgres.Key // by which the program proves itself to the base
	clock clock.Clock

	labels      *labels.Store
	routes      *labels.Routes
	dkimKeys    *labels.DKIMKeys
	accounts    *accounts.Store
	changes     *changes.Store
	factors     *accounts.Factors
	sessions    *accounts.Sessions
	tokens      *accounts.Tokens
	members     *members.Store
	consents    *members.Consents
	erasures    *members.Erasures
	templates   *templates.Store
	compiler    *templates.Compiler
	segments    *segments.Store
	audiences   *segments.Engine
	advertisers *campaigns.Advertisers
	campaigns   *campaigns.Store
	creatives   *campaigns.Creatives
	vouchers    *campaigns.Vouchers
	notices     *notices.Store
}

// openStores opens the base that the settings name and builds the stores over it.
// Close it when done. Whoever sits at this machine acts in the context returned.
func openStores(ctx context.Context, settings *Settings, log *slog.Logger) (context.Context, *stores, error) {
	b, err := openBase(ctx, settings, log)
	if err != nil {
		return ctx, nil, err
	}
	box, err := b.seal(settings)
	if err == nil {
		err = postgres.KeyOf(box).Check(ctx, b.DB)
	}
	var now clock.Clock
	if err == nil {
		now, err = postgres.FollowClock(ctx, b.DB, log)
	}
	if err != nil {
		b.Close(ctx)
		return ctx, nil, err
	}
	return postgres.KeyOf(box).Acting(ctx, operator()), newStores(b, box, now), nil
}

// newStores builds the stores, those below before those above.
func newStores(b *base, box *seal.Box, now clock.Clock) *stores {
	key := postgres.KeyOf(box)
	users := accounts.NewStore(b.DB, now, key)
	factors := accounts.NewFactors(users, box)
	providers := accounts.NewProviders(accounts.NewSignIns(accounts.SignInParts{Users: users, Factors: factors, Box: box}), box, nil)
	people := members.NewStore(b.DB, now, box.Subkey("erased-address"))
	advertisers := campaigns.NewAdvertisers(b.DB, now)
	return &stores{
		base:     b,
		box:      box,
		key:      key,
		clock:    now,
		labels:   labels.NewStore(b.DB),
		routes:   labels.NewRoutes(b.DB, box),
		dkimKeys: labels.NewDKIMKeys(b.DB, box),
		accounts: users,
		changes: changes.NewStore(b.DB, now, users.ChangeKinds(), factors.ChangeKinds(), providers.ChangeKinds(),
			labels.NewStore(b.DB).ChangeKinds(), labels.NewRoutes(b.DB, box).ChangeKinds(), labels.NewDKIMKeys(b.DB, box).ChangeKinds(),
			policies.Changes(), advertisers.ChangeKinds(), tracking.NewKeys(b.DB, box).ChangeKinds()).Proving(accounts.Confirms),
		factors:     factors,
		sessions:    accounts.NewSessions(users),
		tokens:      accounts.NewTokens(users),
		members:     people,
		consents:    members.NewConsents(people),
		erasures:    members.NewErasures(people),
		templates:   templates.NewStore(b.DB),
		compiler:    templates.NewCompiler(mjmlPatience),
		segments:    segments.NewStore(b.DB),
		audiences:   segments.NewEngine(b.DB, now, columns.Counter{}),
		advertisers: advertisers,
		campaigns:   campaigns.NewStore(b.DB),
		creatives:   campaigns.NewCreatives(b.DB),
		vouchers:    campaigns.NewVouchers(b.DB),
		notices:     notices.NewStore(b.DB, box, now),
	}
}
