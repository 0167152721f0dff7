// Package webhooks tells other programs, and people's chats, what happens: signed
// and retried as Standard Webhooks says, logged, and replayed when somebody asks.
// What happens is noted by triggers in its own transaction; here it is made into
// messages, which any number of processes post, each at least once.
package webhooks

import (
	"database/sql/driver"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/links"
	"keur/internal/words"
	"keur/labels"
)

// EndpointID names an endpoint.
type EndpointID int

// Kind is in which form an endpoint takes messages.
type Kind string

// The kinds of endpoints.
const (
	Standard Kind = "standard" // JSON, signed
	Slack    Kind = "slack"    // sentences, for an incoming webhook of Slack
	Teams    Kind = "teams"    // sentences, for a workflow of Microsoft Teams
)

// Kinds lists them.
func Kinds() []Kind { return []Kind{Standard, Slack, Teams} }

// Chat reports whether people read what goes there.
func (k Kind) Chat() bool { return k == Slack || k == Teams }

// TypeList is a list of types in a column.
type TypeList []Type

// Scan reads a text[] column.
func (l *TypeList) Scan(src any) error {
	var names []string
	err := pq.Array(&names).Scan(src)
	*l = make(TypeList, len(names))
	for i, name := range names {
		(*l)[i] = Type(name)
	}
	return err
}

// Value writes a text[] column.
func (l TypeList) Value() (driver.Value, error) {
	names := make([]string, len(l))
	for i, t := range l {
		names[i] = string(t)
	}
	return pq.Array(names).Value()
}

// Endpoint is an address that messages are posted to.
type Endpoint struct {
	ID      EndpointID `db:"id" json:"id" readOnly:"true"`
	LabelID *labels.ID `db:"label_id" json:"label_id,omitempty"`
	Kind    Kind       `db:"kind" json:"kind"`
	Name    string     `db:"name" json:"name"`
	// URL is where it is posted. That of a chat is a secret: it goes in, and never
	// comes out.
	URL    string   `db:"-" json:"url,omitempty"`
	Host   string   `db:"host" json:"host" readOnly:"true"`
	Types  TypeList `db:"types" json:"types"`
	Active bool     `db:"active" json:"active"`

	Version   int       `db:"version" json:"version" readOnly:"true"`
	CreatedBy string    `db:"created_by" json:"created_by" readOnly:"true"`
	CreatedAt time.Time `db:"created_at" json:"created_at" readOnly:"true"`

	Health
}

// Health is how an endpoint answers.
type Health struct {
	AnsweredAt   *time.Time    `db:"answered_at" json:"answered_at,omitempty" readOnly:"true"`
	FailingSince *time.Time    `db:"failing_since" json:"failing_since,omitempty" readOnly:"true"`
	Failures     int           `db:"failures" json:"failures" readOnly:"true"`
	Problem      words.Message `db:"problem" json:"problem,omitzero" readOnly:"true"`
	DisabledAt   *time.Time    `db:"disabled_at" json:"disabled_at,omitempty" readOnly:"true"`
	Reason       string        `db:"reason" json:"disabled_reason,omitempty" readOnly:"true" enum:"gone,failing"`
}

// maxURL bounds an address.
const maxURL = 2000

// validate returns everything that is wrong with the endpoint. inside: it may
// stand in our own network, and be called in plain text there.
func (e *Endpoint) validate(inside bool) error {
	var wrong fault.List
	if !slices.Contains(Kinds(), e.Kind) {
		wrong.Add("kind", "endpoints.kind")
	}
	if !form.Name(e.Name) {
		wrong.Add("name", "input.name", "most", form.MaxName)
	}
	host, why := hostOf(e.URL, inside)
	if why != "" {
		wrong.Add("url", why, "most", maxURL)
	}
	e.Host = host
	slices.Sort(e.Types)
	e.Types = slices.Compact(e.Types)
	if len(e.Types) == 0 {
		wrong.Add("types", "endpoints.no_types")
	}
	for _, t := range e.Types {
		if !slices.Contains(Types(), t) {
			wrong.Add("types", "endpoints.no_such_type", "type", string(t))
		} else if e.Kind.Chat() && !t.Said() {
			wrong.Add("types", "endpoints.unsaid", "type", string(t))
		}
	}
	return wrong.Err()
}

// hostOf returns the host of an address that may be posted to, or what is wrong
// with the address. Where a name leads is asked as it is dialled.
func hostOf(address string, inside bool) (host, why string) {
	u, err := url.Parse(address)
	if err != nil || len(address) > maxURL || !form.Line(address, maxURL) || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return "", "endpoints.url"
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !inside) {
		return "", "endpoints.https"
	}
	at, err := netip.ParseAddr(u.Hostname())
	if !inside && (err == nil && !links.Public(at) || strings.EqualFold(u.Hostname(), "localhost")) {
		return "", "endpoints.inside"
	}
	return u.Host, ""
}
