package demo

import (
	"bytes"
	"image"
	"image/png"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"keur/internal/inbox"
)

// market reads a market's file.
func market(t *testing.T, code string) *Market {
	t.Helper()
	m, err := newMarket(code)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestPeopleAreTheSameEachTime(t *testing.T) {
	t.Parallel()
	today := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for _, code := range []string{"nl", "de"} {
		one, err := newPeople(market(t, code), today)
		if err != nil {
			t.Fatal(err)
		}
		other, err := newPeople(market(t, code), today)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for range 6000 {
			address, tracked, row := one.next()
			again, sameTracked, sameRow := other.next()
			if address != again || tracked != sameTracked || !slices.Equal(row, sameRow) || seen[address] {
				t.Fatalf("%q and %q", row, sameRow)
			}
			seen[address] = true
			born, err := time.Parse(one.File.Date, row[4])
			age := today.Sub(born).Hours() / 24 / 365
			if err != nil || age < 18 || age > 85 || slices.Contains(row, "") || len(row) != len(one.File.Header) {
				t.Fatalf("made up %q: %v", row, err)
			}
		}
	}
}

func TestMarketsAreWhole(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"nl", "de"} {
		m := market(t, code)
		segments := map[string]bool{"": true}
		for _, s := range m.Segments {
			segments[s.Name] = true
		}
		advertisers := map[string]bool{"": true}
		for _, o := range m.Offers {
			advertisers[o.Advertiser] = true
			if len(o.Promos) != 2 || !segments[o.Segment] || o.Optimism == 0 || o.Contact == "" || len(o.Deals) == 0 {
				t.Errorf("%s: %+v", code, o)
			}
		}
		for _, b := range m.Mailings {
			if !segments[b.Segment] || !segments[b.Exclude] || len(b.Subjects) == 0 {
				t.Errorf("%s: %+v", code, b)
			}
		}
		people := []string{"", "maker", "colleague", "admin"}
		for _, ticket := range m.Tickets {
			if !advertisers[ticket.Of] || !slices.Contains(people, ticket.To) && m.Departments[ticket.To] == "" {
				t.Errorf("%s: %q is of %q, to %q", code, ticket.Title, ticket.Of, ticket.To)
			}
		}
		for _, step := range m.Series.Steps {
			if !advertisers[step.Offer] || step.Name == "" || step.Subject == "" {
				t.Errorf("%s: %+v", code, step)
			}
		}
		if !segments[m.Saver] || m.Zone.String() != m.Label.TimeZone || len(m.Today) == 0 {
			t.Errorf("%s lacks something", code)
		}
	}
}

func TestLettersOfAnAddress(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"van den Berg": "vandenberg", "Weiß": "weiss", "Zoë": "zoe", "Öztürk": "ozturk"} {
		if got := letters(name); got != want {
			t.Errorf("%s is %s", name, got)
		}
	}
}

func TestNumbersAreGrouped(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1234567: "1,234,567", -12: "-12", -1234: "-1,234"} {
		if got := Grouped(n); got != want {
			t.Errorf("%d is %s", n, got)
		}
	}
}

// mail is what the post takes in these tests.
const mail = "From: a@b.example\r\nTo: c@d.example\r\nSubject: s\r\nMIME-Version: 1.0\r\n%sContent-Type: multipart/alternative; " +
	"boundary=x\r\n\r\n" +
	"--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nAbout Herfst: http://p/a/token1 and http://desk:80/answer/token2\r\n" +
	"--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" +
	`<a href="http://p/c/one"><img></a><a href="http://p/c/one">again</a> <a href='http://p/v/view'></a><a href="http://p/p/prefs"></a>` +
	`<a href="http://p/c/hidden" style="display:none;font-size:0"></a><img src="http://p/o/pixel.gif" width="1">` + "\r\n--x--\r\n"

func TestMailIsRead(t *testing.T) {
	t.Parallel()
	p, now := NewMailReader("http://p"), time.Now()
	unsubscribe := "List-Unsubscribe: <mailto:u@p>, <http://p/u/gone>\r\n"
	p.Take(inbox.Mail{To: []string{"z@d.example"}, Received: now, Data: []byte(strings.Replace(mail, "%s", unsubscribe, 1))})
	p.Take(inbox.Mail{To: []string{"c@d.example"}, Received: now.Add(-time.Hour),
		Data: []byte(strings.Replace(mail, "%s", unsubscribe, 1))})
	p.Take(inbox.Mail{To: []string{"c@d.example"}, Received: now, Data: []byte(strings.Replace(mail, "%s", "", 1))})
	p.Take(inbox.Mail{To: []string{"c@d.example"}, Data: []byte("no mail")})
	got := p.Collect(now)
	if len(got) != 1 || len(p.Collect(time.Time{})) != 0 {
		t.Fatalf("collected %d", len(got))
	}
	l := got[0]
	if len(l.Links) != 1 || l.Hidden != "/c/hidden" || l.Pixel != "/o/pixel.gif" || l.View != "/v/view" ||
		l.Preferences != "/p/prefs" || l.Unsubscribe != "/u/gone" {
		t.Errorf("read %+v", l)
	}
	if links := p.Invitations("c@d.example", "Herfst"); !slices.Equal(links, []string{"/a/token1", "/answer/token2"}) {
		t.Errorf("invited by %q", links)
	}
	if links := p.Invitations("c@d.example", "Winter"); links != nil {
		t.Errorf("invited by %q", links)
	}
}

// TestCrowdKeepsItsHabits counts what many members do.
func TestCrowdKeepsItsHabits(t *testing.T) {
	t.Parallel()
	const n = 20_000
	counted := map[ActKind]int{}
	machines := map[string]bool{}
	dice := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		l := &Letter{To: "m@" + []string{"gmail.example", "icloud.example", "kantoor.example", "web.example"}[i%4],
			Links: []string{"/c/1", "/c/2"}, Hidden: "/c/0"}
		for _, act := range React(l, Habits{Prefetch: 0.3, Scan: 0.5, Gone: 0.02, Full: 0.01, Complain: 0.01, Leave: 0.02, Open: 0.5,
			Again: 0.5, Click: 0.2}, dice) {
			counted[act.Kind]++
			if act.Kind == MachineOpen || act.Kind == MachineClick {
				machines[act.agent] = true
			}
			if reported := act.Kind == Bounce || act.Kind == Complaint; reported != strings.Contains(act.report, "multipart/report") {
				t.Fatalf("%s comes with %q", act.Kind, act.report)
			}
		}
	}
	for kind, want := range map[ActKind]float64{
		MachineOpen: 0.325, MachineClick: 0.375, Open: 0.75, Click: 0.105, Leave: 0.02, Bounce: 0.03, Complaint: 0.01,
	} {
		if got := float64(counted[kind]) / n; got < 0.75*want || got > 1.25*want {
			t.Errorf("%s is done by %.3f, expected %.3f", kind, got, want)
		}
	}
	if len(machines) != 3 {
		t.Errorf("there are machines %v", machines)
	}
}

func TestBannersArePictures(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"nl", "de"} {
		m := market(t, code)
		for _, o := range append(m.Offers, m.Today...) {
			file, err := o.Scene.PNG(300, o.Sky, o.Land)
			if err != nil {
				t.Fatal(err)
			}
			drawn, err := png.Decode(bytes.NewReader(file))
			if err != nil || drawn.Bounds() != image.Rect(0, 0, 300, 120) || drawn.At(0, 0) == drawn.At(150, 117) {
				t.Errorf("%s has an empty banner: %v", o.Advertiser, err)
			}
		}
	}
	if err := new(Color).UnmarshalText([]byte("red")); err == nil {
		t.Error("red is no colour of ours")
	}
}
