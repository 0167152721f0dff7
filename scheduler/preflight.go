package scheduler

import (
	"context"
	"strings"
	"time"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/words"
	"keur/mailings"
	"keur/templates"
	"keur/templates/lint"
)

// linkPatience bounds the check of all links of one send.
const linkPatience = 15 * time.Second

// preflight checks, just before the audience is frozen, what may have changed
// since approval. It returns a reason to hold the send, or no message.
func (s *Scheduler) preflight(ctx context.Context, send *mailings.Send) (words.Message, error) {
	content, err := s.Mailings.Content(ctx, send.RevisionID)
	if err != nil {
		return words.Message{}, err
	}
	checks := []func(context.Context, *mailings.Send, *mailings.Content) error{
		s.checkApproval, s.checkAdvertisers, s.checkOffers, s.checkVouchers, s.checkSender, s.checkRendering,
	}
	for _, check := range checks {
		err := check(ctx, send, &content)
		if err != nil && fault.Of(err) != fault.Internal && fault.Of(err) != fault.Unavailable {
			return words.Of("hold.preflight", "fault", err), nil
		}
		if err != nil {
			return words.Message{}, err
		}
	}
	return words.Message{}, nil
}

func (s *Scheduler) checkApproval(ctx context.Context, send *mailings.Send, _ *mailings.Content) error {
	_, err := s.Approval.Standing(ctx, send.RevisionID)
	return err
}

// checkAdvertisers: nobody is stopped, and each programme is live and allows
// e-mail.
func (s *Scheduler) checkAdvertisers(ctx context.Context, _ *mailings.Send, content *mailings.Content) error {
	for _, p := range content.Placements {
		a, err := s.Advertisers.Get(ctx, campaigns.AdvertiserID(p.AdvertiserID))
		if err != nil {
			return err
		}
		if a.StoppedAt != nil {
			return fault.New(fault.Conflict, "scheduler.advertiser_stopped", "advertiser", a.Name, "reason", a.StopReason)
		}
		if p.ProgrammeID == 0 {
			continue
		}
		programme, err := s.Advertisers.Programme(ctx, campaigns.ProgrammeID(p.ProgrammeID))
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

// checkOffers: each campaign runs, and each picture may be shown.
func (s *Scheduler) checkOffers(ctx context.Context, send *mailings.Send, content *mailings.Content) error {
	return s.Approval.Offered(ctx, content, send.SlotAt)
}

func (s *Scheduler) checkVouchers(ctx context.Context, send *mailings.Send, content *mailings.Content) error {
	if send.ReleasedBy != nil {
		return nil // freezing itself refuses a stock that is too small
	}
	round, err := s.Approval.Standing(ctx, send.RevisionID)
	if err != nil {
		return err
	}
	return s.checkStock(ctx, content, round.Audience, send.SlotAt)
}

// checkSender: the visible sender is still one of the label's, and when the
// label signs, it signs for the sender's domain, or DMARC would fail.
func (s *Scheduler) checkSender(ctx context.Context, send *mailings.Send, content *mailings.Content) error {
	label, err := s.Labels.Get(ctx, send.LabelID)
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
	key, signs, err := s.DKIM.Active(ctx, send.LabelID)
	if err != nil || !signs {
		return err
	}
	_, domain, _ := strings.Cut(strings.ToLower(content.Sender.Address), "@")
	if domain != key.Domain && !strings.HasSuffix(domain, "."+key.Domain) {
		return fault.New(fault.Conflict, "scheduler.domain_not_aligned", "sender", domain, "signing", key.Domain)
	}
	return nil
}

// checkRendering compiles the mail as it will be sent: lint still passes, it
// is what was approved, and its links are alive.
func (s *Scheduler) checkRendering(ctx context.Context, _ *mailings.Send, content *mailings.Content) error {
	program, findings, changed, err := content.Compile(ctx, s.Compiler)
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
	if s.CheckLink == nil {
		return nil
	}
	return s.checkLinks(ctx, program, content)
}

func (s *Scheduler) checkLinks(ctx context.Context, program *templates.Program, content *mailings.Content) error {
	patient, cancel := context.WithTimeout(ctx, linkPatience)
	defer cancel()
	parameter := map[string]string{}
	for _, link := range program.Links {
		p, _ := content.Placement(link.Placement)
		parameter[link.URL] = p.SubIDParameter
	}
	dead := lint.CheckLinks(patient, program.Links, func(ctx context.Context, url string) error {
		return s.CheckLink(ctx, url, parameter[url])
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if len(dead) > 0 {
		return fault.New(fault.Conflict, dead[0].Message.Key, dead[0].Message.Args...)
	}
	return nil
}
