package demo

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"

	"keur/approval"
	"keur/approval/shown"
	"keur/internal/paging"
	"keur/mailings"
)

// Mailing is a mailing on its way from a blank page to its members.
type Mailing struct {
	*Publisher
	mailings.Mailing

	In       *Market
	Maker    *Person
	Offers   []*Offer // one in a solo, several in a newsletter
	Season   int      // which of their promos it shows
	Brief    mailings.Brief
	Revision mailings.RevisionID // the newest
	Round    approval.Round      // the newest, as it was seen last
}

// path is where the API has the mailing.
func (m *Mailing) path(rest string) string { return fmt.Sprintf("/mailings/%d%s", m.ID, rest) }

// Begin makes the mailing, still blank.
func (m *Mailing) Begin(ctx context.Context) error {
	body := map[string]any{"name": m.Name, "kind": m.Kind}
	return m.Create(ctx, m.Maker, fmt.Sprintf("/labels/%d/mailings", m.In.Label.ID), body, &m.Mailing)
}

// Revise saves the brief, with the offers' blocks, as the newest revision.
func (m *Mailing) Revise(ctx context.Context) error {
	m.Brief.Template.ID, m.Brief.Placements = m.In.Templates[m.Kind], nil
	for _, o := range m.Offers {
		promo := o.Promos[m.Season]
		m.Brief.Placements = append(m.Brief.Placements, mailings.BriefPlacement{
			Key: m.Brief.FreeKey(), CampaignID: int64(promo.ID), Creative: o.Picture, Width: BannerWidth, VoucherPoolID: o.Pool,
			Heading: promo.Heading, Text: promo.Text, Button: o.Button, URL: m.Shop.link(m.In, o),
		})
		for _, p := range o.Taken {
			m.Brief.Placements = append(m.Brief.Placements, mailings.BriefPlacement{
				Key: m.Brief.FreeKey(), CampaignID: int64(promo.ID), ProductPick: int64(p.ID), Creative: p.Creative.String(),
				Width:   productShown,
				Heading: p.Heading, Text: p.Text + "\n\n" + p.Price, Button: o.Button, URL: p.URL,
			})
		}
	}
	var made mailings.Revision
	err := m.Create(ctx, m.Maker, m.path("/revisions"), struct {
		BasedOn mailings.RevisionID `json:"based_on"`
		mailings.Brief
	}{m.Revision, m.Brief}, &made)
	if err == nil {
		m.Revision = made.ID
	}
	return err
}

// checklist is what the maker of a mailing signs off.
var checklist = approval.Ticks{"content", "links", "audience", "slot", "terms"}

// Submit puts the newest revision up for approval; its clients are mailed. Who
// signs off needn't be who wrote.
func (m *Mailing) Submit(ctx context.Context, by *Person) error {
	if err := m.look(ctx, by, m.path("")); err != nil {
		return err
	}
	return m.Create(ctx, by, m.path("/submit"), map[string]any{"revision_id": m.Revision, "checklist": checklist}, &m.Round)
}

var seenDigest = regexp.MustCompile(`name="digest" value="([0-9a-f]{64})"`)

// look fetches all mails that a mailing or a review at the path makes: who
// decides must have seen each.
func (m *Mailing) look(ctx context.Context, by *Person, path string) error {
	var set shown.Set
	if err := m.Get(ctx, by, path+"/faces", &set); err != nil {
		return err
	}
	for _, f := range set.Faces {
		var face shown.Face
		if err := m.Get(ctx, by, fmt.Sprintf("%s/faces/%d", path, f.Number), &face); err != nil {
			return err
		}
	}
	return nil
}

var seeForm = regexp.MustCompile(`action="(/a/[A-Za-z0-9_-]+/faces/[0-9]+/seen)"`)

// Client does what an advertiser's contact does: finds the link in the mail,
// opens it, looks at all that it shows, and presses a button. Without a reason for changes the contact approves.
func (m *Mailing) Client(ctx context.Context, o *Offer, changes string) error {
	verdict := "approve"
	if changes != "" {
		verdict = "changes"
	}
	return Until(ctx, "the link for "+o.Contact, func() (bool, error) {
		for _, link := range m.Letters.Invitations(o.Email, m.Name) {
			_, page, err := m.Visit(ctx, link, Browser, nil)
			if err != nil {
				return false, err
			}
			digest := seenDigest.FindStringSubmatch(page)
			if digest == nil || digest[1] != m.Round.Digest.String() {
				continue // a link to an older round
			}
			for _, form := range seeForm.FindAllStringSubmatch(page, -1) {
				if _, _, err := m.Visit(ctx, form[1], Browser, url.Values{}); err != nil {
					return false, err
				}
			}
			status, answer, err := m.Visit(ctx, link, Browser, url.Values{"digest": {digest[1]}, "verdict": {verdict}, "reason": {changes}})
			if err == nil && status != http.StatusOK {
				err = fmt.Errorf("%s: %d %s", o.Contact, status, Words(answer))
			}
			return err == nil, err
		}
		return false, nil
	})
}

// Clients lets all its advertisers approve.
func (m *Mailing) Clients(ctx context.Context) error {
	for _, o := range m.Offers {
		if err := m.Client(ctx, o, ""); err != nil {
			return err
		}
	}
	return nil
}

// Decide is the last step: someone who didn't work on the mailing approves it,
// or says what to change.
func (m *Mailing) Decide(ctx context.Context, by *Person, changes string) error {
	review, err := m.Pending(ctx, by)
	if err != nil {
		return err
	}
	act, body := "approve", map[string]any{"digest": m.Round.Digest}
	if changes != "" {
		act, body["reason"] = "request-changes", changes
	}
	if err := m.look(ctx, by, fmt.Sprintf("/reviews/%d", review)); err != nil {
		return err
	}
	return m.Create(ctx, by, fmt.Sprintf("/reviews/%d/%s", review, act), body, &m.Round)
}

// Pending is the review that waits for a colleague.
func (m *Mailing) Pending(ctx context.Context, by *Person) (approval.ReviewID, error) {
	if err := m.Get(ctx, by, fmt.Sprintf("/rounds/%d", m.Round.ID), &m.Round); err != nil {
		return 0, err
	}
	at := slices.IndexFunc(m.Round.Reviews, func(v approval.Review) bool {
		return v.Step == approval.Colleague && v.Verdict == approval.Pending
	})
	if at < 0 {
		return 0, fmt.Errorf("the round of %s waits for no colleague", m.Name)
	}
	return m.Round.Reviews[at].ID, nil
}

// Send returns the newest send of the mailing; nil when there is none.
func (m *Mailing) Send(ctx context.Context) (*mailings.Send, error) {
	var found paging.Page[mailings.Send]
	if err := m.Get(ctx, m.Maker, m.path("/sends"), &found); err != nil || len(found.Items) == 0 {
		return nil, err
	}
	return &found.Items[0], nil
}
