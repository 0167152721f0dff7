package demo

import (
	"image"
	"strings"
	"testing"
	"time"
)

func TestPeopleAreTheSameEachTime(t *testing.T) {
	t.Parallel()
	today := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for _, code := range []string{"nl", "de"} {
		one, err := newPeople(code, today)
		if err != nil {
			t.Fatal(err)
		}
		other, err := newPeople(code, today)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for range 6000 {
			a, b := one.next(), other.next()
			if a.address != b.address || seen[a.address] {
				t.Fatalf("%s and %s", a.address, b.address)
			}
			seen[a.address] = true
			if age := today.Sub(a.born).Hours() / 24 / 365; age < 18 || age > 85 || a.first == "" || a.city == "" || len(a.interests) == 0 {
				t.Fatalf("made up %+v", a)
			}
		}
	}
}

func TestLetters(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"van den Berg": "vandenberg", "Weiß": "weiss", "Zoë": "zoe", "Öztürk": "ozturk"} {
		if got := letters(name); got != want {
			t.Errorf("%s is %s", name, got)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	out := &table{header: []string{"", "sent"}}
	out.add("Grüße", grouped(1234567))
	out.add("x", grouped(-12))
	if got := out.String(); got != "              sent\n  ─────  ─────────\n  Grüße  1,234,567\n  x            -12\n" {
		t.Errorf("set as\n%s", got)
	}
}

func TestLetterIsRead(t *testing.T) {
	t.Parallel()
	l := &letter{}
	l.scan(`<a href="http://p/c/one"><img></a><a href="http://p/c/one">again</a> <a href='http://p/v/view'>
		<a href="http://p/c/hidden" style="display:none;font-size:0"></a><img src="http://p/o/pixel.gif" width="1">`, "http://p")
	if len(l.links) != 1 || l.hidden != "http://p/c/hidden" || l.pixel != "http://p/o/pixel.gif" || l.view != "http://p/v/view" {
		t.Errorf("found %+v", l)
	}
}

func TestBannersArePictures(t *testing.T) {
	t.Parallel()
	for _, c := range theCampaigns() {
		drawn := c.scene.draw(BannerWidth, c.sky, c.land)
		if drawn.Bounds() != image.Rect(0, 0, 1200, 480) || drawn.At(0, 0) == drawn.At(600, 470) {
			t.Errorf("%s has an empty banner", c.Name)
		}
		if strings.TrimSpace(c.alt) == "" {
			t.Errorf("%s has a banner that can't be read aloud", c.Name)
		}
	}
}
