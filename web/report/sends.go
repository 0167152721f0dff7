package report

import (
	"bytes"
	"encoding/json"

	"golang.org/x/net/html"

	"keur/accounts"
	"keur/delivery"
	"keur/internal/paging"
	"keur/mailings"
	"keur/members"
	"keur/reports"
	"keur/segments"
	"keur/web/desk"
	"keur/web/desk/outcome"
)

func (s *Screen) sendRoutes() []desk.Route {
	return []desk.Route{
		desk.Get("/sends/:send", desk.OfSend(s.Sends, accounts.Viewer), s.send),
		desk.Post("/sends/:send/doubts/:member", desk.OfSend(s.Sends, accounts.Planner, accounts.Approver), s.resolveDoubt),
		desk.Get("/mailings/:mailing/clickmap", desk.OfMailing(s.Mailings, accounts.Viewer), s.clickMap),
	}
}

// sendView is one send: where it stands, what came of it, and the deliveries of
// which nobody knows whether they arrived.
type sendView struct {
	mailings.Send
	Mailing   mailings.Mailing
	Waterfall segments.Waterfall
	Outcome   outcome.View
	Doubts    []delivery.Doubt
	Resolves  bool
}

func (s *Screen) send(x *desk.Exchange) error {
	view := sendView{Send: desk.Found[mailings.Send](x), Resolves: x.Can(accounts.Planner) || x.Can(accounts.Approver)}
	var err error
	if view.Mailing, err = s.Mailings.Get(x.Context(), view.MailingID); err != nil {
		return err
	}
	if view.Send.Waterfall != nil {
		if err := json.Unmarshal(*view.Send.Waterfall, &view.Waterfall); err != nil {
			return err
		}
	}
	desk.Kept(x, &view.Waterfall)
	desk.Kept(x, &view.Send)
	if view.Outcome, err = s.Outcome.Of(x, reports.Filter{Send: view.Send.ID}); err != nil {
		return err
	}
	view.Outcome.Path, view.Outcome.Query = "/mailings/"+desk.Itoa(view.MailingID), "?send="+desk.Itoa(view.Send.ID)
	if view.Resolves {
		page, err := s.Ledger.Doubts(x.Context(), view.Send, paging.Ask{Limit: desk.LongPage})
		if err != nil {
			return err
		}
		view.Doubts = page.Items
	}
	return x.Show("report/send", view)
}

// resolveDoubt does what the person decided: send once more, or leave it.
func (s *Screen) resolveDoubt(x *desk.Exchange) error {
	send, f, err := desk.FoundWithForm[mailings.Send](x)
	if err != nil {
		return err
	}
	member, err := x.ID("member")
	if err != nil {
		return err
	}
	how := delivery.Resolution(f.Get("how"))
	if err := s.Ledger.Resolve(x.Context(), send, members.ID(member), x.User.ID, how); err != nil {
		return err
	}
	return x.GoTo("/sends/" + desk.Itoa(send.ID))
}

// clickMap shows the mail with the clicks that each link got, for a frame that
// runs nothing.
func (s *Screen) clickMap(x *desk.Exchange) error {
	m := desk.Found[mailings.Mailing](x)
	if m.RevisionID == nil {
		return desk.NotHere()
	}
	view, err := s.Outcome.OfMailing(x, m)
	if err != nil {
		return err
	}
	shown, err := s.Proofs.Forms(x.Context(), *m.RevisionID)
	if err != nil {
		return err
	}
	var parts []reports.Part
	for _, l := range view.Links {
		parts = append(parts, l.Part)
	}
	marked, err := markClicks([]byte(shown.HTML), parts, view.Delivered, x.Say.Percent)
	if err != nil {
		return err
	}
	return desk.ShowMail(x, marked)
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
	mark := &html.Node{
		Type: html.ElementNode,
		Data: "span",
		Attr: []html.Attribute{{Key: "style", Val: "display:inline-block;margin:2px 0 2px 6px;padding:1px 7px;border-radius:10px;" +
			"background:#a9301c;color:#ffffff;font:600 12px/18px sans-serif;text-decoration:none;vertical-align:middle"}},
	}
	mark.AppendChild(&html.Node{Type: html.TextNode, Data: text})
	return mark
}
