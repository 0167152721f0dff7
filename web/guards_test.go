package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"keur/accounts"
	"keur/campaigns"
	"keur/mailings"
	"keur/members"
	"keur/templates"
	"keur/web/desk"
	"keur/web/webtest"
)

// found is a route whose handler says what its guard looked up.
func found[T any](path string, access desk.Access, id func(T) int64) desk.Route {
	return desk.Post(path, access, func(x *desk.Exchange) error {
		thing, f, err := desk.FoundWithForm[T](x)
		if err != nil {
			return err
		}
		x.Send(http.StatusOK, "text/plain", []byte(fmt.Sprint(id(thing), x.Label.Code, f.Field("word"))))
		return nil
	})
}

// TestGuards lets a planner through to what is under their label, hides it from
// a user of none, and sends a stranger to sign in.
func TestGuards(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Template = d.OwnTemplate()
	d.Mailing, _ = d.Draft(t, d.Brief(t, webtest.TestSlot))
	d.FurnishApprovals()
	d.Plan()
	erasure := d.AskErasure().ID
	p, look := d.Deps, accounts.Viewer
	kit, err := desk.New(desk.Parts{Log: p.Log, Clock: p.Clock, Labels: p.Labels, Accounts: p.Accounts, Sessions: p.Sessions}, p.Screens)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(kit.Stop)
	routes := []desk.Route{
		found("/mailings/:mailing", desk.OfMailing(p.Mailings, look), func(m mailings.Mailing) int64 { return int64(m.ID) }),
		found("/reviews/:review", desk.OfReview(p.Approval, p.Mailings, look), func(r desk.Reviewed) int64 { return int64(r.Review.ID) }),
		found("/revisions/:revision", desk.OfRevision(p.Mailings, look), func(r mailings.Revision) int64 { return int64(r.ID) }),
		found("/sends/:send", desk.OfSend(p.Sends, look), func(s mailings.Send) int64 { return int64(s.ID) }),
		found("/campaigns/:campaign", desk.OfCampaign(p.Campaigns, look), func(c campaigns.Campaign) int64 { return int64(c.ID) }),
		found("/templates/:template", desk.OfTemplate(p.Templates, look), func(t templates.Template) int64 { return int64(t.ID) }),
		found("/members/:member", desk.OfMember(p.Members, look), func(m members.Member) int64 { return int64(m.ID) }),
		found("/erasures/:erasure", desk.OfErasure(p.Erasures, look), func(e members.Erasure) int64 { return e.ID }),
	}
	ids := []int64{
		int64(d.Mailing.ID), int64(d.Review), 1, int64(d.Planned.ID), int64(d.Campaign.ID), int64(d.Template.ID), 1, erasure,
	}
	routes = append(routes,
		desk.Get("/under", desk.Under(look), func(x *desk.Exchange) error { return x.GoTo("/in/" + x.Label.Code) }),
		desk.Get("/admins", desk.Admins(), func(x *desk.Exchange) error { return x.GoTo("/in") }),
		desk.Get("/anywhere", desk.Anywhere(look), func(x *desk.Exchange) error {
			name, err := desk.ActorName(x, x.User.ID.Actor())
			if err != nil || name != x.User.Name {
				t.Errorf("%s %v", name, err)
			}
			if m, err := desk.FindMember(x, p.Members, "1"); err != nil || m.ID != 1 {
				t.Errorf("%+v %v", m, err)
			}
			return x.GoTo("/in")
		}),
	)
	server := httptest.NewServer(kit.Handler(routes))
	t.Cleanup(server.Close)
	planner, nobody, stranger := d.As("planner"), d.As("stranger"), d.As("")
	for _, person := range []*webtest.Browser{planner, nobody, stranger} {
		person.URL = server.URL // whose host their cookies are for, too
	}
	form := url.Values{"word": {"hello"}, "password": {"geheim"}}
	for i, id := range ids {
		path := routes[i].Path[:strings.Index(routes[i].Path, ":")]
		if r := planner.Post(path+webtest.Itoa(id), form); r.Status != 200 || r.Body != fmt.Sprint(id, d.Label.Code, "hello") {
			t.Errorf("%s: %d %s", path, r.Status, r.Body)
		}
		if r := planner.Post(path+"99999", form); r.Status != http.StatusNotFound {
			t.Errorf("%s of what isn't there: %d", path, r.Status)
		}
		if r := nobody.Post(path+webtest.Itoa(id), form); r.Status != http.StatusNotFound {
			t.Errorf("%s of another's label: %d", path, r.Status)
		}
		r := stranger.Post(path+webtest.Itoa(id), form)
		if r.Status != http.StatusForbidden || !strings.Contains(r.Body, "hello") || strings.Contains(r.Body, "geheim") {
			t.Errorf("what a stranger sent to %s isn't kept: %d %s", path, r.Status, r.Body)
		}
	}
	for path, want := range map[string]string{
		"/under": "/under?label=nl", "/under?label=nl": "/in/nl", "/under?label=xx": "", "/anywhere": "/in", "/admins": "",
	} {
		if to := planner.Get(path).Header.Get("Location"); to != want {
			t.Errorf("%s leads to %q, want %q", path, to, want)
		}
	}
	if r := nobody.Get("/under"); r.Status != http.StatusForbidden {
		t.Errorf("a user of no label: %d", r.Status)
	}
}
