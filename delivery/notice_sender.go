package delivery

import (
	"context"
	"fmt"
	"log/slog"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/notices"
	"keur/labels"
)

// noticesAtOnce is how many notices are claimed together.
const noticesAtOnce = 20

// NoticeSender sends operational mail to users and contacts over their label's
// route. A notice goes out at least once: if this process dies between the
// server's answer and writing it down, it goes out again, under the same
// Message-ID.
type NoticeSender struct {
	Notices *notices.Store
	Labels  *labels.Store
	Route   func(ctx context.Context, id int64) (Route, error)
	Signer  func(ctx context.Context, label labels.ID, from string) (Sign, error) // as in Letters
	Sender  labels.Sender                                                         // of notices of no label
	Clock   clock.Clock
	Log     *slog.Logger
}

// SendDue sends what is due and returns how many went.
func (s *NoticeSender) SendDue(ctx context.Context) (int, error) {
	sent := 0
	for ctx.Err() == nil {
		due, err := s.Notices.Claim(ctx, noticesAtOnce)
		if err != nil || len(due) == 0 {
			return sent, err
		}
		for _, n := range due {
			switch err := s.send(ctx, n); {
			case err == nil:
				sent++
				err = s.Notices.Sent(ctx, n.ID)
				if err != nil {
					return sent, err
				}
			default:
				s.complain(n, err)
				at, _ := nextAttempt(n.Attempts, s.Clock.Now(), s.Clock.Now().Add(giveUp))
				if err := s.Notices.Failed(ctx, n.ID, err.Error(), at); err != nil {
					return sent, err
				}
			}
		}
	}
	return sent, ctx.Err()
}

// complain logs that a notice didn't go, loudly when it is given up.
func (s *NoticeSender) complain(n notices.Notice, err error) {
	if n.Attempts >= notices.MaxAttempts {
		s.Log.Error("a notice is given up", "notice", n.ID, "error", err)
		return
	}
	s.Log.Warn("a notice could not be sent", "notice", n.ID, "error", err)
}

// send sends one notice.
func (s *NoticeSender) send(ctx context.Context, n notices.Notice) error {
	label, err := s.labelOf(ctx, n)
	if err != nil {
		return err
	}
	from := s.Sender
	if len(label.Senders) > 0 {
		from = label.Senders[0]
		if n.LabelID == nil { // it lends its way out, and not its name
			from.Name = s.Sender.Name
		}
	}
	mail, err := s.compose(ctx, n, label.ID, from)
	if err != nil {
		return err
	}
	route, err := s.Route(ctx, routeOf(label))
	if err != nil {
		return err
	}
	conn, err := route.Transport.Dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	reply := conn.Send(ctx, Message{ReturnPath: from.Address, Recipient: n.Recipient, Data: mail})
	if reply.Outcome != OutcomeAccepted {
		return fault.New(fault.Unavailable, "delivery.server_said", "code", reply.Code, "text", reply.Text)
	}
	return nil
}

// labelOf returns the label by whose route a notice goes: its own, or of none the
// first label by which mail leaves, so that invitations and links to sign in
// don't stay in the local capture inbox; no label where nothing leaves.
func (s *NoticeSender) labelOf(ctx context.Context, n notices.Notice) (labels.Label, error) {
	if n.LabelID != nil {
		return s.Labels.Get(ctx, labels.ID(*n.LabelID))
	}
	all, err := s.Labels.List(ctx)
	for _, l := range all {
		if l.Leaves() {
			return l, nil
		}
	}
	return labels.Label{}, err
}

// compose writes a notice, signed where its label has a key.
func (s *NoticeSender) compose(ctx context.Context, n notices.Notice, label labels.ID, from labels.Sender) ([]byte, error) {
	if n.FromName != "" {
		from.Name = n.FromName
	}
	letter, err := Letter(from, n.Recipient, n.Letter, fmt.Sprintf("notice-%d", n.ID), s.Clock.Now())
	if err != nil {
		return nil, fmt.Errorf("encode notice %d: %w", n.ID, err)
	}
	if s.Signer == nil || label == 0 {
		return letter, nil
	}
	sign, err := s.Signer(ctx, label, from.Address)
	if err != nil || sign == nil {
		return letter, err
	}
	return sign(nil, letter)
}
