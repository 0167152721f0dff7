package api

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"keur/accounts"
	"keur/approval"
	"keur/internal/paging"
	"keur/labels"
)

// theirs fills each part of a path with a thing of the first label, which has
// one of everything. A part that isn't here fails the test, so that no new
// operation is forgotten.
func theirs() map[string]string {
	return map[string]string{
		"label": "1", "mailing": "1", "revision": "1", "round": "1", "review": "2", "link": "1", "send": "1", "member": "1",
		"campaign": "1", "pool": "1", "segment": "1", "version": "1", "template": "1", "erasure": "1", "import": "1",
		"advertiser": "1", "programme": "1", "contact": "1", "key": "1", "hash": "", "name": "first_name",
		"number": "1", "connection": "1", "conversion": "1", "listing": "1", "item": "1", "news": "1", "case": "1", "payment": "1",
		"request": "1", "file": "1", "tracking_link": "1", "target": "1", "series": "1", "block": "1",
		"product_feed": "1", "product": "1", "product_pick": "1",
	}
}

// unbound are operations whose path names nothing of a label: why they say
// nothing to the test.
func unbound() map[string]string {
	return map[string]string{
		"GET /advertisers/{advertiser}": "advertisers are every label's; their contacts are concealed",
		"GET /programmes/{programme}":   "a programme is its advertiser's, which is every label's",
		"{absence}":                     "a user's own, whatever the label",
		"{token}":                       "a user's own, whatever the label",
		"{route}":                       "a route is the installation's; for admins, whatever its number",
		"{user}":                        "a user is the installation's; for admins, whatever their number",
		"{change}":                      "a change is the installation's; for admins, whatever its number",
		"{provider}":                    "a mailbox provider is the installation's; for admins",
		"{domain}":                      "a sending domain may be several labels'; for admins",
		"{webhook}":                     "a webhook is the installation's; for admins, whatever its number",
		"{tray}":                        "a provider is the installation's; for admins, whatever its number",
	}
}

func isUnbound(o described) bool {
	if _, is := unbound()[o.method+" "+o.path]; is {
		return true
	}
	for part := range unbound() {
		if strings.HasPrefix(part, "{") && strings.Contains(o.path, part) {
			return true
		}
	}
	return false
}

// walled is an office with one of each thing under its label, a second label
// with some things of its own, and users with each role under the second alone.
func walled(t *testing.T) (*office, map[string]string) {
	t.Helper()
	o := newOffice(t, 1)
	path, r := o.draft("Mara")
	round := o.submit("Mara", path, r)
	o.askClient(round)
	o.want(http.StatusOK, o.approve("Coen", round), &round)
	o.tick(path, slotAt.Add(-time.Hour))
	things := theirs()
	things["review"] = fmt.Sprint(o.Step(t, round, approval.Client))
	var picture struct{ Hash string }
	o.want(http.StatusCreated, o.call("Mara", "POST", "/creatives", banner(t, 8), "Content-Type", "application/octet-stream"), &picture)
	things["hash"] = picture.Hash
	o.want(http.StatusOK, o.call("Mara", "PUT", "/campaigns/1/creatives/"+picture.Hash, `{"alt":"x"}`), nil)
	for _, c := range [][2]string{
		{"/labels/1/segments", `{"name":"iedereen","rule":{"all":[]}}`}, {"/labels/1/templates", `{"name":"t","format":"html","source":"<p>x</p>"}`},
		{"/campaigns/1/tracking-links", `{"name":"shop","url":"https://shop.nl/"}`},
		{"/labels/1/series", `{"name":"Welkom","after":"joined"}`}, {"/series/1/steps", `{"mailing_id":1}`},
		{"/mailings/1/blocks", `{"name":"Winterzon","placement":"zon"}`},
		{"/campaigns/1/voucher-pools", `{"name":"zomer"}`}, {"/labels/1/members/1/erasure", `{"reason":"per brief"}`},
		{"/advertisers/1/programmes", `{"network":"direct","ref":"77","live":true,"email_allowed":true}`},
	} {
		o.want(http.StatusCreated, o.call("Mara", "POST", c[0], c[1]), nil)
	}
	o.want(http.StatusCreated, o.call("admin", "POST", "/labels/1/dkim-keys", `{"domain":"shop.nl","selector":"keur2026"}`), nil)
	o.report("Mara", "T-1")
	o.claims("Mara")
	o.live()
	o.ask("Mara")
	o.want(http.StatusOK, o.call("Mara", "POST", "/labels/1/imports?source=test", "email\nnew@post.example\n",
		"Content-Type", "text/csv"), nil)

	other := o.addLabel("shop-de")
	for _, role := range []accounts.Role{accounts.Planner, accounts.Approver, accounts.Finance, accounts.Viewer} {
		o.addUser(string(role), accounts.User{Roles: map[labels.ID][]accounts.Role{other.ID: {role}}})
	}
	o.addUser("none", accounts.User{})
	return o, things
}

// TestLabelsAreWalls calls each operation about another label's things, as
// users of every role under their own: what isn't theirs isn't there.
func TestLabelsAreWalls(t *testing.T) {
	t.Parallel()
	o, things := walled(t)
	tried := 0
	for _, operation := range o.described() {
		if !strings.Contains(operation.path, "{") || isUnbound(operation) {
			continue
		}
		for _, p := range operation.Parameters {
			if _, known := things[p.Name]; p.In == "path" && !known {
				t.Errorf("%s %s names a %s, of which this test has none", operation.method, operation.path, p.Name)
			}
		}
		for _, user := range []string{"planner", "approver", "finance", "viewer", "none"} {
			tried++
			got := o.call(user, operation.method, operation.address(things), `{}`, "If-Match", "*")
			if got.status != http.StatusNotFound {
				t.Errorf("%s %s as another label's %s: %d %s", operation.method, operation.path, user, got.status, got.body)
			}
		}
	}
	if tried < 400 {
		t.Errorf("only %d calls were tried", tried)
	}
}

// TestChildrenAreTheirParents names, with a parent that is one's own, a child of
// another parent, as somebody who may do everything to both.
func TestChildrenAreTheirParents(t *testing.T) {
	t.Parallel()
	o, things := walled(t)
	bodies := good()
	o.addUser("chief", accounts.User{Admin: true, Roles: map[labels.ID][]accounts.Role{1: {accounts.Approver}, 2: {accounts.Approver}}})
	strange := o.otherChildren()
	inner := map[string]string{ // by their parent, and which are no children
		"{name}":       "what isn't declared is declared by this",
		"{advertiser}": "an advertiser is no label's child; a policy that isn't there is removed without a word",
	}
	for _, operation := range o.described() {
		at := strings.LastIndex(operation.path, "{")
		if at < 0 || strings.Count(operation.path, "{") < 2 || isUnbound(operation) {
			continue
		}
		part, _, _ := strings.Cut(operation.path[at:], "/")
		if _, none := inner[part]; none {
			continue
		}
		child, known := strange[strings.Trim(part, "{}")]
		if !known {
			t.Errorf("%s %s has a child %s, of which this test has no other parent's", operation.method, operation.path, part)
			continue
		}
		with := map[string]string{}
		for name, id := range things {
			with[name] = id
		}
		with[strings.Trim(part, "{}")] = child
		body := any(bodies[operation.method+" "+operation.path])
		if body == "" {
			body = nil
		}
		if got := o.call("chief", operation.method, operation.address(with), body, "If-Match", "*"); got.status != http.StatusNotFound {
			t.Errorf("%s %s of another parent: %d %s", operation.method, operation.path, got.status, got.body)
		}
	}
}

// banner is an image of that width.
func banner(t *testing.T, width int) []byte {
	t.Helper()
	var data bytes.Buffer
	if err := png.Encode(&data, image.NewGray(image.Rect(0, 0, width, 20))); err != nil {
		t.Fatal(err)
	}
	return data.Bytes()
}

// otherChildren are things whose parents are others than those of theirs.
func (o *office) otherChildren() map[string]string {
	o.t.Helper()
	create := func(path string, body any) {
		o.t.Helper()
		o.want(http.StatusCreated, o.call("admin", "POST", path, body), nil)
	}
	o.want(http.StatusOK, o.call("admin", "PUT", "/labels/2/attributes/first_name", `{"type":"text"}`), nil)
	create("/labels/2/members", `{"address":"uta@post.example","source":"test",
		"consents":[{"kind":"mail","given":true,"at":"2026-01-01T10:00:00Z","statement":"Ja","source":"Formular"}]}`)
	o.want(http.StatusOK, o.call("admin", "POST", "/labels/2/imports?source=test", "email\nneu@post.example\n",
		"Content-Type", "text/csv"), nil)
	var found paging.Page[struct {
		ID int64 `json:"id"`
	}]
	o.want(http.StatusOK, o.call("admin", "GET", "/labels/2/imports", nil), &found)
	var member int64
	if err := o.db.Owner.Get(&member, `SELECT member_id FROM memberships WHERE label_id = 2 ORDER BY 1 LIMIT 1`); err != nil {
		o.t.Fatal(err)
	}
	var picture struct{ Hash string }
	o.want(http.StatusCreated, o.call("planner", "POST", "/creatives", banner(o.t, 9),
		"Content-Type", "application/octet-stream"), &picture)
	var campaign, tracking struct {
		ID int64 `json:"id"`
	}
	o.want(http.StatusCreated, o.call("Mara", "POST", "/labels/1/campaigns", campaignBody), &campaign)
	o.want(http.StatusCreated, o.call("Mara", "POST", fmt.Sprintf("/campaigns/%d/tracking-links", campaign.ID),
		`{"name":"other","url":"https://shop.nl/"}`), &tracking)
	path, r := o.draft("Mara")
	round := o.submit("Mara", path, r)
	links := fmt.Sprintf("/reviews/%d/links", o.Step(o.t, round, approval.Client))
	o.want(http.StatusCreated, o.call("Mara", "POST", links, map[string]any{"contact_id": o.Contact.ID}), nil)
	var made paging.Page[approval.Link]
	o.want(http.StatusOK, o.call("Mara", "GET", links, nil), &made)
	return map[string]string{
		"member": fmt.Sprint(member), "import": fmt.Sprint(found.Items[0].ID), "hash": picture.Hash, "version": "2", "number": "99",
		"link": fmt.Sprint(made.Items[0].ID), "file": o.fileOf("Mara", o.ask("Mara")), "tracking_link": fmt.Sprint(tracking.ID),
		"mailing": strings.TrimPrefix(path, "/mailings/"),
	}
}
