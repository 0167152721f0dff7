// Package labels holds the brands and markets that mail is sent for: who
// signs, in which zone and language, through which server, how often and when not.
package labels

import (
	"database/sql/driver"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/lib/pq"

	"keur/changes"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/form"
)

// ID names a label.
type ID int

// Label is a brand in a market.
type Label struct {
	ID             ID          `db:"id" json:"id" readOnly:"true"`
	Code           string      `db:"code" json:"code" doc:"Short name in paths and reports, such as shop-nl"`
	Name           string      `db:"name" json:"name"`
	Locale         string      `db:"locale" json:"locale" enum:"nl,de,en" doc:"Language of its members"`
	TimeZone       string      `db:"time_zone" json:"time_zone" example:"Europe/Amsterdam" doc:"IANA name of the zone that slots are meant in"`
	PublicURL      string      `db:"public_url" json:"public_url" example:"https://mail.shop.nl" doc:"Scheme and host of the links that members and clients get"`
	BounceDomain   string      `db:"bounce_domain" json:"bounce_domain" doc:"Domain of return paths"`
	ListID         string      `db:"list_id" json:"list_id" example:"acties.shop.nl" doc:"List-Id (RFC 2919), stable for ever"`
	ImprintName    string      `db:"imprint_name" json:"imprint_name" doc:"Legal name in each mail"`
	ImprintAddress string      `db:"imprint_address" json:"imprint_address" doc:"Postal address in each mail, one line a line"`
	Accent         string      `db:"accent" json:"accent,omitempty" default:"#1a5fb4" doc:"Colour of its pages"`
	Logo           string      `db:"logo" json:"logo,omitempty" doc:"Hash of the picture on its pages and in its letters to clients"`
	SMTPRouteID    *RouteID    `db:"smtp_route_id" json:"smtp_route_id,omitempty" doc:"Server that takes its mail; none: the local capture inbox"`
	OwnDomains     Domains     `db:"own_domains" json:"own_domains,omitempty" doc:"Domains of ours besides those of its mail: nobody there approves as a client"`
	MoneyHidden    bool        `db:"money_hidden" json:"money_hidden,omitempty" doc:"What networks report of it is for finance and admins alone"`
	QuietFrom      *civil.Time `db:"quiet_from" json:"quiet_from,omitempty" example:"21:30" doc:"No mail from here, local time"`
	QuietUntil     *civil.Time `db:"quiet_until" json:"quiet_until,omitempty" example:"07:00" doc:"Until here, local time"`
	Version        int         `db:"version" json:"version" readOnly:"true"`
	CreatedAt      time.Time   `db:"created_at" json:"created_at" readOnly:"true"`

	Senders       []Sender   `db:"-" json:"senders" nullable:"false"`
	Seeds         []Seed     `db:"-" json:"seeds" nullable:"false"`
	BlackoutDates []Blackout `db:"-" json:"blackout_dates" nullable:"false"`
	Caps          []Cap      `db:"-" json:"caps" nullable:"false"`

	Change *changes.Request `db:"-" json:"change,omitempty" readOnly:"true" doc:"What waits for another admin"`
}

// Domains is a list of domains in a column.
type Domains []string

// Scan reads a text[] column.
func (d *Domains) Scan(src any) error {
	err := pq.Array((*[]string)(d)).Scan(src)
	if len(*d) == 0 {
		*d = nil
	}
	return err
}

// Value writes a text[] column.
func (d Domains) Value() (driver.Value, error) { return pq.Array(append([]string{}, d...)).Value() }

// Sender is an identity that mail of a label comes from.
type Sender struct {
	ID      int64  `db:"id" json:"id" readOnly:"true"`
	Name    string `db:"name" json:"name"`
	Address string `db:"address" json:"address"`
	ReplyTo string `db:"reply_to" json:"reply_to,omitempty"`
}

// Seed is an address of ours that gets test sends.
type Seed struct {
	Address string `db:"address" json:"address"`
	Name    string `db:"name" json:"name,omitempty"`
}

// Blackout is a day on which no mail leaves.
type Blackout struct {
	Day    civil.Date `db:"day" json:"day" example:"2026-05-04"`
	Reason string     `db:"reason" json:"reason,omitempty"`
}

var (
	codeShape   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,30}$`)
	domainShape = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$`)
	accentShape = regexp.MustCompile(`^#[0-9a-f]{6}$`)
	logoShape   = regexp.MustCompile(`^([0-9a-f]{64})?$`)
)

// Location returns the label's zone. A stored label always has one that exists.
func (l Label) Location() *time.Location {
	zone, err := time.LoadLocation(l.TimeZone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// Leaves reports whether mail of the label leaves the house: it has a server that
// takes it, and a sender.
func (l Label) Leaves() bool { return l.SMTPRouteID != nil && len(l.Senders) > 0 }

// Validate returns everything that is wrong with the label.
func (l Label) Validate() error {
	var wrong fault.List
	if !codeShape.MatchString(l.Code) {
		wrong.Add("code", "labels.code_form")
	}
	name(&wrong, "name", l.Name)
	name(&wrong, "imprint_name", l.ImprintName)
	if strings.TrimSpace(l.ImprintAddress) == "" || !form.Lines(l.ImprintAddress, 500) {
		wrong.Add("imprint_address", "labels.imprint_address_form")
	}
	if l.Locale != "nl" && l.Locale != "de" && l.Locale != "en" {
		wrong.Add("locale", "input.locale")
	}
	if _, err := time.LoadLocation(l.TimeZone); err != nil || l.TimeZone == "" || l.TimeZone == "Local" {
		wrong.Add("time_zone", "labels.time_zone")
	}
	if !isBase(l.PublicURL) {
		wrong.Add("public_url", "labels.public_url_form")
	} else if l.SMTPRouteID != nil && !isPrivate(l.PublicURL) {
		wrong.Add("public_url", "labels.public_url_https")
	}
	domain(&wrong, "bounce_domain", l.BounceDomain)
	domain(&wrong, "list_id", l.ListID)
	for i, d := range l.OwnDomains {
		domain(&wrong, fmt.Sprintf("own_domains[%d]", i), d)
	}
	if !accentShape.MatchString(l.Accent) {
		wrong.Add("accent", "labels.colour")
	}
	if !logoShape.MatchString(l.Logo) {
		wrong.Add("logo", "labels.logo_form")
	}
	if (l.QuietFrom == nil) != (l.QuietUntil == nil) || l.QuietFrom != nil && *l.QuietFrom == *l.QuietUntil {
		wrong.Add("quiet_from", "labels.quiet_hours")
	}
	l.validateSenders(&wrong)
	l.validateDays(&wrong)
	validateCaps(&wrong, l.Caps, Scope.ofLabel)
	return wrong.Err()
}

func (l Label) validateSenders(wrong *fault.List) {
	type identity struct{ address, name string }
	seen := map[identity]bool{}
	for i, s := range l.Senders {
		at := fmt.Sprintf("senders[%d]", i)
		name(wrong, at+".name", s.Name)
		senderAddress(wrong, at+".address", s.Address)
		if s.ReplyTo != "" {
			senderAddress(wrong, at+".reply_to", s.ReplyTo)
		}
		if seen[identity{s.Address, s.Name}] {
			wrong.Add(at, "labels.sender_twice")
		}
		seen[identity{s.Address, s.Name}] = true
	}
	seeds := map[string]bool{}
	for i, s := range l.Seeds {
		at := fmt.Sprintf("seeds[%d]", i)
		address(wrong, at+".address", s.Address)
		if !form.Line(s.Name, form.MaxName) {
			wrong.Add(at+".name", "input.name", "most", form.MaxName)
		}
		if seeds[s.Address] {
			wrong.Add(at, "labels.address_twice")
		}
		seeds[s.Address] = true
	}
}

func (l Label) validateDays(wrong *fault.List) {
	seen := map[civil.Date]bool{}
	for i, b := range l.BlackoutDates {
		at := fmt.Sprintf("blackout_dates[%d]", i)
		if b.Day.Year < 2000 || b.Day.Year > 2100 {
			wrong.Add(at+".day", "input.day_range")
		}
		if !form.Line(b.Reason, 200) {
			wrong.Add(at+".reason", "input.line_at_most_200")
		}
		if seen[b.Day] {
			wrong.Add(at, "labels.day_twice")
		}
		seen[b.Day] = true
	}
}

// name demands a name. What it guards goes into headers, where a line end would
// begin a header of its own.
func name(wrong *fault.List, path, text string) {
	if !form.Name(text) {
		wrong.Add(path, "input.name", "most", form.MaxName)
	}
}

func domain(wrong *fault.List, path, text string) {
	if len(text) > 253 || !domainShape.MatchString(text) {
		wrong.Add(path, "labels.domain_form")
	}
}

func address(wrong *fault.List, path, text string) {
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text || parsed.Name != "" || len(text) > 254 || hasControl(text) {
		wrong.Add(path, "labels.email_form")
	}
}

// senderAddress demands an address that stands in every mail: one beyond ASCII
// could go only to servers with SMTPUTF8 (RFC 6531 §3.7.1), which few have.
func senderAddress(wrong *fault.List, path, text string) {
	if strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) {
		wrong.Add(path, "labels.sender_ascii")
		return
	}
	address(wrong, path, text)
}

func hasControl(text string) bool { return strings.ContainsFunc(text, unicode.IsControl) }

// isPrivate reports whether what is asked at a URL is hidden from those on its
// way, or goes no way at all, as on the machine of somebody who tries things.
func isPrivate(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "https" {
		return err == nil
	}
	at, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && at.IsLoopback()
}

// isBase reports whether text is a URL of a scheme and a host alone.
func isBase(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" &&
		u.Scheme+"://"+u.Host == text && !hasControl(text) && len(text) <= 255
}
