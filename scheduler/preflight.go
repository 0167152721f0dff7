package scheduler

import (
	"context"
	"slices"
	"strings"

	"keur/approval"
	"keur/campaigns"
	"keur/delivery/warmups"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/links"
	"keur/internal/words"
	"keur/labels"
	"keur/labels/domains"
	"keur/mailings"
	"keur/segments"
	"keur/templates"
	"keur/templates/lint"
)

// Preflight finds what would hold a send: just before its audience is frozen,
// and long before its slot.
type Preflight struct {
	clock       clock.Clock
	labels      *labels.Store
	dkim        *labels.DKIMKeys
	advertisers *campaigns.Advertisers
	vouchers    *campaigns.Vouchers
	mailings    *mailings.Store
	sends       *mailings.Sends
	reach       *mailings.Reach
	segments    *segments.Engine
	approval    *approval.Engine
	compiler    *templates.Compiler
	follow      links.Follow
	records     *domains.Watch
	warmups     *warmups.Store
}

// check checks, just before the audience is frozen, what may have changed
// since approval. It returns a reason to hold the send, or no message.
func (p *Preflight) check(ctx context.Context, send *mailings.Send) (words.Message, error) {
	content, err := p.mailings.Content(ctx, send.RevisionID)
	if err != nil {
		return words.Message{}, err
	}
	checks := []func(context.Context, *mailings.Send, *mailings.Content) error{
		p.checkApproval, p.checkAdvertisers, p.checkProgrammes, p.checkOffers, p.checkVouchers, p.checkSender, p.checkRendering,
	}
	for _, check := range checks {
		err := check(ctx, send, &content)
		if err != nil && fault.Of(err) != fault.Internal && fault.Of(err) != fault.Unavailable {
			return reasonOf(err), nil
		}
		if err != nil {
			return words.Message{}, err
		}
	}
	if wrong, err := p.checkRecords(ctx, send, &content); err != nil || !wrong.IsZero() {
		return wrong, err
	}
	return p.checkLinks(ctx, send, &content)
}

// reasonOf returns the reason to hold a send for what a check or freezing found.
func reasonOf(err error) words.Message {
	if found := words.OfError(err); found.Key == "campaigns.too_few_codes" {
		return words.Message{Key: "hold.stock", Args: found.Args}
	}
	return words.Of("hold.preflight", "fault", err)
}

// excusedStock reports whether somebody let so small a stock pass: of these
// members, and not fewer codes than they saw by more than the drift.
func excusedStock(found words.Message, released mailings.Releases, drift int) bool {
	if found.Key != "hold.stock" {
		return false
	}
	free, _ := found.Number("free")
	members, _ := found.Number("members")
	return slices.ContainsFunc(released.Of(found.Key), func(seen words.Message) bool {
		codes, _ := seen.Number("free")
		of, _ := seen.Number("members")
		return seen.Arg("pool") == found.Arg("pool") && members <= of && free*100 >= codes*float64(100-drift)
	})
}

// checkApproval: it stands, and each face and attachment is still what everyone was shown.
func (p *Preflight) checkApproval(ctx context.Context, send *mailings.Send, content *mailings.Content) error {
	round, err := p.approval.Standing(ctx, send.RevisionID)
	if err != nil {
		return err
	}
	if err := p.mailings.Attachments.Verify(ctx, content.Attachments); err != nil {
		return err
	}
	return p.approval.Faces.Verify(ctx, round.FaceSetID)
}

// checkAdvertisers: nobody is stopped, and each programme is live and allows
// e-mail.
func (p *Preflight) checkAdvertisers(ctx context.Context, _ *mailings.Send, content *mailings.Content) error {
	for _, placement := range content.Placements {
		a, err := p.advertisers.Get(ctx, campaigns.AdvertiserID(placement.AdvertiserID))
		if err != nil {
			return err
		}
		if a.StoppedAt != nil {
			return fault.New(fault.Conflict, "scheduler.advertiser_stopped", "advertiser", a.Name, "reason", a.StopReason)
		}
		if placement.ProgrammeID == 0 {
			continue
		}
		programme, err := p.advertisers.Programme(ctx, campaigns.ProgrammeID(placement.ProgrammeID))
		if err != nil {
			return err
		}
		if !programme.Live {
			return fault.New(fault.Conflict, "scheduler.programme_not_live", "advertiser", a.Name, "network", programme.Network)
		}
		if !programme.EmailAllowed {
			return fault.New(fault.Conflict, "scheduler.programme_without_mail", "advertiser", a.Name, "network", programme.Network)
		}
	}
	return nil
}

// checkProgrammes: the networks take what the mail does, or somebody said so.
func (p *Preflight) checkProgrammes(ctx context.Context, send *mailings.Send, content *mailings.Content) error {
	return p.approval.Permitted.Check(ctx, send.LabelID, content, send.SlotAt)
}

// checkOffers: each campaign runs, and each picture may be shown.
func (p *Preflight) checkOffers(ctx context.Context, send *mailings.Send, content *mailings.Content) error {
	return p.approval.Permitted.Offered(ctx, content, send.SlotAt)
}

func (p *Preflight) checkVouchers(ctx context.Context, send *mailings.Send, content *mailings.Content) error {
	round, today, err := p.approval.Limits(ctx, send.RevisionID)
	if err != nil {
		return err
	}
	err = p.checkStock(ctx, content, round.Audience, send.SlotAt)
	if err != nil && excusedStock(reasonOf(err), send.Releases, today.DriftPercent) {
		return nil // fewer members may take them; freezing itself refuses a stock that is too small
	}
	return err
}

// checkSender: the visible sender is still one of the label's, and when the
// label signs, it signs for the sender's domain, or DMARC would fail.
func (p *Preflight) checkSender(ctx context.Context, send *mailings.Send, content *mailings.Content) error {
	label, err := p.labels.Get(ctx, send.LabelID)
	if err != nil {
		return err
	}
	known := false
	for _, sender := range label.Senders {
		known = known || strings.EqualFold(sender.Address, content.Sender.Address)
	}
	if !known {
		return fault.New(fault.Conflict, "scheduler.sender_gone", "label", label.Name)
	}
	keys, err := p.dkim.Active(ctx, send.LabelID)
	if err != nil || len(keys) == 0 {
		return err
	}
	// The first is that of RSA, on which DMARC rests: a second signature that is another
	// domain's, as while a label moves to a new one, takes nothing from it.
	_, domain, _ := strings.Cut(strings.ToLower(content.Sender.Address), "@")
	if signing := keys[0].Domain; domain != signing && !strings.HasSuffix(domain, "."+signing) {
		return fault.New(fault.Conflict, "scheduler.domain_not_aligned", "sender", domain, "signing", signing)
	}
	return nil
}

// checkRendering compiles the mail as it will be sent: lint still passes, and it
// is what was approved.
func (p *Preflight) checkRendering(ctx context.Context, _ *mailings.Send, content *mailings.Content) error {
	_, findings, changed, err := content.Compile(ctx, p.compiler)
	if err != nil {
		return err
	}
	if changed {
		return fault.New(fault.Conflict, "scheduler.renders_otherwise")
	}
	for _, f := range findings {
		if f.Level == lint.Block {
			return fault.New(fault.Conflict, "scheduler.finding", "place", f.Where(), "finding", f.Message)
		}
	}
	return nil
}
