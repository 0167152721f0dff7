package delivery

import (
	"context"

	"keur/mailings"
	"keur/members"
	"keur/tracking"
)

// View renders the mail of one delivery as a web page, for the member it was
// sent to: with their own fields, codes and counted links. Returns a NotFound
// fault if there is no such delivery, or its member is erased.
func (p *Proofs) View(ctx context.Context, id mailings.SendID, member members.ID) ([]byte, error) {
	send, err := p.Mails.Sends.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	variant, err := p.variantOf(ctx, &send, member)
	if err != nil {
		return nil, err
	}
	content, err := p.Mails.Mailings.Content(ctx, send.RevisionID)
	if err != nil {
		return nil, err
	}
	proof, err := p.prepare(ctx, content, variant, member, send.SlotAt)
	if err != nil {
		return nil, err
	}
	if proof.mail.hasCodes() {
		if err := p.ownCodes(ctx, proof, id, member); err != nil {
			return nil, err
		}
	}
	links := forwarded{tracking.Links{Ring: p.Mails.Ring, Base: proof.mail.base, Send: int64(id), Member: int64(member)}}
	preview, err := proof.mail.program.Preview(variant, &proof.recipient, &links)
	return []byte(preview.HTML), err
}

// forwarded writes the addresses of a page that members pass on to others. Who
// comes by there must not end what the member gets, nor see what they chose:
// both lead to the label's own page, which says where the way out is.
type forwarded struct{ tracking.Links }

// AppendUnsubscribe appends the address of the label's page.
func (f *forwarded) AppendUnsubscribe(dst []byte) []byte { return append(append(dst, f.Base...), '/') }

// AppendPreferences appends the address of the label's page.
func (f *forwarded) AppendPreferences(dst []byte) []byte { return f.AppendUnsubscribe(dst) }

// ownCodes puts the member's own voucher codes where a proof has dummies.
func (p *Proofs) ownCodes(ctx context.Context, proof *proof, id mailings.SendID, member members.ID) error {
	held, err := p.Mails.Vouchers.Codes(ctx, int64(id), []int64{int64(member)})
	if err != nil {
		return err
	}
	for i, v := range proof.mail.vouchers {
		if v.shared != "" {
			proof.recipient.Vouchers[i] = v.shared
		}
		for _, h := range held {
			if h.PoolID == v.pool {
				proof.recipient.Vouchers[i] = h.Code
			}
		}
	}
	return nil
}
