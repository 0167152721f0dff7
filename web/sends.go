package web

import (
	"bytes"
	"encoding/json"
	"net/http"

	"golang.org/x/net/html"

	"keur/accounts"
	"keur/delivery"
	"keur/internal/paging"
	"keur/mailings"
	"keur/members"
	"keur/reports"
	"keur/segments"
)

func (d *door) sendRoutes() []route {
	return []route{
		{http.MethodGet, "/sends/:send", ofSend(accounts.Viewer), (*visit).send},
		{http.MethodPost, "/sends/:send/doubts/:member", ofSend(accounts.Planner, accounts.Approver), (*visit).resolveDoubt},
		{http.MethodGet, "/mailings/:mailing/clickmap", ofMailing(accounts.Viewer), (*visit).clickMap},
	}
}

// sendView is one send: where it stands, what came of it, and the deliveries of
// which nobody knows whether they arrived.
type sendView struct {
	mailings.Send
	Mailing   mailings.Mailing
	Waterfall segments.Waterfall
	Outcome   outcomeView
	Doubts    []delivery.Doubt
	Resolves  bool
}

func (v *visit) send() error {
	id, err := v.id("send")
	if err != nil {
		return err
	}
	view := sendView{Resolves: v.can(accounts.Planner) || v.can(accounts.Approver)}
	if view.Send, err = v.Mailings.Send(v.ctx(), mailings.SendID(id)); err != nil {
		return err
	}
	if view.Mailing, err = v.Mailings.Get(v.ctx(), view.MailingID); err != nil {
		return err
	}
	if view.Send.Waterfall != nil {
		if err := json.Unmarshal(*view.Send.Waterfall, &view.Waterfall); err != nil {
			return err
		}
	}
	if view.Outcome, err = v.newOutcome(reports.Filter{Send: view.Send.ID}); err != nil {
		return err
	}
	view.Outcome.Path, view.Outcome.Query = "/mailings/"+itoa(view.MailingID), "?send="+itoa(view.Send.ID)
	if view.Resolves {
		page, err := v.Ledger.Doubts(v.ctx(), view.Send, paging.Ask{Limit: exportPage})
		if err != nil {
			return err
		}
		view.Doubts = page.Items
	}
	return v.show("send", view)
}

// resolveDoubt does what the person decided: send once more, or leave it.
func (v *visit) resolveDoubt() error {
	id, f, err := v.formFor("send")
	if err != nil {
		return err
	}
	member, err := v.id("member")
	if err != nil {
		return err
	}
	send, err := v.Mailings.Send(v.ctx(), mailings.SendID(id))
	if err != nil {
		return err
	}
	how := delivery.Resolution(f.Get("how"))
	if err := v.Ledger.Resolve(v.ctx(), send, members.ID(member), v.User.ID, how); err != nil {
		return err
	}
	return v.to("/sends/" + itoa(send.ID))
}

// clickMap shows the mail with the clicks that each link got, for a frame that
// runs nothing.
func (v *visit) clickMap() error {
	id, err := v.id("mailing")
	if err != nil {
		return err
	}
	m, err := v.Mailings.Get(v.ctx(), mailings.ID(id))
	if err != nil {
		return err
	}
	if m.RevisionID == nil {
		return notHere()
	}
	view, err := v.outcomeOfMailing(m)
	if err != nil {
		return err
	}
	shown, err := v.Proofs.Preview(v.ctx(), *m.RevisionID, 0, 0)
	if err != nil {
		return err
	}
	marked, err := markClicks([]byte(shown.HTML), view.Links, view.Delivered, v.Say.Percent)
	if err != nil {
		return err
	}
	return v.showMail(marked)
}

// markClicks writes beside each link of a mail which share of the members who
// got it clicked there. Links with the same target are told apart by their
// order, in which they are numbered.
func markClicks(mail []byte, links []reports.Part, delivered int64, percent func(float64) string) ([]byte, error) {
	clicks := map[string][]int64{}
	for _, l := range links {
		clicks[l.Name] = append(clicks[l.Name], l.ClicksUnique)
	}
	doc, err := html.Parse(bytes.NewReader(mail))
	if err != nil {
		return nil, err
	}
	var marked []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "a" {
			marked = append(marked, n)
		}
	}
	for _, a := range marked {
		for _, attr := range a.Attr {
			if n := clicks[attr.Val]; attr.Key == "href" && len(n) > 0 && delivered > 0 {
				a.AppendChild(badge(percent(float64(n[0]) / float64(delivered))))
				clicks[attr.Val] = n[1:]
			}
		}
	}
	var out bytes.Buffer
	err = html.Render(&out, doc)
	return out.Bytes(), err
}

// badge is the mark beside a link.
func badge(text string) *html.Node {
	mark := &html.Node{Type: html.ElementNode, Data: "span", Attr: []html.Attribute{{Key: "style", Val: "display:inline-block;margin:2px 0 2px 6px;padding:1px 7px;border-radius:10px;" +
		"background:#a9301c;color:#ffffff;font:600 12px/18px sans-serif;text-decoration:none;vertical-align:middle"}}}
	mark.AppendChild(&html.Node{Type: html.TextNode, Data: text})
	return mark
}
