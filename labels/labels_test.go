package labels

import (
	"errors"
	"strings"
	"testing"

	"keur/internal/civil"
	"keur/internal/fault"
)

// shop is a label that is right in every part.
func shop() Label {
	from, until := civil.Time(21*60+30), civil.Time(7*60)
	return Label{
		Code: "shop-nl", Name: "Shop", Locale: "nl", TimeZone: "Europe/Amsterdam",
		PublicURL: "https://mail.shop.nl", BounceDomain: "bounce.shop.nl", ListID: "acties.shop.nl",
		ImprintName: "Shop B.V.", ImprintAddress: "Kade 1\n1011 AB Amsterdam", Accent: "#1a5fb4",
		QuietFrom: &from, QuietUntil: &until,
		Senders:       []Sender{{Name: "Shop", Address: "acties@shop.nl", ReplyTo: "hulp@shop.nl"}},
		Seeds:         []Seed{{Address: "seed@shop.nl"}},
		BlackoutDates: []Blackout{{Day: civil.Date{Year: 2026, Month: 5, Day: 4}, Reason: "Dodenherdenking"}},
		Caps:          []Cap{{Scope: PerLabel, Days: 7, AtMost: 3}},
	}
}

// TestOnlyMailThatLeavesNeedsHTTPS: without a server mail stays in the local
// inbox, and a server on loopback is one that somebody tries.
func TestOnlyMailThatLeavesNeedsHTTPS(t *testing.T) {
	t.Parallel()
	for address, leaves := range map[string]bool{"https://mail.shop.nl": true, "http://mail.shop.nl": false,
		"http://127.0.0.1:8081": true, "http://localhost:8081": true, "http://[::1]:8081": true, "http://localhost.shop.nl": false} {
		l := shop()
		l.PublicURL = address
		if err := l.Validate(); err != nil {
			t.Errorf("%s, without a server: %v", address, err)
		}
		l.SMTPRouteID = new(RouteID)
		if err := l.Validate(); (err == nil) != leaves {
			t.Errorf("%s, with a server: %v", address, err)
		}
	}
}

func TestValidateNamesTheField(t *testing.T) {
	t.Parallel()
	if err := shop().Validate(); err != nil {
		t.Fatal(err)
	}
	for path, spoil := range map[string]func(*Label){
		"code":                  func(l *Label) { l.Code = "Shop NL" },
		"name":                  func(l *Label) { l.Name = "Shop\r\nBcc: all@shop.nl" },
		"locale":                func(l *Label) { l.Locale = "fr" },
		"time_zone":             func(l *Label) { l.TimeZone = "Local" },
		"public_url":            func(l *Label) { l.PublicURL = "https://mail.shop.nl/path" },
		"public_url ":           func(l *Label) { l.PublicURL, l.SMTPRouteID = "http://mail.shop.nl", new(RouteID) },
		"bounce_domain":         func(l *Label) { l.BounceDomain = "bounce" },
		"list_id":               func(l *Label) { l.ListID = "<acties.shop.nl>" },
		"imprint_address":       func(l *Label) { l.ImprintAddress = " " },
		"accent":                func(l *Label) { l.Accent = "red" },
		"quiet_from":            func(l *Label) { l.QuietUntil = nil },
		"senders[0].address":    func(l *Label) { l.Senders[0].Address = "Shop <acties@shop.nl>" },
		"senders[0].address ":   func(l *Label) { l.Senders[0].Address = "café@shop.nl" },
		"senders[0].reply_to":   func(l *Label) { l.Senders[0].ReplyTo = "x\n@shop.nl" },
		"senders[0].reply_to ":  func(l *Label) { l.Senders[0].ReplyTo = "service@café.nl" },
		"senders[1]":            func(l *Label) { l.Senders = append(l.Senders, l.Senders[0]) },
		"seeds[0].address":      func(l *Label) { l.Seeds[0].Address = "seed" },
		"blackout_dates[0].day": func(l *Label) { l.BlackoutDates[0].Day.Year = 1 },
		"caps[0].scope":         func(l *Label) { l.Caps[0].Scope = AcrossLabels },
		"caps[0].days":          func(l *Label) { l.Caps[0].Days = 91 },
		"caps[0].at_most":       func(l *Label) { l.Caps[0].AtMost = 0 },
	} {
		l := shop()
		spoil(&l)
		path = strings.TrimSpace(path) // some are spoilt in several ways
		var e *fault.Error
		if err := l.Validate(); !errors.As(err, &e) || len(e.Details) != 1 || e.Details[0].Path != path {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// Mail leaves by a label that has a server and a sender, and by no other.
func TestMailLeavesByALabel(t *testing.T) {
	t.Parallel()
	route, from := RouteID(1), []Sender{{Name: "Spaarpad", Address: "a@spaarpad.example"}}
	for _, c := range []struct {
		label Label
		want  bool
	}{
		{Label{}, false}, {Label{SMTPRouteID: &route}, false}, {Label{Senders: from}, false},
		{Label{SMTPRouteID: &route, Senders: from}, true},
	} {
		if got := c.label.Leaves(); got != c.want {
			t.Errorf("%+v: %t", c.label, got)
		}
	}
}
