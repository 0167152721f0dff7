package delivery

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/labels"
	"keur/mailings"
	"keur/members"
	"keur/templates"
	"keur/tracking"
)

// Letters makes the mail of sends ready, each revision once.
type Letters struct {
	Mailings *mailings.Store
	Members  *members.Store
	Vouchers *campaigns.Vouchers
	Compiler *templates.Compiler
	Ring     *tracking.Keyring
	// Signer returns how mail of a label from the address is signed, nil when it isn't.
	Signer func(ctx context.Context, label labels.ID, from string) (Sign, error)

	mu   sync.Mutex
	kept map[int64]*Letter // by send: of those that are sending there are few
}

// maxLetters bounds how many are kept.
const maxLetters = 64

// of returns the letter of a send. What was approved is what is sent: content
// that this version of Keur renders otherwise is refused.
func (l *Letters) of(ctx context.Context, r *run) (*Letter, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if letter := l.kept[r.ID]; letter != nil {
		return letter, nil
	}
	content, err := l.Mailings.Content(ctx, mailings.RevisionID(r.Revision))
	if err != nil {
		return nil, err
	}
	letter, changed, err := l.prepare(ctx, content, labels.ID(r.Label), fmt.Sprintf("%d:%s:%s:keur", r.Mailing, content.Label.Code, content.Kind))
	if err != nil {
		return nil, err
	}
	if changed {
		return nil, fault.New(fault.Conflict, "this version of Keur renders the mail otherwise than when it was approved: call this send off and have the mailing approved again")
	}
	if l.kept == nil || len(l.kept) >= maxLetters {
		l.kept = map[int64]*Letter{}
	}
	l.kept[r.ID] = letter
	return letter, nil
}

// forget makes the letter of a send anew when it is next asked for.
func (l *Letters) forget(send int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.kept, send)
}

// prepare compiles content. changed reports that it became something else than
// when it was saved.
func (l *Letters) prepare(ctx context.Context, content mailings.Content, label labels.ID, feedbackID string) (letter *Letter, changed bool, err error) {
	program, _, changed, err := content.Compile(ctx, l.Compiler)
	if err != nil {
		return nil, false, err
	}
	letter = &Letter{
		program: program, ring: l.Ring, base: content.Label.PublicURL, perMinute: content.Schedule.PerMinute,
		heading: newHeading(correspondent{
			Name: content.Sender.Name, Address: content.Sender.Address, ReplyTo: content.Sender.ReplyTo,
			LabelName: content.Label.Name, ListID: content.Label.ListID,
			BounceDomain: content.Label.BounceDomain, FeedbackID: feedbackID,
		}),
	}
	if letter.columns, err = l.columns(ctx, label, program.Fields()); err != nil {
		return nil, false, err
	}
	if letter.vouchers, err = l.vouchers(ctx, &content, program.Vouchers()); err != nil {
		return nil, false, err
	}
	if l.Signer != nil {
		letter.sign, err = l.Signer(ctx, label, content.Sender.Address)
	}
	return letter, changed, err
}

// columns returns the SQL of each field, as text in the form that templates
// read. A field that the label has no more is empty for everyone.
func (l *Letters) columns(ctx context.Context, label labels.ID, fields []string) ([]string, error) {
	attributes, err := l.Members.Attributes(ctx, label)
	if err != nil {
		return nil, err
	}
	slots := map[string]string{}
	for _, a := range attributes {
		slots[a.Name] = a.Slot
	}
	columns := make([]string, len(fields))
	for i, field := range fields {
		switch slot := slots[field]; {
		case slot == "":
			columns[i] = ", ''"
		case strings.HasPrefix(slot, "s"):
			columns[i] = ", coalesce(to_json(ms." + slot + ")::text, '')"
		default:
			columns[i] = ", coalesce(ms." + slot + "::text, '')"
		}
	}
	return columns, nil
}

// vouchers returns where the code of each placement comes from.
func (l *Letters) vouchers(ctx context.Context, content *mailings.Content, placements []string) ([]voucher, error) {
	var found []voucher
	for _, key := range placements {
		placement, _ := content.Placement(key)
		pool, err := l.Vouchers.Get(ctx, campaigns.PoolID(placement.VoucherPoolID))
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
