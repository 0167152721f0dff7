package approval

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval/comments"
	"keur/approval/letters"
	"keur/approval/permitted"
	"keur/approval/policies"
	"keur/approval/shown"
	"keur/authors"
	"keur/campaigns"
	"keur/campaigns/targets"
	"keur/internal/actors"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/links"
	"keur/internal/notices"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/members"
	"keur/networks"
	"keur/networks/material"
	"keur/networks/products"
	"keur/networks/programmes"
	"keur/segments"
	"keur/templates"
	"keur/templates/lint"
)

// Engine leads a mailing through its approval: submit, decide, withdraw, expire.
type Engine struct {
	*Store
	Candidates *Candidates
	Links      *Links
	Renewals   *Renewals
	Prospects  *Prospects // what would carry
	Reminders  *Reminders
	Stops      *Stops
	Faces      *shown.Store
	Comments   *comments.Store
	Permitted  permitted.Checks

	announcer *announcer
	compiler  *templates.Compiler
	reach     *mailings.Reach
	whereTo   links.Follow
}

// Parts are what an Engine works with.
type Parts struct {
	DB          *sqlx.DB
	Clock       clock.Clock
	Labels      *labels.Store
	Accounts    *accounts.Store
	Members     *members.Store
	Advertisers *campaigns.Advertisers
	Campaigns   *campaigns.Store
	Creatives   *campaigns.Creatives
	Compiler    *templates.Compiler
	Mailings    *mailings.Store
	Sends       *mailings.Sends
	Reach       *mailings.Reach
	Follow      links.Follow // where links end; nil: nobody looks
	Notices     *notices.Store
	Key         postgres.Key // makes clients' links
	DeskURL     string       // where staff reach the desk: scheme and host, no slash at its end
}

// NewEngine returns an engine over the parts.
func NewEngine(p Parts) *Engine {
	store := NewStore(p.DB, p.Clock, p.Mailings)
	store.key = p.Key
	by := &announcer{p.Clock, p.Labels, p.Accounts, p.Advertisers, p.Mailings, p.Compiler, p.Notices, p.Key, p.DeskURL}
	p.Advertisers.WhenMoved(by.contactMoved)
	e := &Engine{
		Store:      store,
		Candidates: &Candidates{store, by, p.Reach},
		Links:      &Links{store, by},
		Reminders:  &Reminders{store, by},
		Stops:      &Stops{p.DB, p.Sends, by},
		Faces:      shown.NewStore(p.DB, p.Clock, p.Mailings, p.Members, p.Reach, p.Compiler, p.Key),
		Comments:   comments.NewStore(p.DB, p.Clock),
		announcer:  by, compiler: p.Compiler, reach: p.Reach,
		whereTo: p.Follow, Permitted: permitted.Checks{
			Programmes: programmes.NewStore(p.DB), Material: material.NewStore(p.DB), Products: products.NewStore(p.DB),
			Campaigns: p.Campaigns, Creatives: p.Creatives, Vouchers: campaigns.NewVouchers(p.DB),
			Networks: networks.NewStore(p.DB), Targets: targets.NewStore(p.DB, p.Clock),
		},
	}
	e.Renewals, e.Prospects = &Renewals{e}, &Prospects{e}
	return e
}

// Submit puts the newest revision of a mailing up for approval. by is its
// maker, who signs off the checklist with it. Returns an Invalid fault with the
// findings if lint blocks, and a Conflict if revision is no longer the newest,
// its slot has passed, or what it offers doesn't hold then or isn't taken by a network.
func (e *Engine) Submit(ctx context.Context, id mailings.ID, revision mailings.RevisionID, ticks Ticks, by accounts.UserID) (Round, error) {
	return e.Put(ctx, id, Submission{Revision: revision, Ticks: ticks}, by)
}

// Submission is what a maker puts up, and how.
type Submission struct {
	Revision mailings.RevisionID // that was checked
	Most     int                 // members of each occurrence of what recurs; 0: the policy's
	Ticks    Ticks
	Note     string                         // the maker's own words to the clients
	Replies  map[comments.ID]comments.Reply // to the changes that were asked for
}

// Put is Submit with all that a maker may say with it.
func (e *Engine) Put(ctx context.Context, id mailings.ID, put Submission, by accounts.UserID) (Round, error) {
	note, err := letters.Note(put.Note)
	if err != nil {
		return Round{}, err
	}
	m, content, rev, err := e.submittable(ctx, id, put.Revision)
	if err != nil {
		return Round{}, err
	}
	policy, err := e.Policies.For(ctx, m.LabelID, content.Advertisers())
	if err != nil {
		return Round{}, err
	}
	round, err := e.prepare(ctx, &m, &content, rev, &policy, put.Most, by)
	if err != nil {
		return Round{}, err
	}
	round.Note = note
	if err := earlier(ctx, e, &m, &content, &round, &policy); err != nil {
		return round, err
	}
	targets, err := e.targets(ctx, m.LabelID, put.Revision, &content, m.Renewable(round.Ceiling != nil))
	if err != nil {
		return Round{}, err
	}
	err = postgres.InTx(ctx, e.db, func(tx *sqlx.Tx) error {
		if err := e.mailings.KeepTargets(ctx, tx, put.Revision, targets); err != nil {
			return err
		}
		if err := e.Comments.Reply(ctx, tx, put.Revision, put.Replies); err != nil {
			return err
		}
		if err := mailings.NewCauses(e.db).Note(ctx, tx, put.Revision, mailings.PutUp); err != nil {
			return err
		}
		return e.putUp(ctx, tx, m.LabelID, &round, put.Ticks, &policy)
	})
	return round, err
}

// signOff takes the maker's step of a new round.
func (e *Engine) signOff(ctx context.Context, tx *sqlx.Tx, id RoundID, ticks Ticks, by accounts.UserID) (Round, error) {
	return e.update(ctx, tx, id, func(r *Round) error {
		seen, err := shown.Seen(ctx, tx, r.FaceSetID, by.Actor())
		if err != nil {
			return err
		}
		opened, err := shown.Opened(ctx, tx, r.RevisionID, by.Actor())
		if err != nil {
			return err
		}
		carry(r, e.clock.Now())
		return r.Reviews[0].SignOff(r, Given{Faces: seen, Opened: opened}, ticks, by, e.clock.Now())
	})
}

// putUp opens the round, signed off by its maker, and tells those who are asked.
func (e *Engine) putUp(ctx context.Context, tx *sqlx.Tx, label labels.ID, round *Round, ticks Ticks, policy *policies.Policy) error {
	if err := e.Candidates.reachable(ctx, tx, label, round, policy); err != nil {
		return err
	}
	if err := open(ctx, e, tx, round); err != nil {
		return err
	}
	opened, err := e.signOff(ctx, tx, round.ID, ticks, round.Maker())
	if *round = opened; err != nil {
		return err
	}
	if err := e.announcer.tellCarried(ctx, tx, label, round); err != nil {
		return err
	}
	return e.announcer.announce(ctx, tx, round)
}

// open writes the round, of a mailing that is in review from now on, unless what
// recurs goes on by the approval that stands.
func open(ctx context.Context, e *Engine, tx *sqlx.Tx, round *Round) error {
	if _, err := e.mailings.UpdateIn(ctx, tx, round.MailingID, func(m *mailings.Mailing) error {
		if err := m.Based(round.RevisionID); err != nil {
			return err
		}
		if m.Renewable(round.Ceiling != nil) {
			return nil
		}
		return m.MoveTo(mailings.InReview)
	}); err != nil {
		return err
	}
	return e.insert(ctx, tx, round)
}

// firstSlot returns the first slot to come. Returns a Conflict if it has passed,
// or the content can't be sent then.
func (e *Engine) firstSlot(ctx context.Context, label labels.ID, content *mailings.Content) (time.Time, error) {
	slot, err := content.FirstSlot(e.clock.Now())
	if err != nil {
		return slot, err
	}
	return slot, e.Permitted.Open(ctx, label, content, slot)
}

// prepare returns the round of a content that is to be submitted: for whom,
// for which slots, and who is asked.
func (e *Engine) prepare(
	ctx context.Context, m *mailings.Mailing, content *mailings.Content, rev mailings.Revision, policy *policies.Policy, most int,
	by accounts.UserID,
) (Round, error) {
	if err := policy.TakesFiles(content.Attachments); err != nil {
		return Round{}, err
	}
	if err := e.mailings.Attachments.Verify(ctx, content.Attachments); err != nil {
		return Round{}, err
	}
	slot, err := e.firstSlot(ctx, m.LabelID, content)
	if err != nil {
		return Round{}, err
	}
	slots, ends, err := policy.Slots(content, e.clock.Now()) // before anybody is counted: at no slot, it is nobody
	if err != nil {
		return Round{}, err
	}
	water, err := e.reach.Waterfall(ctx, m, content, slot)
	if err != nil {
		return Round{}, err
	}
	if water.Audience == 0 && content.Schedule.Kind != schedules.Series {
		return Round{}, fault.New(fault.Invalid, "approval.empty_audience")
	}
	var members segments.Members
	if content.Schedule.Kind == schedules.Once {
		if members, err = e.reach.Members(ctx, m, content, slot); err != nil {
			return Round{}, err
		}
		water.Audience = members.N // what is counted is whom it names
	}
	round, err := newRound(*m, rev, *policy, content, water, most, by, e.clock.Now(), slot)
	if err != nil {
		return Round{}, err
	}
	round.audience, round.Slots, round.EndsAt = members, slots, ends
	unreached, err := e.reach.Unreached(ctx, m.LabelID, content, round.Slots)
	if err != nil {
		return Round{}, err
	}
	if err := content.Schedule.ConfirmUnreached(round.Slots, unreached); err != nil {
		return Round{}, err
	}
	if round.FaceSetID, err = e.Faces.Named(ctx, m); err != nil {
		return Round{}, err
	}
	if round.New, err = authors.NewcomersTo(ctx, e.db, int64(rev.ID), round.SubmittedAt); err != nil {
		return Round{}, err
	}
	round.Authors, err = e.mailings.Authors(ctx, rev.ID)
	return round, err
}

func (e *Engine) submittable(
	ctx context.Context, id mailings.ID, revision mailings.RevisionID,
) (mailings.Mailing, mailings.Content, mailings.Revision, error) {
	m, err := e.mailings.Get(ctx, id)
	if err != nil {
		return m, mailings.Content{}, mailings.Revision{}, err
	}
	if err := m.Based(revision); err != nil {
		return m, mailings.Content{}, mailings.Revision{}, err
	}
	rev, err := e.mailings.Revision(ctx, revision)
	if err != nil {
		return m, mailings.Content{}, rev, err
	}
	content, err := rev.Content()
	if err != nil {
		return m, content, rev, err
	}
	_, findings, _, err := content.Compile(ctx, e.compiler)
	if err != nil {
		return m, content, rev, err
	}
	var blocked fault.List
	for _, f := range findings {
		if f.Level == lint.Block {
			blocked.Note(f.Where(), f.Message)
		}
	}
	return m, content, rev, blocked.Err()
}

func newRound(m mailings.Mailing, rev mailings.Revision, p policies.Policy, content *mailings.Content, water segments.Waterfall, most int,
	by accounts.UserID, now, slot time.Time) (Round, error) {
	shown, err := json.Marshal(water)
	if err != nil {
		return Round{}, err
	}
	ceiling := p.Ceiling(content.Schedule.Kind, water.Audience, most)
	largest := (&Round{Audience: water.Audience, Ceiling: ceiling}).largest()
	return Round{
		MailingID: m.ID, RevisionID: rev.ID, Digest: rev.Digest, State: Open,
		Audience: water.Audience, Waterfall: shown, DriftPercent: p.DriftPercent, ClientWaivable: p.ClientWaivable, Ceiling: ceiling,
		SubmittedBy: actors.User(by), SubmittedAt: now, Reviews: StepsOf(&p, content, largest, now, slot),
	}, nil
}

// Contacts returns who may approve the round for the advertiser: contacts for
// whom someone vouched who isn't among the mailing's makers, and who don't work
// here themselves.
func (e *Engine) Contacts(ctx context.Context, round *Round, advertiser campaigns.AdvertiserID) (may []campaigns.Contact, err error) {
	err = postgres.InTx(ctx, e.db, func(tx *sqlx.Tx) (err error) {
		may, err = e.announcer.contacts(ctx, tx, round, advertiser)
		return err
	})
	return may, err
}

// Approvers returns the users of a label who may still decide a colleague's or
// lead's step of a round: those who neither made the mailing nor decided
// another step.
func (e *Engine) Approvers(ctx context.Context, label labels.ID, round *Round) ([]accounts.User, error) {
	all, err := e.announcer.accounts.WithRole(ctx, label, accounts.Approver)
	return mayDecide(round, all), err
}
