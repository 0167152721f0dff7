package signups

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/form"
	"keur/labels"
	"keur/members"
)

// Life is for how long the link that confirms is good.
const Life = 48 * time.Hour

// How often is asked for: of one mailbox within a day, after which nothing more is
// mailed there, and from one network address within an hour, after which no more is
// taken. An IPv6 address counts as its whole network of 64 bits, and with all that
// one site is given, 48 bits.
const (
	mailsADay   = 3
	asksAnHour  = 20
	siteAnHour  = 100
	longestLine = 100 // characters of an answer
)

// networksOf returns the networks by which asking from an address is counted, and
// the site around it; empty: none, or for IPv4 no site.
func networksOf(ip string) (network, site string) {
	at, err := netip.ParseAddr(ip)
	if err != nil {
		return "", ""
	}
	if at = at.Unmap().WithZone(""); at.Is4() {
		return netip.PrefixFrom(at, 32).String(), ""
	}
	return netip.PrefixFrom(at, 64).Masked().String(), netip.PrefixFrom(at, 48).Masked().String()
}

// Asked is what somebody filled in.
type Asked struct {
	Address  string
	Agreed   bool              // to the text to be mailed
	Tracking bool              // to the other one, too
	Text     int               // which version stood there
	Shown    []string          // keys of the topics that stood there
	On       []string          // … and that were ticked
	Answers  map[string]string // by the name of the attribute
	FormURL  string            // where the form stands, as the browser says
	IP       string
}

// Signup is one that is to be confirmed.
type Signup struct {
	ID        int64           `db:"id"`
	Label     labels.ID       `db:"label_id"`
	Address   string          `db:"address"`
	Mailbox   []byte          `db:"mailbox"`
	Text      int             `db:"text_version"`
	Tracking  bool            `db:"tracking"`
	OffTopics pq.StringArray  `db:"off_topics"`
	Answers   json.RawMessage `db:"answers"`
	FormURL   string          `db:"form_url"`
	IP        string          `db:"ip"`
	AskedAt   time.Time       `db:"asked_at"`
	ExpiresAt time.Time       `db:"expires_at"`
	EndedAt   *time.Time      `db:"ended_at"`
}

// ErrOver is a link that was used, is too old, or never was one.
var ErrOver = fault.New(fault.NotFound, "members.signup_over")

// ErrTooMany is what is read from where many signed up within an hour.
var ErrTooMany = fault.New(fault.Limited, "members.signup_many")

// ErrClosed is a form that isn't open.
var ErrClosed = fault.New(fault.NotFound, "members.signup_closed")

// Check returns ErrOver unless the link is good at now: unused, and not too old.
func (s Signup) Check(now time.Time) error {
	if s.EndedAt != nil || !now.Before(s.ExpiresAt) {
		return ErrOver
	}
	return nil
}

// Said returns what was said of themselves, by the name of the attribute.
func (s Signup) Said() map[string]any {
	said := map[string]any{}
	_ = json.Unmarshal(s.Answers, &said) // what isn't an object doesn't get there
	return said
}

// read returns what the answers say, as attributes take it, by name. What the form
// doesn't ask is left out, and so is what is empty.
func (f Form) read(answers map[string]string, known []members.Attribute) (map[string]any, error) {
	var wrong fault.List
	said := map[string]any{}
	for _, name := range f.Attributes {
		at := slices.IndexFunc(known, func(a members.Attribute) bool { return a.Name == name })
		answer := strings.TrimSpace(answers[name])
		if at < 0 || answer == "" {
			continue
		}
		path := "answers." + name
		switch known[at].Type {
		case members.Text:
			if !form.Line(answer, longestLine) {
				wrong.Add(path, "members.signup_line", "most", longestLine)
			}
			said[name] = answer
		case members.Date:
			if _, err := time.Parse(time.DateOnly, answer); err != nil {
				wrong.Add(path, "members.date_expected")
			}
			said[name] = answer
		case members.Number:
			n, err := strconv.ParseFloat(strings.Replace(answer, ",", ".", 1), 64)
			if err != nil || n-n != 0 { // neither infinite nor no number
				wrong.Add(path, "members.signup_number")
			}
			said[name] = n
		case members.Bool:
			said[name] = answer == "yes"
		}
	}
	return said, wrong.Err()
}

// off returns the keys of the topics that the form offers and that weren't ticked.
func (f Form) off(a Asked) []string {
	off := []string{}
	for _, key := range f.Topics {
		if slices.Contains(a.Shown, key) && !slices.Contains(a.On, key) {
			off = append(off, key)
		}
	}
	return off
}

// newToken returns a random token and the hash that is kept of it.
func newToken() (token string, hash []byte) {
	token = rand.Text()
	sum := sha256.Sum256([]byte(token))
	return token, sum[:]
}
