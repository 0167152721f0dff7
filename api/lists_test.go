package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/mailings"
)

// listed is a list as the API describes it.
type listed struct {
	described
	address string
	sorts   []string
	filters []string
}

// with returns the list's address with parameters.
func (l listed) with(pairs ...string) string {
	query := url.Values{}
	if strings.HasSuffix(l.path, "/breakdown") {
		query.Set("mailing", "1")
	}
	for i := 0; i < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	return l.address + "?" + query.Encode()
}

// fullOffice has at least one thing in every list, and several in most.
func fullOffice(t *testing.T) *office {
	t.Helper()
	o := newOffice(t, 2)
	o.addUser("chief", accounts.User{Admin: true, Roles: map[labels.ID][]accounts.Role{o.Label.ID: {accounts.Approver}}})
	path, _ := o.approved()
	o.tick(path, slotAt.Add(-time.Hour))
	for range 2 {
		again, r := o.draft("Mara")
		o.submit("Mara", again, r)
		o.submit("Mara", path, o.edit("Mara", path))
	}
	for _, name := range []string{"Week 2", "week 10", "Öffnung"} {
		for address, body := range map[string]string{
			"/labels/1/segments": `{"name":%q,"rule":{"all":[]}}`, "/labels/1/templates": `{"name":%q,"format":"html","source":"<p>x</p>"}`,
			"/labels/1/series":           `{"name":%q,"after":"joined"}`,
			"/mailings/1/blocks":         `{"name":%q,"placement":"zon"}`,
			"/campaigns/1/voucher-pools": `{"name":%q}`, "/advertisers": `{"name":%q,"category":"travel"}`,
			"/advertisers/1/contacts": `{"name":%q,"email":"` + fmt.Sprint(len(name)) + `@x.nl","may_approve":true}`,
			"/labels/1/campaigns":     `{"name":%q,"advertiser_id":1,"valid_from":"2026-01-01","valid_until":"2026-02-01","deals":[{"kind":"CPC","minor_units":5}]}`,
		} {
			o.want(http.StatusCreated, o.call("Mara", "POST", address, fmt.Sprintf(body, name)), nil)
		}
		for address, body := range map[string]string{
			"/segments/1": `{"name":"Week 2","rule":{"random":{"percent":50,"seed":%q}}}`, "/templates/1": `{"name":"Week 2","format":"html","source":"<p>%s</p>"}`,
		} {
			o.want(http.StatusOK, o.call("Mara", "PUT", address, fmt.Sprintf(body, name), "If-Match", "*"), nil)
		}
	}
	for _, width := range []int{60, 61} {
		o.attach(1, width)
	}
	for _, name := range []string{"CRM", "warehouse"} {
		o.want(http.StatusCreated, o.call("chief", "POST", "/webhooks",
			`{"kind":"standard","name":"`+name+`","url":"http://127.0.0.1:1/hook","types":["send.held"],"active":true}`), nil)
		o.want(http.StatusOK, o.call("chief", "POST", "/webhooks/1/try", nil), nil)
	}
	o.report("Mara", "T-1", "T-2", "T-3")
	o.claims("Mara")
	o.live()
	o.ask("Mara")
	o.ask("Mara")
	o.want(http.StatusOK, o.call("Mara", "POST", "/labels/1/imports", "e-mail\ngeen adres\nook niet\n", "Content-Type", "text/csv"), nil)
	o.want(http.StatusOK, o.call("Mara", "POST", "/labels/1/imports", "e-mail\nx@post.example\n", "Content-Type", "text/csv"), nil)
	return o
}

// edit writes another revision of a mailing.
func (o *office) edit(user, path string) (r revised) {
	o.t.Helper()
	var m mailings.Mailing
	o.want(http.StatusOK, o.call(user, "GET", path, nil), &m)
	o.want(http.StatusCreated, o.call(user, "POST", path+"/revisions", edition(*m.RevisionID, o.Brief(o.t, slot))), &r)
	return r
}

// attach uploads an image of that width and uses it in a campaign.
func (o *office) attach(campaign, width int) {
	o.t.Helper()
	var data bytes.Buffer
	if err := png.Encode(&data, image.NewGray(image.Rect(0, 0, width, 20))); err != nil {
		o.t.Fatal(err)
	}
	var made campaigns.Creative
	o.want(http.StatusCreated, o.call("Mara", "POST", "/creatives", data.Bytes(), "Content-Type", "application/octet-stream"), &made)
	o.want(http.StatusOK, o.call("Mara", "PUT", fmt.Sprintf("/campaigns/%d/creatives/%s", campaign, made.Hash), `{"alt":"Strand"}`), nil)
}

// live has a campaign of label 1 keep a tracking link, which is followed from then on.
func (o *office) live() {
	o.t.Helper()
	o.want(http.StatusCreated, o.call("Mara", "POST", "/campaigns/1/tracking-links", `{"name":"live","url":"https://live.example/"}`), nil)
	if err := o.deps.Targets.Find(pgtest.Acting(o.t.Context(), "system:scheduler")); err != nil {
		o.t.Fatal(err)
	}
}

// lists returns every operation that takes a cursor.
func (o *office) lists() []listed {
	o.t.Helper()
	var found []listed
	for _, operation := range o.described() {
		l := listed{described: operation, address: operation.address(nil)}
		paged := false
		for _, p := range operation.Parameters {
			switch {
			case p.In == "query" && p.Name == "cursor":
				paged = true
			case p.In == "query" && p.Name == "sort":
				l.sorts = p.Schema.Enum
			case p.In == "query":
				l.filters = append(l.filters, p.Name)
			}
		}
		if paged {
			found = append(found, l)
		}
	}
	return found
}

// TestListsComeInPages goes through each list in each order, in small
// pages, and compares that with the whole.
func TestListsComeInPages(t *testing.T) {
	t.Parallel()
	o := fullOffice(t)
	several := 0
	for _, l := range o.lists() {
		for _, sort := range append([]string{""}, l.sorts...) {
			by := []string{"sort", sort}
			if sort == "" {
				by = nil
			}
			var whole paging.Page[json.RawMessage]
			o.want(http.StatusOK, o.call("chief", "GET", l.with(append(by, "limit", "200")...), nil), &whole)
			limit := fmt.Sprint(max(1, len(whole.Items)/4))
			var parts []json.RawMessage
			for next := true; next && len(parts) <= len(whole.Items); {
				var part paging.Page[json.RawMessage]
				o.want(http.StatusOK, o.call("chief", "GET", l.with(append(by, "limit", limit)...), nil), &part)
				parts = append(parts, part.Items...)
				by, next = []string{"cursor", part.Next}, part.Next != "" // which knows its order
			}
			if whole.Next != "" { // more than there is in one page
				parts = parts[:len(whole.Items)]
			}
			if !slices.EqualFunc(parts, whole.Items, func(a, b json.RawMessage) bool { return string(a) == string(b) }) {
				t.Errorf("%s by %q: %d in pages, %d at once", l.address, sort, len(parts), len(whole.Items))
			}
			if len(whole.Items) > 1 {
				several++
			}
		}
	}
	if several < 40 {
		t.Errorf("only %d lists had more than one thing", several)
	}
}

func TestListsSayWhichParameterIsWrong(t *testing.T) {
	t.Parallel()
	o := fullOffice(t)
	coded := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for _, l := range o.lists() {
		wrong := [][2]string{
			{"limit", "-1"}, {"limit", "0"}, {"limit", "201"}, {"limit", "ten"}, {"limit", "99999999999999999999"},
			{"cursor", "~"}, {"cursor", "MTI"}, {"cursor", coded("{}")}, {"cursor", coded(`{"s":"newest","k":["1; DROP"]}`)},
			{"cursor", coded(`{"s":"nothing","k":["1"]}`)}, {"cursor", coded(`{"k":[` + strings.Repeat(`"1",`, 99) + `"1"]}`)}, {"cursor", coded("\xff")},
		}
		if l.sorts != nil {
			wrong = append(wrong, [2]string{"sort", "colour"})
		}
		for _, filter := range l.filters {
			switch filter {
			case "name":
				wrong = append(wrong, [2]string{"name", strings.Repeat("x", 201)})
			case "state", "kind", "step", "role", "by":
				wrong = append(wrong, [2]string{filter, "nonsense"}, [2]string{filter, "draft;DROP"})
			case "from", "until", "on":
				wrong = append(wrong, [2]string{filter, "yesterday"}, [2]string{filter, "2026-02-30T00:00:00Z"},
					[2]string{filter, "99999-01-01T00:00:00Z"})
			case "advertiser", "campaign", "maker", "mailing", "send", "label":
				wrong = append(wrong, [2]string{filter, "abc"}, [2]string{filter, "99999999999999999999"})
			}
		}
		for _, w := range wrong {
			o.mustName(l, w[0], w[0], w[1])
		}
		if slices.Contains(l.filters, "until") {
			o.mustName(l, "until", "from", "2026-03-01T00:00:00Z", "until", "2026-02-01T00:00:00Z")
			for _, far := range []string{"0001-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"} {
				if got := o.call("chief", "GET", l.with("from", far), nil); got.status != http.StatusOK {
					t.Errorf("%s from %s: %d %s", l.address, far, got.status, got.body)
				}
			}
		}
	}
}

// mustName fails the test unless the list is refused with a problem that names
// the parameter.
func (o *office) mustName(l listed, parameter string, pairs ...string) {
	o.t.Helper()
	got := o.call("chief", "GET", l.with(pairs...), nil)
	var p huma.ErrorModel
	if err := json.Unmarshal([]byte(got.body), &p); err != nil || got.status != http.StatusUnprocessableEntity ||
		len(p.Errors) == 0 || !strings.HasPrefix(p.Errors[0].Location, "query."+parameter) {
		o.t.Errorf("%s with %.80q: %d %s", l.address, pairs, got.status, got.body)
	}
}

// TestShortListsAreKnown lists what comes whole: lists that people write
// themselves and that stay short.
func TestShortListsAreKnown(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 0)
	short := strings.Fields(`/labels /routes /labels/{label}/dkim-keys /labels/{label}/records /labels/{label}/policies /labels/{label}/attributes /labels/{label}/topics
		/me/tokens /me/deputies /template-starters /revisions/{revision}/links /revisions/{revision}/lint /reviews/{review}/links
		/labels/{label}/members/{member}/suppressions /labels/{label}/members/{member}/former-addresses /mailings/{mailing}/faces /reviews/{review}/faces
		/conversions/{conversion}/history /conversions/{conversion}/likely /bounce-trays /provider-limits /mail-providers /mail-rules /warmups /cases/{case}/files /requests/{request}/files
		/labels/{label}/attributes/{name}/words /labels/{label}/claim-rules /labels/{label}/signup-form/texts
		/series/{series}/steps /campaigns/{campaign}/tracking-links`)
	paged := map[string]bool{}
	for _, l := range o.lists() {
		paged[l.path] = true
	}
	for _, operation := range o.described() {
		list := operation.method == "GET" && strings.HasPrefix(operation.Summary, "List ")
		if list && !paged[operation.path] && !slices.Contains(short, operation.path) {
			t.Errorf("%s comes whole, however long it is", operation.path)
		}
	}
}
