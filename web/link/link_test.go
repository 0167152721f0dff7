package link_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/approval/approvaltest"
	"keur/campaigns"
	"keur/internal/pgtest"
	"keur/web/webtest"
)

// watched is a desk whose campaign has two links, of which one breaks on the third
// day, and one in a mailing that is approved.
func watched(t *testing.T) *webtest.Desk {
	t.Helper()
	d := webtest.New(t, 1)
	planner := approvaltest.As(d.Users["planner"])
	_, err := d.Deps.Campaigns.Update(planner, d.Campaign.ID, func(c *campaigns.Campaign) error {
		c.ProgrammeID = &d.Programme.ID
		return nil
	})
	must(t, err) // it is theirs now
	links := campaigns.NewLinks(d.DB)
	for _, address := range []string{"https://www.awin1.com/cread.php?m=1", "https://www.awin1.com/breaks?m=1"} {
		_, err := links.Add(planner, campaigns.Link{CampaignID: d.Campaign.ID, Name: address[len("https://www."):], URL: address})
		must(t, err)
	}
	d.Approved(t, d.Brief(t, webtest.TestSlot))
	for range 3 {
		pass(d)
	}
	return d
}

// pass checks what is due of a day.
func pass(d *webtest.Desk) {
	d.T.Helper()
	d.Clock.Set(d.Clock.Now().Truncate(24 * time.Hour).Add(47*time.Hour + 45*time.Minute)) // late on the next day
	ctx := pgtest.Acting(d.T.Context(), "system:scheduler")
	must(d.T, d.Deps.Targets.Find(ctx))
	for {
		n, err := d.Deps.Targets.CheckDue(ctx)
		must(d.T, err)
		if n == 0 {
			return
		}
		d.Clock.Add(10 * time.Second) // the same host may be asked again
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Links stand in one list, what broke first, with how they stood; on the campaign
// and, for its owner, on Today.
func TestLinksAreListedAsTheyStand(t *testing.T) {
	t.Parallel()
	d := watched(t)
	list := d.As("viewer").Get("/links?label=nl").Body
	broken, works := strings.Index(list, "awin1.com/breaks"), strings.Index(list, "awin1.com/cread")
	if broken < 0 || works < 0 || broken > works {
		t.Errorf("what broke isn't first: %d, %d", broken, works)
	}
	for _, says := range []string{
		"Its server can&#39;t be reached", "It was broken on 2 days: ", "it worked on 3,", "zonvakantie.example",
	} {
		if !strings.Contains(list, says) {
			t.Errorf("it doesn't say %q", says)
		}
	}
	if page := d.As("viewer").Get("/links?label=nl&state=broken").Body; strings.Contains(page, "awin1.com/cread") {
		t.Error("narrowed to what broke, it shows what works")
	}
	if file := d.As("viewer").Get("/links?label=nl&format=csv").Body; !strings.Contains(file, "awin1.com/breaks") {
		t.Errorf("the file is %s", file)
	}
	campaign := d.As("viewer").Get("/campaigns/" + webtest.Itoa(d.Campaign.ID)).Body
	for _, says := range []string{`class="days"`, "Links in its mailings", "/links/1"} {
		if !strings.Contains(campaign, says) {
			t.Errorf("the campaign doesn't say %q", says)
		}
	}
	for user, is := range map[string]bool{"planner": true, "approver": false} { // its owner, and somebody else
		if page := d.As(user).Get("/").Body; strings.Contains(page, "A link is broken") != is {
			t.Errorf("%s is told: %t", user, !is)
		}
	}
	d.Look("planner", "links", "/links?label=nl")
	d.Look("planner", "link-broken", "/links/"+numberOf(t, d, "breaks"))
	d.Look("planner", "campaign-links", "/campaigns/"+webtest.Itoa(d.Campaign.ID))
	d.Look("planner", "today-link", "/")
}

// numberOf is the number of the target whose address has a part.
func numberOf(t *testing.T, d *webtest.Desk, part string) (id string) {
	t.Helper()
	must(t, d.DB.Get(&id, `SELECT id FROM live_targets WHERE position($1 IN url) > 0`, part))
	return id
}

// A person who plans has a link checked now and sees its way; where it ends is the
// advertiser's if they say so.
func TestAPersonChecksALink(t *testing.T) {
	t.Parallel()
	d := watched(t)
	path := "/links/" + numberOf(t, d, "cread")
	page := d.As("viewer").Get(path).Body
	for _, says := range []string{
		"answers 302", "answers 200", "https://www.shop.example/winter", "At shop.example, where it ended at first",
	} {
		if !strings.Contains(page, says) {
			t.Errorf("it doesn't say %q", says)
		}
	}
	if strings.Contains(page, "Check now") || strings.Contains(page, "is the advertiser") {
		t.Error("who only looks may check")
	}
	if r := d.As("viewer").Post(path+"/check", nil); r.Status != http.StatusForbidden {
		t.Errorf("and does: %d", r.Status)
	}
	if r := d.As("planner").Post(path+"/sites", url.Values{"site": {"www.shop.example"}}); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("a host is taken for a site: %d", r.Status)
	}
	w := d.Browse("planner", webtest.Desktop)
	w.Open(path)
	w.Click("#sites > form button")
	w.Until(`document.body.innerText.includes("Links to this advertiser may end at these sites")`)
	w.Click("#way .checking button")
	w.Until(`document.body.innerText.includes("Checked: works")`)
	if page := d.As("viewer").Get(path).Body; !strings.Contains(page, "shop.example <span") || !strings.Contains(page, "Test Planner") {
		t.Error("who said whose site it is isn't there")
	}
	if r := d.As("planner").Post(path+"/sites/remove", url.Values{"site": {"shop.example"}}); r.Status != http.StatusSeeOther {
		t.Errorf("taking it back: %d", r.Status)
	}
}

// Where a network's terms forbid it nobody checks, and the page says so.
func TestBarredLinksSayWhy(t *testing.T) {
	t.Parallel()
	d := watched(t)
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO network_connections (label_id, network, name, links_barred) VALUES (1, 'awin', 'Awin NL', true)`)
	})
	pass(d)
	path := "/links/" + numberOf(t, d, "cread")
	page := d.As("planner").Get(path).Body
	if !strings.Contains(page, "the network&#39;s terms forbid it") || strings.Contains(page, "Check now") {
		t.Errorf("it says %s", page)
	}
	if r := d.As("planner").Post(path+"/check", nil); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "forbid that a program follows this link") {
		t.Errorf("it is checked all the same: %d", r.Status)
	}
}
