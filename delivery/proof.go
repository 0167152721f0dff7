package delivery

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/labels"
	"keur/mailings"
	"keur/members"
	"keur/templates"
	"keur/templates/lang"
	"keur/tracking"
)

// maxProofs is to how many addresses a test goes at once.
const maxProofs = 20

// Proofs shows what a revision would become, on the screen or in the inbox of
// someone who works here. The mail is rendered as it will be for members; only
// its links lead straight to their targets, and its codes are worth nothing.
type Proofs struct {
	DB       *sqlx.DB
	Mails    *Mails
	Labels   *labels.Store
	Accounts *accounts.Store
	Route    func(ctx context.Context, id int64) (Route, error)
	Clock    clock.Clock
}

// Preview renders a revision as the member would get it; member 0 stands for
// someone of whom nothing is known. It isn't signed: whoever has a signed mail
// can send it from anywhere as the label's own, and this one need not be
// approved. A test is signed, since it is marked, recorded and goes to
// colleagues alone.
func (p *Proofs) Preview(ctx context.Context, revision mailings.RevisionID, variant int, member members.ID) (templates.Preview, error) {
	content, err := p.Mails.Mailings.Content(ctx, revision)
	if err != nil {
		return templates.Preview{}, err
	}
	return p.PreviewContent(ctx, content, variant, member)
}

// Forms renders a revision as Preview does, but with each counted link under its
// form, as clicks on it are added up for all members.
func (p *Proofs) Forms(ctx context.Context, revision mailings.RevisionID) (templates.Preview, error) {
	content, err := p.Mails.Mailings.Content(ctx, revision)
	if err != nil {
		return templates.Preview{}, err
	}
	proof, err := p.prepare(ctx, content, 0, 0, p.slotOf(&content))
	if err != nil {
		return templates.Preview{}, err
	}
	program := proof.mail.program
	return program.Preview(0, &proof.recipient, program.Forms(proof.mail.base))
}

// PreviewContent is Preview for content that isn't a revision yet. A file that is
// missing keeps nobody from looking at the rest.
func (p *Proofs) PreviewContent(ctx context.Context, content mailings.Content, variant int, member members.ID) (templates.Preview, error) {
	proof, err := p.prepare(ctx, content, variant, member, p.slotOf(&content))
	if err != nil {
		return templates.Preview{}, err
	}
	preview, err := proof.mail.program.Preview(variant, &proof.recipient, proof.links)
	if err != nil {
		return preview, err
	}
	if proof.mail.enclosure, err = p.Mails.Mailings.Attachments.EncloseKept(ctx, content.Attachments); err != nil {
		return preview, err
	}
	preview.Raw = proof.render(variant, proof.address, "", p.Clock)
	return preview, nil
}

// SendTest sends a revision to users and seed addresses of its label, and to
// nobody else, with a mark before the subject.
func (p *Proofs) SendTest(ctx context.Context, revision mailings.RevisionID, variant int, member members.ID, recipients []string) error {
	content, err := p.Mails.Mailings.Content(ctx, revision)
	if err != nil {
		return err
	}
	proof, err := p.prepare(ctx, content, variant, member, p.slotOf(&content))
	if err != nil {
		return err
	}
	if proof.mail.enclosure, err = p.Mails.Mailings.Attachments.Enclose(ctx, content.Attachments); err != nil {
		return err
	}
	if recipients, err = p.mayReceive(ctx, proof.label, recipients); err != nil {
		return err
	}
	conn, err := p.dial(ctx, proof.label)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := p.record(ctx, revision, len(recipients)); err != nil {
		return err
	}
	for _, recipient := range recipients {
		mail, err := proof.signed(proof.render(variant, recipient, "[Test] ", p.Clock))
		if err != nil {
			return err
		}
		reply := conn.Send(ctx, Message{
			ReturnPath: string(proof.mail.ring.AppendReturnPath(nil, 0, 0, proof.mail.heading.bounces)),
			Recipient:  recipient,
			Data:       mail,
		})
		if reply.Outcome != OutcomeAccepted {
			return fault.New(fault.Unavailable, "delivery.test_not_taken", "code", reply.Code, "text", reply.Text)
		}
	}
	return nil
}

// dial connects to the label's route.
func (p *Proofs) dial(ctx context.Context, label labels.Label) (Conn, error) {
	route, err := p.Route(ctx, routeOf(label))
	if err != nil {
		return nil, err
	}
	return route.Transport.Dial(ctx)
}

func routeOf(label labels.Label) int64 {
	if label.SMTPRouteID == nil {
		return 0
	}
	return int64(*label.SMTPRouteID)
}

// mayReceive refuses tests to anyone but users of the label and its seeds: what
// isn't approved must never reach a member, and what one label prepares is
// nobody's business under another. It returns the addresses as they are known,
// since "A@b" may lead elsewhere than "a@b".
func (p *Proofs) mayReceive(ctx context.Context, label labels.Label, recipients []string) ([]string, error) {
	if len(recipients) == 0 || len(recipients) > maxProofs {
		return nil, fault.At("recipients", "delivery.test_recipients_range", "most", maxProofs)
	}
	known := make([]string, 0, len(recipients))
	for _, recipient := range recipients {
		if at := slices.IndexFunc(label.Seeds, func(s labels.Seed) bool { return strings.EqualFold(s.Address, recipient) }); at >= 0 {
			known = append(known, label.Seeds[at].Address)
			continue
		}
		user, err := p.Accounts.ByEmail(ctx, recipient)
		if err == nil && user.DisabledAt == nil && len(user.Roles[label.ID]) > 0 {
			known = append(known, user.Email)
			continue
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		return nil, fault.New(fault.Forbidden, "delivery.test_recipients", "label", label.Name)
	}
	return known, nil
}

// proof is content made ready to be shown.
type proof struct {
	mail      *Mail
	label     labels.Label
	address   string
	recipient lang.Recipient
	links     lang.URLs
}

// slotOf returns when the content goes out, or now if that isn't known.
func (p *Proofs) slotOf(content *mailings.Content) time.Time {
	now := p.Clock.Now()
	if slot, err := content.FirstSlot(now); err == nil && !slot.IsZero() {
		return slot
	}
	return now
}

func (p *Proofs) prepare(
	ctx context.Context, content mailings.Content, variant int, member members.ID, slot time.Time,
) (*proof, error) {
	if variant < 0 || variant >= len(content.Subjects) {
		return nil, fault.At("variant", "delivery.variant_missing", "subjects", len(content.Subjects))
	}
	label, err := p.Labels.ByCode(ctx, content.Label.Code)
	if err != nil {
		return nil, err
	}
	mail, _, err := p.Mails.prepare(ctx, content, label.ID, "test:"+content.Label.Code+":"+string(content.Kind)+":keur", slot)
	if err != nil {
		return nil, err
	}
	made := &proof{mail: mail, label: label, address: content.Sender.Address}
	made.links = mail.program.Straight(mail.base)
	made.recipient.Today = mail.today
	made.recipient.Values = make([]string, len(mail.columns))
	for _, v := range mail.vouchers {
		made.recipient.Vouchers = append(made.recipient.Vouchers, v.dummy)
	}
	if member != 0 {
		made.address, made.recipient.Values, err = p.memberFields(ctx, mail, label.ID, member)
	}
	return made, err
}

// render writes the whole mail.
func (p *proof) render(variant int, to, mark string, clk clock.Clock) []byte {
	// Delivery 0 of send 0 doesn't exist: a token of it opens nothing.
	links := tracking.Links{Ring: p.mail.ring, Base: p.mail.base}
	subject := templates.AppendHeader(nil, "Subject", mark+p.mail.program.SubjectText(variant, &p.recipient))
	mail, _ := p.mail.heading.append(nil, subject, to, &links, clk.Now())
	return p.mail.appendBody(mail, &p.recipient, p.links)
}

// signed returns the mail as members get it: what judges a test judges its
// signature too.
func (p *proof) signed(mail []byte) ([]byte, error) {
	if p.mail.sign == nil {
		return mail, nil
	}
	return p.mail.sign(nil, mail)
}
