// Package certificates proves who approved which content when, as JSON and as a
// PDF, to contest what a network or an advertiser makes of it later.
package certificates

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"keur/accounts"
	"keur/approval"
	"keur/approval/carried"
	"keur/approval/linkcodes"
	"keur/approval/shown"
	"keur/campaigns"
	"keur/internal/actors"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/segments"
)

// Certificate proves who approved which content when. Its facts can be checked
// against the content (by the digest) and against the audit trail (by the
// hashes of the entries that recorded each verdict).
type Certificate struct {
	Title      string               `json:"title"`
	Label      string               `json:"label_name"`
	Mailing    mailings.Mailing     `json:"mailing"`
	Revision   int                  `json:"revision"`
	Digest     mailings.Digest      `json:"digest"`
	State      approval.RoundState  `json:"state"`
	Subjects   []string             `json:"subjects"`
	Schedule   string               `json:"schedule"`
	TimeZone   string               `json:"time_zone"`
	Slots      []schedules.Slot     `json:"slots" doc:"When it goes out, as far as it is approved"`
	Audience   int                  `json:"audience"`
	Ceiling    *int                 `json:"ceiling,omitempty" doc:"Of what recurs: the most members at one time"`
	Placements []PlacedTerms        `json:"placements"`
	Faces      []CertifiedFace      `json:"faces"`
	Files      []shown.Attachment   `json:"attachments" doc:"PDFs that go with each mail"`
	Steps      []CertifiedStep      `json:"steps"`
	Clearances []CertifiedClearance `json:"clearances" doc:"Who released its held sends, or gave missed ones a new slot"`
	Trail      []approval.Entry     `json:"trail"` // of the round, its reviews and who let its sends go on
	IssuedAt   time.Time            `json:"issued_at"`
	Rounded    bool                 `json:"rounded,omitempty" doc:"Counts of members are rounded down to twenties, and the trail's details left out, for who only looks"`
}

// Coarsen rounds what the certificate tells of its members, for who only looks.
// Its entries of the trail keep their hashes, by which they can be found there.
func (c *Certificate) Coarsen() {
	c.Rounded = true
	segments.Coarsen(&c.Audience)
	if c.Ceiling != nil {
		most := *c.Ceiling
		segments.Coarsen(&most)
		c.Ceiling = &most
	}
	for i := range c.Faces {
		f := &c.Faces[i]
		segments.Coarsen(&f.Members)
		f.Branches = slices.Clone(f.Branches)
		for b := range f.Branches {
			segments.Coarsen(&f.Branches[b].Members)
		}
	}
	for i := range c.Clearances {
		c.Clearances[i].Reason = mailings.CoarseReason(c.Clearances[i].Reason)
	}
	for i := range c.Trail {
		c.Trail[i].Detail = json.RawMessage("null")
	}
}

// PlacedTerms is a placement as it was approved.
type PlacedTerms struct {
	Advertiser string          `json:"advertiser_name"`
	Campaign   string          `json:"campaign_name"`
	Network    string          `json:"network,omitempty"`
	Terms      []mailings.Term `json:"terms"`
}

// CertifiedFace is one of the mails that every party was shown.
type CertifiedFace struct {
	Number   int             `json:"number"`
	Digest   mailings.Digest `json:"digest"`
	Members  int             `json:"members"`
	Branches shown.Branches  `json:"branches"`
}

// CertifiedStep is one verdict with who gave it.
type CertifiedStep struct {
	Step       approval.Step       `json:"step"`
	Review     approval.ReviewID   `json:"review_id"`
	Advertiser string              `json:"advertiser_name,omitempty"`
	Verdict    approval.Verdict    `json:"verdict"`
	DecidedBy  string              `json:"decided_by,omitempty"`
	Name       string              `json:"decided_by_name,omitempty"`
	DeputyFor  *accounts.UserID    `json:"deputy_for_id,omitempty"`
	AwayName   string              `json:"deputy_for_name,omitempty"`
	Address    string              `json:"address,omitempty"`  // that a contact's link was mailed to
	Token      *int64              `json:"token_id,omitempty"` // by which API token of the user; none: at the desk
	At         *time.Time          `json:"decided_at"`
	Reason     string              `json:"reason,omitempty"`
	Checklist  approval.Ticks      `json:"checklist,omitempty"`
	FacesSeen  shown.Numbers       `json:"faces_seen,omitempty"`
	Opened     shown.Numbers       `json:"attachments_opened,omitempty"`
	ProvenBy   string              `json:"proof,omitempty"`        // how they proved to be who they are
	LinkCode   *linkcodes.Given    `json:"link_code,omitempty"`    // that a client was asked for beside their link, and gave
	From       *CertifiedCarry     `json:"carried_from,omitempty"` // the earlier verdict of the client that counts
	Signature  *approval.Signature `json:"signature,omitempty"`    // of a passkey, over this verdict: docs/signatures.md
	TrailSeq   int64               `json:"trail_seq"`              // the audit entry that recorded it; 0 while pending
}

// CertifiedCarry is the verdict of a client about an earlier revision that counts, as
// their part is the same since.
type CertifiedCarry struct {
	carried.From
	Name     string `json:"decided_by_name"`
	TrailSeq int64  `json:"trail_seq"` // the audit entry that recorded it
}

// CertifiedClearance is a clearance by which a send went out that was held, or had missed
// its slot.
type CertifiedClearance struct {
	Slot     schedules.LocalTime `json:"slot" doc:"That it went out at"`
	Reason   words.Message       `json:"reason,omitzero" doc:"Why it was held; absent: it missed its slot, and got this one"`
	By       actors.User         `json:"released_by"`
	Name     string              `json:"released_by_name"`
	At       time.Time           `json:"released_at"`
	ProvenBy string              `json:"proof" doc:"How they proved to be who they are"`
	Token    *accounts.TokenID   `json:"token_id,omitempty" doc:"By which API token; absent: by none"`
	TrailSeq int64               `json:"trail_seq" doc:"The audit entry that recorded it"`
}

// Issuer makes certificates of what approval recorded.
type Issuer struct {
	Clock       clock.Clock
	Approval    *approval.Store
	Mailings    *mailings.Store
	Accounts    *accounts.Store
	Advertisers *campaigns.Advertisers
}

// Issue returns the certificate of a round.
func (i *Issuer) Issue(ctx context.Context, id approval.RoundID) (Certificate, error) {
	var c Certificate
	round, err := i.Approval.Round(ctx, id)
	if err != nil {
		return c, err
	}
	if c.Mailing, err = i.Mailings.Get(ctx, round.MailingID); err != nil {
		return c, err
	}
	rev, err := i.Mailings.Revision(ctx, round.RevisionID)
	if err != nil {
		return c, err
	}
	if mailings.DigestOf(rev.Canonical) != round.Digest {
		return c, fault.New(fault.Conflict, "approval.certificate_mismatch", "revision", rev.ID)
	}
	content, err := rev.Content()
	if err != nil {
		return c, err
	}
	c.Title, c.IssuedAt = "Certificate of approval", i.Clock.Now()
	c.Label, c.Revision, c.Digest, c.State, c.Audience = content.Label.Name, rev.Number, round.Digest, round.State, round.Audience
	c.Slots, c.Ceiling = round.Slots, round.Ceiling
	c.Schedule, c.TimeZone = describe(&content.Schedule), content.Label.TimeZone
	names := map[int64]string{}
	for _, s := range content.Subjects {
		c.Subjects = append(c.Subjects, s.Text)
	}
	for _, p := range content.Placements {
		names[p.AdvertiserID] = p.Advertiser
		c.Placements = append(c.Placements, PlacedTerms{Advertiser: p.Advertiser, Campaign: p.Campaign, Network: p.Network, Terms: p.Terms})
	}
	for _, f := range round.Faces {
		c.Faces = append(c.Faces, CertifiedFace{f.Number, f.Digest, f.Members, f.Branches})
	}
	c.Files = round.Attachments
	if err := i.certifySteps(ctx, &round, names, &c); err != nil {
		return c, err
	}
	err = i.certifyClearances(ctx, &round, &c)
	slices.SortFunc(c.Trail, func(a, b approval.Entry) int { return cmp.Compare(a.Seq, b.Seq) })
	return c, err
}

// certifyClearances adds who let sends go on, and how they proved to be who they are.
func (i *Issuer) certifyClearances(ctx context.Context, round *approval.Round, c *Certificate) error {
	clearances, err := i.Mailings.Clearances(ctx, round.RevisionID)
	if err != nil {
		return err
	}
	c.Clearances = []CertifiedClearance{}
	for _, d := range clearances {
		entries, err := i.Approval.Audit(ctx, approval.AuditFilter{Subject: d.Subject}, paging.Ask{Limit: 1})
		if err != nil {
			return err
		}
		one := CertifiedClearance{
			Slot: d.Slot, Reason: d.Reason, By: actors.User(d.By), At: d.At, ProvenBy: d.ProvenBy, Token: d.TokenID,
		}
		for _, entry := range entries.Items { // just one: it was written once
			one.TrailSeq = entry.Seq
			if entry.Name != nil {
				one.Name = *entry.Name
			}
		}
		c.Trail, c.Clearances = append(c.Trail, entries.Items...), append(c.Clearances, one)
	}
	return nil
}

func (i *Issuer) certifySteps(ctx context.Context, round *approval.Round, advertisers map[int64]string, c *Certificate) error {
	trail, err := i.Approval.Audit(ctx, approval.AuditFilter{Subject: fmt.Sprintf("approval_rounds:%d", round.ID)},
		paging.Ask{Limit: paging.Most})
	if err != nil {
		return err
	}
	c.Trail = trail.Items
	for _, v := range round.Reviews {
		entries, err := i.Approval.Audit(ctx, approval.AuditFilter{Subject: fmt.Sprintf("approval_reviews:%d", v.ID)},
			paging.Ask{Limit: paging.Most})
		if err != nil {
			return err
		}
		c.Trail = append(c.Trail, entries.Items...)
		step := CertifiedStep{
			Step: v.Step, Review: v.ID, Signature: v.Signature,
			Verdict: v.Verdict, At: v.DecidedAt, Reason: v.Reason, Checklist: v.Checklist, FacesSeen: v.FacesSeen, Opened: v.Opened,
		}
		if v.TokenID != nil {
			step.Token = new(int64(*v.TokenID))
		}
		if v.AdvertiserID != nil {
			step.Advertiser = advertisers[int64(*v.AdvertiserID)]
		}
		step.DecidedBy, step.ProvenBy, step.Address = said(v.DecidedBy), said(v.ProvenBy), said(v.Address)
		if step.ProvenBy == string(postgres.ByLinkCode) {
			if step.LinkCode, err = i.linkCode(ctx, &v, c); err != nil {
				return err
			}
		}
		if step.Name, err = i.deciderName(ctx, &v); err != nil {
			return err
		}
		if step.From, err = i.certifyCarried(ctx, &v, c); err != nil {
			return err
		}
		if v.DeputyFor != nil {
			away, err := i.Accounts.Get(ctx, *v.DeputyFor)
			if err != nil {
				return err
			}
			step.DeputyFor, step.AwayName = v.DeputyFor, away.Name
		}
		if entry, ok := verdictEntry(entries.Items); ok {
			step.TrailSeq = entry.Seq
			if entry.Name != nil { // not what they are called today
				step.Name = *entry.Name
			}
		}
		c.Steps = append(c.Steps, step)
	}
	return nil
}

// said returns what a column says, "" where it says nothing.
func said(column *string) string {
	if column == nil {
		return ""
	}
	return *column
}

// certifyCarried returns the earlier verdict that a step rests on, and adds what the
// trail says of it, and of that it carries.
func (i *Issuer) certifyCarried(ctx context.Context, v *approval.Review, c *Certificate) (*CertifiedCarry, error) {
	if v.Carried == nil {
		return nil, nil
	}
	from := &CertifiedCarry{From: *v.Carried, Name: v.Carried.Name}
	for _, subject := range []string{fmt.Sprintf("approval_reviews:%d", from.ReviewID), fmt.Sprintf("carried_verdicts:%d", from.Kept)} {
		entries, err := i.Approval.Audit(ctx, approval.AuditFilter{Subject: subject}, paging.Ask{Limit: paging.Most})
		if err != nil {
			return nil, err
		}
		c.Trail = append(c.Trail, entries.Items...)
		if entry, ok := verdictEntry(entries.Items); ok {
			from.TrailSeq = entry.Seq
			if entry.Name != nil { // not what they are called today
				from.Name = *entry.Name
			}
		}
	}
	return from, nil
}

// linkCode returns the code that the client gave, and adds what the trail says of
// it: that it was mailed, tried and given.
func (i *Issuer) linkCode(ctx context.Context, v *approval.Review, c *Certificate) (*linkcodes.Given, error) {
	given, err := i.Approval.LinkCode(ctx, v.ID)
	if err != nil || given == nil {
		return nil, err
	}
	entries, err := i.Approval.Audit(ctx, approval.AuditFilter{Subject: fmt.Sprintf("approval_link_codes:%d", given.ID)},
		paging.Ask{Limit: paging.Most})
	c.Trail = append(c.Trail, entries.Items...)
	return given, err
}

// verdictEntry returns the audit entry that changed the verdict.
func verdictEntry(entries []approval.Entry) (approval.Entry, bool) {
	for _, entry := range entries {
		var changed map[string]json.RawMessage
		if json.Unmarshal(entry.Detail, &changed) == nil && changed["verdict"] != nil && changed["decided_at"] != nil &&
			entry.Action == "approval_reviews.update" {
			return entry, true
		}
	}
	return approval.Entry{}, false
}

// deciderName returns today's name of whoever decided a review.
func (i *Issuer) deciderName(ctx context.Context, v *approval.Review) (string, error) {
	switch {
	case v.UserID != nil:
		u, err := i.Accounts.Get(ctx, *v.UserID)
		return u.Name, err
	case v.ContactID != nil:
		c, err := i.Advertisers.Contact(ctx, *v.ContactID)
		return c.Name, err
	}
	return "", nil
}

// describe says in a few words when a mailing goes out.
func describe(s *schedules.Schedule) string {
	switch s.Kind {
	case schedules.Once:
		return s.At.String()
	case schedules.Series:
		return fmt.Sprintf("daily at %s, %d days after a member %s", s.Step.Time, s.Step.Days, s.Step.After)
	default:
		return "cron " + s.Cron
	}
}
