package targets_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/errgroup"

	"keur/accounts"
	"keur/campaigns/targets"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/links"
	"keur/internal/notices"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/labels"
)

// evening is later than any target is due on its day.
var evening = time.Date(2026, 11, 10, 23, 45, 0, 0, time.UTC)

// room is a label with Mara's campaign, which runs, its tracking links, and what
// answers them.
type room struct {
	pgtest.DB
	*targets.Watch
	clock *clock.Fake
	post  *notices.Store

	mu    sync.Mutex
	ends  map[string]string // where each link ends; others end at shop.nl
	asked []string
	wait  chan struct{} // nil: a link is followed at once
}

func newRoom(t *testing.T) *room {
	t.Helper()
	r := &room{DB: pgtest.Database(t), clock: clock.NewFake(evening), ends: map[string]string{}}
	r.post = notices.NewStore(r.App, pgtest.Box(), r.clock)
	r.Watch = targets.NewWatch(r.App, r.clock, r.trace, r.post, "http://desk.example")
	pgtest.Unguarded(t, r.Owner, func(tx *sqlx.Tx) {
		pgtest.User(t, tx, "Mara")
		pgtest.User(t, tx, "Bo")
		pgtest.Label(t, tx, "nl")
		tx.MustExec(`UPDATE users SET locale = 'en'`)
		tx.MustExec(`INSERT INTO network_connections (label_id, network, name) VALUES (1, 'awin', 'Awin NL')`)
		tx.MustExec(`INSERT INTO advertisers (name, category) VALUES ('Zon', 'travel')`)
		tx.MustExec(`INSERT INTO programmes (advertiser_id, network, ref) VALUES (1, 'awin', '4711')`)
	})
	r.by(t, "user:1", `
		INSERT INTO campaigns (label_id, advertiser_id, programme_id, name, starts_on, ends_on)
		VALUES (1, 1, 1, 'Herfst', '2026-11-01', '2026-11-30'), (1, 1, 1, 'Zomer', '2026-06-01', '2026-06-30')`)
	return r
}

func (r *room) trace(ctx context.Context, url, _ string) (links.Trail, error) {
	r.mu.Lock()
	end, set := r.ends[url]
	r.asked = append(r.asked, url)
	wait := r.wait
	r.mu.Unlock()
	if wait != nil {
		select {
		case <-wait:
		case <-ctx.Done():
			return links.Trail{}, ctx.Err()
		}
	}
	switch {
	case !set:
		end = "https://www.shop.nl/"
	case !strings.Contains(end, "://"):
		return links.Trail{Hops: []links.Hop{{URL: url}}}, fault.New(fault.Conflict, end)
	}
	return links.Trail{Final: end, Hops: []links.Hop{{URL: url, Status: 302}, {URL: end, Status: 200}}}, nil
}

func (r *room) by(t *testing.T, actor, query string, args ...any) {
	t.Helper()
	if err := postgres.InTx(pgtest.Acting(context.Background(), actor), r.App, func(tx *sqlx.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// link keeps a tracking link for the campaign that runs.
func (r *room) link(t *testing.T, name, url string) {
	t.Helper()
	r.by(t, "user:1", `INSERT INTO campaign_links (campaign_id, name, url, utm) VALUES (1, $1, $2, false)`, name, url)
}

func program() context.Context { return pgtest.Acting(context.Background(), "system:scheduler") }

// passes lets so much time pass, finds what is live and checks what is due.
func (r *room) passes(t *testing.T, by time.Duration) {
	t.Helper()
	r.clock.Add(by)
	if err := r.Find(program()); err != nil {
		t.Fatal(err)
	}
	for {
		n, err := r.CheckDue(program())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
		r.clock.Add(10 * time.Second) // the same host may be asked again
	}
}

// all returns the targets of the label, the gravest first.
func (r *room) all(t *testing.T) []targets.Target {
	t.Helper()
	found, err := r.List(t.Context(), targets.Filter{Label: 1}, paging.Ask{})
	if err != nil {
		t.Fatal(err)
	}
	return found.Items
}

// letters returns who was told of what, and forgets it.
func (r *room) letters(t *testing.T) (told []string) {
	t.Helper()
	due, err := r.post.Claim(program(), 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range due {
		if err := r.post.Sent(program(), n.ID); err != nil {
			t.Fatal(err)
		}
		told = append(told, n.Recipient+": "+n.Subject+"\n"+n.Body)
	}
	return told
}

// Each distinct address of what is live is checked, once in a day: of campaigns that
// run, not of others, and a deeplink by itself isn't.
func TestLiveTargetsAreCheckedOnceADay(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.link(t, "Shop", "https://www.awin1.com/cread.php?m=1")
	r.link(t, "Shop again", "https://www.awin1.com/cread.php?m=1")
	r.link(t, "Deep", "https://www.awin1.com/cread.php?m=1&ued={url}")
	r.link(t, "Direct", "https://www.shop.nl/sale")
	r.by(t, "user:1", `INSERT INTO campaign_links (campaign_id, name, url, utm) VALUES (2, 'Old', 'https://old.nl/', false)`)
	for range 3 {
		r.passes(t, 24*time.Hour)
		r.passes(t, time.Minute)
	}
	slices.Sort(r.asked)
	if one := slices.Compact(slices.Clone(r.asked)); len(r.asked) != 6 || len(one) != 2 {
		t.Fatalf("asked were %q", r.asked)
	}
	found := r.all(t)
	if len(found) != 2 || found[0].State != targets.Works || found[0].Parameter != "clickref" || found[0].Home != "shop.nl" ||
		len(found[0].Chain) != 2 || found[0].Chain[1].Status != 200 {
		t.Errorf("found is %+v", found)
	}
	days, err := r.Days(t.Context(), []targets.ID{found[0].ID}, evening)
	if err != nil || len(days[found[0].ID]) != 3 || days[found[0].ID][0].By != "system:scheduler" {
		t.Errorf("days are %+v, %v", days, err)
	}
	uses, err := r.Uses(t.Context(), []targets.ID{found[0].ID}, []labels.ID{1})
	if err != nil || len(uses[found[0].ID]) != 2 || uses[found[0].ID][0].LinkName != "Shop" ||
		uses[found[0].ID][0].CampaignName != "Herfst" {
		t.Errorf("uses are %+v, %v", uses, err)
	}
	// What ended is found no more, and what was found of it is forgotten in time.
	r.passes(t, 30*24*time.Hour)
	if found := r.all(t); len(found) != 0 {
		t.Errorf("after its end %+v", found)
	}
	r.passes(t, 91*24*time.Hour)
	if n := pgtest.Count(t, r.Owner, `
		SELECT (SELECT count(*) FROM live_targets) + (SELECT count(*) FROM live_target_days) + (SELECT count(*) FROM live_hosts)`); n != 0 {
		t.Errorf("%d rows are kept", n)
	}
}

// The owner of the campaign is told that a link broke, once, and again when it broke
// after it had worked.
func TestOwnersAreToldOnce(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	const url = "https://www.awin1.com/cread.php?m=1"
	r.link(t, "Shop", url)
	r.passes(t, 0)
	if told := r.letters(t); len(told) != 0 {
		t.Fatalf("of what works is told %q", told)
	}
	r.ends[url] = "https://www.awin1.com/expired"
	r.passes(t, 24*time.Hour)
	told := r.letters(t)
	if len(told) != 1 || !strings.Contains(told[0], "a link of Herfst is broken") || !strings.Contains(told[0], url) ||
		!strings.Contains(told[0], "no longer leads to shop.nl") || !strings.Contains(told[0], "http://desk.example/links/1") {
		t.Fatalf("told is %q", told)
	}
	since := *r.all(t)[0].BrokenSince
	r.passes(t, 24*time.Hour)
	if broken := r.all(t)[0]; !broken.BrokenSince.Equal(since) || len(r.letters(t)) != 0 {
		t.Errorf("told again, or broken since %s", broken.BrokenSince)
	}
	mine := func(user accounts.UserID) int {
		t.Helper()
		found, err := r.BrokenOf(t.Context(), user, []labels.ID{1})
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	if mine(1) != 1 || mine(2) != 0 {
		t.Errorf("Mara has %d, and Bo %d", mine(1), mine(2))
	}
	delete(r.ends, url)
	r.passes(t, 24*time.Hour)
	if mine(1) != 0 {
		t.Error("what works again is broken")
	}
	r.ends[url] = "links.no_answer"
	if r.passes(t, 24*time.Hour); len(r.letters(t)) != 0 {
		t.Error("told where nobody answered once")
	}
	if r.passes(t, time.Hour); len(r.letters(t)) != 1 {
		t.Error("the second time nobody is told")
	}
}

// A site that a person says is the advertiser's is one at which links may end.
func TestSitesThatPeopleKnow(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	const url = "https://www.awin1.com/cread.php?m=1"
	r.link(t, "Shop", url)
	r.passes(t, 0)
	r.ends[url] = "https://www.shop.de/"
	r.passes(t, 24*time.Hour)
	found := r.all(t)[0]
	if found.State != targets.Broken || found.Found.Key != "links.elsewhere" {
		t.Fatalf("%+v", found)
	}
	mara := pgtest.Acting(t.Context(), "user:1")
	if err := r.AddSite(mara, found.ID, "www.shop.de"); err == nil {
		t.Error("a host is taken for a site")
	}
	for range 2 {
		if err := r.AddSite(mara, found.ID, "shop.de"); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.CheckNow(mara, found.ID); err != nil {
		t.Fatal(err)
	}
	found = r.all(t)[0]
	days, err := r.History(t.Context(), found.ID, paging.Ask{})
	if err != nil || found.State != targets.Works || found.Home != "shop.de" {
		t.Fatalf("%+v, %v", found, err)
	}
	if today := days.Items[0]; today.By != "user:1" || today.State != targets.Works || !today.Broke || len(days.Items) != 2 {
		t.Errorf("the day is %+v", today)
	}
	sites, err := r.Sites(t.Context(), found.ID)
	if err != nil || len(sites) != 1 || sites[0].By != "Mara" {
		t.Errorf("the sites are %+v, %v", sites, err)
	}
	if err := r.RemoveSite(mara, found.ID, "shop.de"); err != nil {
		t.Fatal(err)
	}
	if sites, err = r.Sites(t.Context(), found.ID); err != nil || len(sites) != 0 {
		t.Errorf("taken back, they are %+v, %v", sites, err)
	}
}

// A site may be said in the letters in which people write it, and taken back so.
func TestSitesOfOtherLetters(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.link(t, "Shop", "https://www.awin1.com/cread.php?m=1")
	r.passes(t, 0)
	id, mara := r.all(t)[0].ID, pgtest.Acting(t.Context(), "user:1")
	for _, wrong := range []string{"www.Bücher.de", "bücher.de/x", "bücher.de:80", "b\xff.de"} {
		if err := r.AddSite(mara, id, wrong); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	if err := r.AddSite(mara, id, "bücher.de"); err != nil {
		t.Fatal(err)
	}
	r.ends["https://www.awin1.com/cread.php?m=1"] = "https://www.xn--bcher-kva.de/"
	r.passes(t, 24*time.Hour)
	if found := r.all(t)[0]; found.State != targets.Works || found.Home != "xn--bcher-kva.de" {
		t.Errorf("%+v", found)
	}
	if err := r.RemoveSite(mara, id, "bücher.de"); err != nil {
		t.Fatal(err)
	}
	if sites, err := r.Sites(t.Context(), id); err != nil || len(sites) != 0 {
		t.Errorf("taken back, they are %+v, %v", sites, err)
	}
}

// Where a network's terms forbid it nobody asks, not even a person.
func TestBarredTargetsAreNotAsked(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.link(t, "Shop", "https://www.awin1.com/cread.php?m=1")
	r.by(t, "user:1", `UPDATE network_connections SET links_barred = true`)
	r.passes(t, 0)
	found := r.all(t)
	if len(found) != 1 || !found[0].Barred || len(r.asked) != 0 {
		t.Fatalf("%+v, asked %q", found, r.asked)
	}
	if err := r.CheckNow(pgtest.Acting(t.Context(), "user:1"), found[0].ID); fault.Of(err) != fault.Conflict {
		t.Errorf("a person may: %v", err)
	}
	r.by(t, "user:1", `UPDATE network_connections SET links_barred = false`)
	if r.passes(t, time.Minute); len(r.asked) != 1 {
		t.Errorf("allowed again, asked %q", r.asked)
	}
}

// Of one host one link is checked at a time, by whichever process; of one that died
// another takes over, and what the first finds then counts no more.
func TestOneOfAHostAtATime(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.link(t, "A", "https://www.awin1.com/a")
	r.link(t, "B", "https://www.awin1.com/b")
	r.link(t, "C", "https://www.other.nl/c")
	if err := r.Find(program()); err != nil {
		t.Fatal(err)
	}
	r.wait = make(chan struct{})
	other := targets.NewWatch(r.App, r.clock, r.trace, r.post, "")
	var group errgroup.Group
	var n, m int
	group.Go(func() (err error) { n, err = r.CheckDue(program()); return err })
	group.Go(func() (err error) { m, err = other.CheckDue(program()); return err })
	pgtest.Await(t, r.Owner, `SELECT count(*) = 2 FROM live_hosts WHERE leased_until IS NOT NULL`)
	if late, err := other.CheckDue(program()); err != nil || late != 0 {
		t.Errorf("%d more are checked, %v", late, err)
	}
	first := r.all(t)
	if err := r.CheckNow(pgtest.Acting(t.Context(), "user:1"), first[0].ID); fault.Of(err) != fault.Conflict {
		t.Errorf("beside it a person checks another: %v", err)
	}
	// The first two took too long; others have their hosts now.
	r.clock.Add(4 * time.Minute)
	r.mu.Lock()
	before := r.wait
	r.wait = nil
	r.mu.Unlock()
	if taken, err := other.CheckDue(program()); err != nil || taken != 2 {
		t.Errorf("%d are taken over, %v", taken, err)
	}
	close(before)
	if err := group.Wait(); err != nil || n+m != 2 {
		t.Errorf("%d and %d were checked, %v", n, m, err)
	}
	if days := pgtest.Count(t, r.Owner, `SELECT count(*) FROM live_hosts WHERE turn = 2`); days != 2 {
		t.Errorf("%d hosts had two turns", days)
	}
}
