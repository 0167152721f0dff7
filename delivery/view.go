package delivery

import (
	"context"
	"fmt"
	"html"
	"strings"

	"keur/internal/words"
	"keur/mailings"
	"keur/mailings/attachments"
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
	return withFiles(preview.HTML, &content, string(links.AppendView(nil))), err
}

// withFiles adds links to the files that went with the mail below it, at the address
// of its view.
func withFiles(page string, content *mailings.Content, at string) []byte {
	if len(content.Attachments) == 0 {
		return []byte(page)
	}
	list := fmt.Sprintf(`<div style="%s"><p>%s</p><ul>`, filesStyle, html.EscapeString(words.In(content.Label.Locale).T("member_page.attachments")))
	for i, f := range content.Attachments {
		list += fmt.Sprintf(`<li><a href="%s/%d" target="_blank" rel="noopener noreferrer">%s</a></li>`,
			html.EscapeString(at), i+1, html.EscapeString(f.Name))
	}
	list += "</ul></div>"
	end := strings.LastIndex(strings.ToLower(page), "</body>")
	if end < 0 || len(strings.ToLower(page)) != len(page) { // some letters have another length in small
		return []byte(page + list)
	}
	return []byte(page[:end] + list + page[end:])
}

// filesStyle is legible whatever the mail around it is.
const filesStyle = "margin:0;padding:16px;background:#ffffff;color:#1a1a1a;font:16px sans-serif;text-align:left"

// ViewFile returns a file that went with a delivery, by its number, from 1. Returns a
// NotFound fault if there is no such delivery or file, and a conflict if that is missing.
func (p *Proofs) ViewFile(ctx context.Context, id mailings.SendID, member members.ID, number int) (attachments.File, []byte, error) {
	send, err := p.Mails.Sends.Get(ctx, id)
	if err != nil {
		return attachments.File{}, nil, err
	}
	if _, err := p.variantOf(ctx, &send, member); err != nil {
		return attachments.File{}, nil, err
	}
	content, err := p.Mails.Mailings.Content(ctx, send.RevisionID)
	if err != nil {
		return attachments.File{}, nil, err
	}
	return p.Mails.Mailings.Attachments.File(ctx, content.Attachments, number)
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
