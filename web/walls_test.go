package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"keur/accounts"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/campaigns"
	"keur/conversions/claims"
	"keur/conversions/payments"
	"keur/internal/civil"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/blocks"
	"keur/members"
	"keur/networks"
	"keur/requests"
	"keur/templates"
	"keur/web"
	"keur/web/webtest"

	"github.com/jmoiron/sqlx"
)

// unbound are parts of paths that name nothing of a label.
var unbound = map[string]string{
	":token":    "who has it may enter, whoever they are",
	":provider": "the installation's, for strangers or admins", ":route": "the installation's, for admins",
	":person": "the installation's, for admins", ":session": "one's own", ":apitoken": "one's own", ":absence": "one's own",
	"/account/feeds/:feed/revoke":  "one's own",
	"/settings/feeds/:feed/revoke": "for admins, whatever its number",
	"GET /advertisers/:advertiser": "advertisers are every label's; their contacts are concealed",
	":tray":                        "the installation's, for admins",
	"GET /alarms/:alarm":           "the installation's, for admins",
	"POST /alarms/:alarm":          "the installation's, for admins",
	":name":                        "a mailbox provider, the installation's, for admins",
	":webhook":                     "the installation's, for admins",
	":attribute":                   "named under the label of the query, for which the role is demanded",
	":saved":                       "one's own",
	":change":                      "the installation's, for admins", ":key": "one's own", ":passkey": "one's own",
}

func isUnbound(way string) bool {
	for part := range unbound {
		if way == part || strings.HasSuffix(way, part) || strings.HasPrefix(part, ":") && strings.Contains(way+"/", part+"/") {
			return true
		}
	}
	return false
}

// full is a desk with one of each thing under its label.
func full(t *testing.T) *webtest.Desk {
	t.Helper()
	d := webtest.New(t, 1)
	d.Template, d.Erasure = d.OwnTemplate(), d.AskErasure().ID
	d.Mailing, _ = d.Draft(t, d.Brief(t, webtest.TestSlot))
	brief := d.Brief(t, webtest.TestSlot)
	block, err := blocks.Of(&d.Mailing, &brief, "zon", "Winterzon")
	must(t, err)
	_, err = blocks.NewStore(d.DB).Keep(approvaltest.As(d.Users["planner"]), block)
	must(t, err)
	d.FurnishApprovals()
	d.Plan()
	webtest.Series(d, "Welkom", d.Mailing.ID)
	d.ImportFile("E-mail;Voornaam\nnieuw@post.example;Nina\n")
	as := approvaltest.As(d.Users["planner"])
	must(t, d.Deps.Requests.AddFile(as, d.AskColleagues(), requests.Upload{Name: "a.txt", Bytes: []byte("a")}))
	_, err = d.Deps.Feeds.Open(as, d.Label.ID)
	must(t, err)
	_, err = d.Deps.Connections.Create(as, networks.Connection{LabelID: d.Label.ID, Network: "awin", Name: "Awin", Publisher: "45628"})
	must(t, err)
	webtest.Listed(d, 1, networks.Programme{Ref: d.Programme.Ref, Name: "Zonvakantie NL", Relation: networks.Joined, Live: true})
	webtest.Relisted(d, 1, d.Clock.Now(), networks.Programme{
		Ref: d.Programme.Ref, Name: "Zonvakantie NL", Relation: networks.Joined, Live: true, Codes: networks.Allowed,
	})
	webtest.Offered(d, 1, nil, networks.Item{
		Programme: d.Programme.Ref, Kind: networks.Banner, Ref: "b1", Name: "Naar de zon", Picture: "https://i.example/b.png",
		Click: "https://c.example/?c=1",
	})
	webtest.Take(d, 1, d.Campaign)
	webtest.Sells(d, "id,title,price,link\n1,Tent,9.00 EUR,https://zon.example/1\n")
	must(t, d.Deps.Targets.Find(pgtest.Acting(t.Context(), "system:scheduler")))
	webtest.Sold(d, 1, networks.Report{Transaction: "T-1", Programme: d.Programme.Ref, Commission: 650})
	c, err := d.Deps.Claims.Open(as, d.Label.ID, 1, claims.Facts{
		Advertiser: d.Advertiser.ID, Order: "ORD-1", Ordered: civil.DateOf(d.Clock.Now()), Sale: 4_995, Currency: "EUR",
	})
	must(t, err)
	_, err = payments.NewStore(d.DB, d.Clock).Create(as, payments.Payment{
		Label: d.Label.ID, Connection: 1, Number: "2026-10", Issued: civil.DateOf(d.Clock.Now()), Amount: 500, Currency: "EUR",
	})
	must(t, err)
	must(t, claims.NewFiles(d.Deps.Claims).Add(as, c.ID, "order.pdf", []byte("%PDF")))
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO dkim_keys (label_id, domain, selector, private_key_sealed) VALUES ($1, 'x.nl', 's', '\x00')`, d.Label.ID)
		tx.MustExec(raisedAlarm, "send", d.Planned.ID)
	})
	return d
}

// raisedAlarm raises an alarm over a span, of a send.
const raisedAlarm = `
	INSERT INTO mail_alarms (kind, provider, domain, span, send_id, level, mails, events, raised_at, mails_now, events_now, looked_at)
	VALUES ('complaints', 'google', 'shop.nl', $1, $2, 'alarm', 1000, 3, now(), 1000, 3, now())`

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// second is another label, with users of each role.
func second(d *webtest.Desk) labels.Label {
	d.T.Helper()
	l := d.Label
	l.ID, l.Code, l.Name, l.PublicURL, l.BounceDomain, l.ListID = 0, "de", "Geheim", "https://m.geheim.de", "b.geheim.de", "l.geheim.de"
	l.Senders, l.Seeds, l.Caps, l.BlackoutDates = nil, nil, nil, nil
	made, err := d.Labels.Create(approvaltest.As(d.Users["admin"]), l)
	must(d.T, err)
	for _, role := range []accounts.Role{accounts.Planner, accounts.Approver, accounts.Finance, accounts.Viewer} {
		d.AddUser("their-"+string(role), accounts.User{Roles: map[labels.ID][]accounts.Role{made.ID: {role}}})
	}
	return made
}

// TestLabelsAreWalls takes every route that names something, as users of every
// role under another label and as one of none: it isn't there. A part of a path
// that fill doesn't know, and isn't unbound, fails.
func TestLabelsAreWalls(t *testing.T) {
	t.Parallel()
	d := full(t)
	second(d)
	tried := 0
	for _, name := range []string{"their-planner", "their-approver", "their-finance", "their-viewer", "stranger"} {
		person := d.As(name)
		for _, r := range web.Routes(d.Deps) {
			way := r.Method + " " + r.Path
			if !strings.Contains(r.Path, ":") || isUnbound(way) {
				continue
			}
			path := fill(d, r.Path)
			if strings.Contains(path, ":") {
				t.Fatalf("%s names something that fill doesn't know", way)
			}
			tried++
			got := person.Send(r.Method, path, url.Values{})
			none := name == "stranger" && strings.HasPrefix(r.Path, "/calendar/feeds") // who has no label is told so
			if got.Status != http.StatusNotFound && !(none && got.Status == http.StatusForbidden) {
				t.Errorf("%s as %s: %d", way, name, got.Status)
			}
		}
	}
	if tried < 500 {
		t.Errorf("only %d routes were tried", tried)
	}
}

// TestChildrenAreTheirParents names, with a parent that is one's own, a child of
// another parent under the same label.
func TestChildrenAreTheirParents(t *testing.T) {
	t.Parallel()
	d := full(t)
	d.AddUser("chief", accounts.User{Admin: true, Roles: map[labels.ID][]accounts.Role{d.Label.ID: {accounts.Approver, accounts.Planner}}})
	as := approvaltest.As(d.Users["planner"])
	other, err := d.Deps.Campaigns.Create(as, campaigns.Campaign{
		LabelID: d.Label.ID, AdvertiserID: d.Advertiser.ID, Name: "Other", StartsOn: d.Campaign.StartsOn, EndsOn: d.Campaign.EndsOn,
		Deals: d.Campaign.Deals,
	})
	must(t, err)
	asked := d.AskColleagues()
	webtest.Series(d, "Andere", d.Planned.MailingID)
	bare, err := d.Deps.Claims.Open(as, d.Label.ID, 1, claims.Facts{
		Advertiser: d.Advertiser.ID, Order: "ORD-2", Ordered: civil.DateOf(d.Clock.Now().AddDate(0, 0, -1)), Sale: 4995, Currency: "EUR",
	})
	must(t, err)
	feed, err := d.Deps.Feeds.All(as, "")
	must(t, err)
	settled := d.Planned.MailingID // of which the round isn't d.Mailing's
	var round int64
	must(t, d.DB.Get(&round, `SELECT max(r.id) FROM approval_rounds r JOIN revisions v ON v.id = r.revision_id WHERE v.mailing_id = $1`, settled))
	var link int64
	must(t, d.Owner.Get(&link, `SELECT coalesce(min(id), 1) FROM approval_links WHERE review_id <> $1`, d.Review))
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) { tx.MustExec(raisedAlarm, "day", nil) })
	children := map[string]string{
		":alarm":   "2",
		":comment": webtest.Itoa(d.Comment), ":round": fmt.Sprint(round), ":link": fmt.Sprint(link), ":member": "9999",
		":hash": d.Image.Hash.String(), ":pool": webtest.Itoa(d.Pool.ID), ":file": "1", ":number": "99", ":feed": webtest.Itoa(feed[0].ID),
		":pick": "1",
	}
	parents := map[string]string{
		":campaign": webtest.Itoa(other.ID), ":request": webtest.Itoa(asked), ":mailing": webtest.Itoa(d.Mailing.ID),
		":send": webtest.Itoa(d.Planned.ID), ":review": webtest.Itoa(otherReview(d)),
		":case": webtest.Itoa(bare.ID), ":series": "2",
	}
	person := d.As("chief")
	for _, r := range web.Routes(d.Deps) {
		if strings.Count(r.Path, ":") < 2 || isUnbound(r.Method+" "+r.Path) {
			continue
		}
		path := r.Path
		for _, part := range regexp.MustCompile(`:\w+`).FindAllString(r.Path, -1) {
			id, known := parents[part]
			if !known {
				id, known = children[part]
			}
			if !known {
				t.Errorf("%s %s names a %s, of which this test has none", r.Method, r.Path, part)
			}
			path = strings.Replace(path, part, id, 1)
		}
		if got := person.Send(r.Method, path, url.Values{"how": {"leave"}}); got.Status != http.StatusNotFound {
			t.Errorf("%s %s of another parent: %d", r.Method, r.Path, got.Status)
		}
	}
}

// otherReview is one of another mailing than that of the desk's comment.
func otherReview(d *webtest.Desk) approval.ReviewID {
	d.T.Helper()
	m, r := d.Draft(d.T, d.Brief(d.T, webtest.TestSlot))
	return d.Step(d.T, d.Submit(d.T, m, r), approval.Colleague)
}

// hidden are things of a second label, all of which have Geheim in their name.
type hidden struct {
	segment  int64
	template templates.ID
	mailing  mailings.ID
	campaign campaigns.ID
	member   members.ID
	user     accounts.UserID
}

func hide(d *webtest.Desk) (h hidden) {
	d.T.Helper()
	l := second(d)
	as := approvaltest.As(d.Users["their-planner"])
	s, err := d.Deps.Segments.Create(as, l.ID, "Geheim", "", webtest.RuleOf(d.T, `{"all":[]}`))
	must(d.T, err)
	t, err := d.Deps.Templates.Create(as, templates.Template{LabelID: l.ID, Name: "Geheim", Format: "html", Source: "<p>Geheim</p>"})
	must(d.T, err)
	m, err := d.Mailings.Create(as, l.ID, "Geheim", mailings.House)
	must(d.T, err)
	c, err := d.Deps.Campaigns.Create(as, campaigns.Campaign{
		LabelID: l.ID, AdvertiserID: d.Advertiser.ID, Name: "Geheim", StartsOn: d.Campaign.StartsOn, EndsOn: d.Campaign.EndsOn,
		Deals: d.Campaign.Deals,
	})
	must(d.T, err)
	made, err := d.Members.Create(as, members.Newcomer{Label: l.ID, Address: "geheim@post.example", Source: "site"})
	must(d.T, err)
	return hidden{int64(s.ID), t.ID, m.ID, c.ID, made.ID, d.Users["their-planner"].ID}
}

// named are the names of queries and fields that can say a thing of a label by
// its number, with where a foreign one is tried; or why it can't.
func named(d *webtest.Desk, h hidden) map[string][]attempt {
	mailing := "/mailings/" + webtest.Itoa(d.Mailing.ID)
	own := d.AnySegment()
	form := func(path string, pairs ...string) attempt {
		values := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			values.Set(pairs[i], pairs[i+1])
		}
		return attempt{path: path, form: values}
	}
	return map[string][]attempt{
		"a": {{path: "/segments/overlap/count?label=nl&b=" + own + "&a=%d", id: h.segment},
			{path: "/calendar/overlap?label=nl&b=1&a=%d", id: int64(h.mailing)}},
		"b": {{path: "/segments/overlap/count?label=nl&a=" + own + "&b=%d", id: h.segment},
			{path: "/calendar/overlap?label=nl&a=1&b=%d", id: int64(h.mailing)}},
		"ref": {{path: "/requests/attached?about=campaign&ref=%d", id: int64(h.campaign)},
			{path: "/requests/new?about=mailing&ref=%d", id: int64(h.mailing)}},
		"q": {{path: "/search?q=%d", id: int64(h.mailing)}}, "send": {{path: mailing + "/outcome?send=%d", id: 4711}},
		"from": {{path: mailing + "/history?from=%d", id: 4711}}, "to": {{path: mailing + "/history?to=%d", id: 4711}},
		"member": {{path: mailing + "/preview?member=%d", id: int64(h.member)}, {path: mailing + "/sample?member=%d", id: int64(h.member)}},
		"template": {{path: mailing + "/preview?template=%d", id: int64(h.template)},
			form("/mailings/new?label=nl", "name", "x", "kind", "house", "template", "%d").of(int64(h.template))},
		"mailing":  {form("/series/1/steps", "mailing", "%d").of(int64(h.mailing))},
		"like":     {form("/mailings/new?label=nl", "name", "x", "kind", "house", "like", "%d").of(int64(h.mailing))},
		"assignee": {form("/requests/new?label=nl", "kind", "task", "title", "x", "assignee", "%d").of(int64(h.user))},
		"about_ref": {form("/requests/new?label=nl", "kind", "task", "title", "x",
			"about_kind", "mailing", "about_ref", "%d").of(int64(h.mailing))},
		"review":  {form("/proof?at=%2F&verdict=approved&review=%d", "proof-password", "x").of(4711)},
		"answers": {form("/approvals/"+webtest.Itoa(d.Review)+"/comments", "body", "x", "answers", "%d").of(4711)},
		"programme_id": {form("/product-feeds/1", strings.Fields("name x format csv delimiter comma decimal point names.id id "+
			"names.name title names.price price names.link link programme_id %d")...).of(4711)},
		"campaign:": {form(mailing+"/content", "version", "0", "placement", "p1", "campaign:p1", "%d").of(int64(h.campaign))},
	}
}

// attempt is a call in which %d stands for a number.
type attempt struct {
	path string
	form url.Values
	id   int64
}

func (a attempt) of(id int64) attempt { a.id = id; return a }

func (a attempt) send(s *webtest.Browser, id int64) webtest.Response {
	path := strings.Replace(a.path, "%d", fmt.Sprint(id), 1)
	if a.form == nil {
		return s.Get(path)
	}
	form := url.Values{}
	for name, values := range a.form {
		form.Set(name, strings.Replace(values[0], "%d", fmt.Sprint(id), 1))
	}
	return s.Post(path, form)
}

// TestNumbersInFormsAreWalled names another label's things and such as nobody
// has in queries and forms: the answers are alike, and name nothing.
func TestNumbersInFormsAreWalled(t *testing.T) {
	t.Parallel()
	d := full(t)
	h := hide(d)
	person := d.As("planner")
	const nobody = 987654
	tried := named(d, h)
	everyNumberIsTried(t, tried)
	for name, attempts := range tried {
		for _, a := range attempts {
			another, unknown := a.send(person, a.id), a.send(person, nobody)
			if strings.Contains(another.Body, "Geheim") || strings.Contains(another.Body, "geheim@") {
				t.Errorf("%s: %s tells of another label's: %s", name, a.path, another.Body)
			}
			if first := apart(another, unknown, a.id, nobody); first != "" {
				t.Errorf("%s: %s tells another label's from none: %s", name, a.path, first)
			}
		}
	}
}

var passing = regexp.MustCompile(`nonce="\w+"|/(?:mailings|requests)/\d+`)

// apart returns where two answers differ but for the numbers that were asked
// about; "" if they don't.
func apart(a, b webtest.Response, ids ...int64) string {
	if a.Status != b.Status {
		return fmt.Sprintf("%d, and %d", a.Status, b.Status)
	}
	lines := func(r webtest.Response) []string {
		text := passing.ReplaceAllString(r.Header.Get("Location")+"\n"+r.Body, "")
		for _, id := range ids {
			text = regexp.MustCompile(`\b`+fmt.Sprint(id)+`\b`).ReplaceAllString(text, "…")
		}
		return strings.Split(text, "\n")
	}
	one, two := lines(a), lines(b)
	for i, line := range one {
		if i >= len(two) || line != two[i] {
			return fmt.Sprintf("%q, and %q", line, append(two, "")[min(i, len(two))])
		}
	}
	return ""
}

// everyNumberIsTried finds the names of queries and fields in the screens'
// source: one that may hold a thing's number stands among those tried.
func everyNumberIsTried(t *testing.T, tried map[string][]attempt) {
	t.Helper()
	innocent := map[string]string{
		"advertiser": "of a policy, for admins", "programme": "of the advertiser, which is every label's",
		"subject": "a text of the trail, or of a mail",
		"role":    "no thing", "label": "a code, looked up among those seen",
		"campaign": "as campaign:", "creative:": "looked up in the placement's campaign", "placement": "a key within the mailing",
		"contact": "looked up in the review's advertiser", "segment": "as a, b",
	}
	thing := regexp.MustCompile(`^(a|b|q|ref|send|from|to|answers|assignee|about_ref|(member|template|campaign|creative|segment|mailing|` +
		`advertiser|contact|programme|revision|subject|role|label|placement|round|review|pool|user|request)(_id)?:?)$`)
	used := regexp.MustCompile(`\.(?:Query|Field|Get)\("([a-z_]+:?)"`)
	files, err := filepath.Glob("*/*.go")
	must(t, err)
	more, err := filepath.Glob("desk/*/*.go")
	must(t, err)
	for _, file := range append(files, more...) {
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "webtest") {
			continue
		}
		source, err := os.ReadFile(file)
		must(t, err)
		for _, found := range used.FindAllStringSubmatch(string(source), -1) {
			_, is := tried[found[1]]
			if _, fine := innocent[found[1]]; thing.MatchString(found[1]) && !is && !fine {
				t.Errorf("%s reads %s, and nobody tried another label's", file, found[1])
			}
		}
	}
}
