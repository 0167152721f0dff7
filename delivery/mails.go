package delivery

import (
	"context"
	"fmt"
	"sync"
	"time"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/labels"
	"keur/mailings"
	"keur/members"
	"keur/templates"
	"keur/tracking"
)

// Mails makes the mail of sends ready, each revision once.
type Mails struct {
	Mailings *mailings.Store
	Sends    *mailings.Sends
	Members  *members.Store
	Vouchers *campaigns.Vouchers
	Compiler *templates.Compiler
	Ring     *tracking.Keyring
	SenderID string // of SenderID, in every mail
	// Signer returns how mail of a label from the address is signed, nil when it isn't.
	Signer func(ctx context.Context, label labels.ID, from string) (Sign, error)

	mu   sync.Mutex
	kept map[int64]*Mail // by send: of those that are sending there are few
}

// SenderID is the last field of Feedback-ID, by which Gmail tells senders apart
// (its bulk sender guide asks for 5 to 15 characters, unique, the same in all
// mail of a sender). It is made from a key of the installation.
func SenderID(key []byte) string { return fmt.Sprintf("k%x", key[:6]) }

// maxMails bounds how many are kept.
const maxMails = 64

// Ready makes the mail of a send ready. What was approved is what is sent:
// content that this version of Keur renders otherwise is refused.
func (m *Mails) Ready(ctx context.Context, s *ActiveSend) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.mail = m.kept[s.ID]; s.mail != nil {
		return nil
	}
	content, err := m.Mailings.Content(ctx, mailings.RevisionID(s.Revision))
	if err != nil {
		return err
	}
	feedbackID := fmt.Sprintf("%d:%s:%s:%s", s.Mailing, content.Label.Code, content.Kind, m.SenderID)
	mail, changed, err := m.prepare(ctx, content, labels.ID(s.Label), feedbackID, s.SlotAt)
	if err != nil {
		return err
	}
	if changed {
		return fault.New(fault.Conflict, "delivery.renders_otherwise")
	}
	if mail.enclosure, err = m.Mailings.Attachments.Enclose(ctx, content.Attachments); err != nil {
		return err
	}
	if m.kept == nil || len(m.kept) >= maxMails {
		m.kept = map[int64]*Mail{}
	}
	m.kept[s.ID], s.mail = mail, mail
	return nil
}

// Forget makes the mail of a send anew when it is next asked for.
func (m *Mails) Forget(send int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept, send)
}

// prepare compiles content that goes out at a slot, without the files that go with it:
// who only looks needs none. changed reports that it became something else than when it
// was saved.
func (m *Mails) prepare(
	ctx context.Context, content mailings.Content, label labels.ID, feedbackID string, slot time.Time,
) (mail *Mail, changed bool, err error) {
	program, _, changed, err := content.Compile(ctx, m.Compiler)
	if err != nil {
		return nil, false, err
	}
	today, err := content.Day(slot)
	if err != nil {
		return nil, false, err
	}
	mail = &Mail{
		today: today.String(), program: program, ring: m.Ring, base: content.Label.PublicURL, perMinute: content.Schedule.PerMinute,
		domain: form.Domain(content.Sender.Address),
		heading: newHeading(correspondent{
			Name: content.Sender.Name, Address: content.Sender.Address, ReplyTo: content.Sender.ReplyTo,
			LabelName: content.Label.Name, ListID: content.Label.ListID,
			BounceDomain: content.Label.BounceDomain, FeedbackID: feedbackID,
		}),
	}
	if mail.columns, err = m.Members.FieldSQL(ctx, label, program.Fields); err != nil {
		return nil, false, err
	}
	if mail.vouchers, err = m.vouchers(ctx, &content, program.Vouchers); err != nil {
		return nil, false, err
	}
	if m.Signer != nil {
		mail.sign, err = m.Signer(ctx, label, content.Sender.Address)
	}
	return mail, changed, err
}

// vouchers returns where the code of each placement comes from.
func (m *Mails) vouchers(ctx context.Context, content *mailings.Content, placements []string) ([]voucher, error) {
	var found []voucher
	for _, key := range placements {
		placement, _ := content.Placement(key)
		pool, err := m.Vouchers.Get(ctx, campaigns.PoolID(placement.VoucherPoolID))
		if err != nil {
			return nil, err
		}
		v := voucher{pool: pool.ID, dummy: pool.Dummy()}
		if pool.SharedCode != nil {
			v.shared = *pool.SharedCode
		}
		found = append(found, v)
	}
	return found, nil
}
