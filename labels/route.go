package labels

import (
	"regexp"
	"time"

	"keur/changes"
	"keur/internal/fault"
)

// RouteID names an SMTP route.
type RouteID int64

// Route is a way out for mail, and how hard it may be pressed: an SMTP server that
// hands it on, or straight to the receivers' own.
type Route struct {
	ID                    RouteID    `db:"id" json:"id" readOnly:"true"`
	Name                  string     `db:"name" json:"name"`
	Kind                  string     `db:"kind" json:"kind,omitempty" enum:"relay,direct" default:"relay" doc:"Direct: to the servers of the receivers' domains, with no server between"`
	Host                  string     `db:"host" json:"host,omitempty" doc:"Of a relay"`
	Port                  int        `db:"port" json:"port,omitempty" minimum:"1" maximum:"65535" doc:"Of a direct route 25, unless it says otherwise"`
	TLS                   string     `db:"tls" json:"tls,omitempty" enum:"starttls,opportunistic,implicit,none" default:"starttls"`
	Verify                bool       `db:"verify" json:"verify" required:"true" doc:"Check the server's certificate"`
	Auth                  string     `db:"auth" json:"auth,omitempty" enum:"none,plain,login,cram-md5,scram" default:"none"`
	Username              string     `db:"username" json:"username,omitempty"`
	Password              string     `db:"-" json:"-"` // sealed in the base; Get opens it
	EHLOName              string     `db:"ehlo_name" json:"ehlo_name,omitempty" doc:"What keur calls itself; empty: the machine's name"`
	Sources               Sources    `db:"sources" json:"sources,omitempty" doc:"Of a direct route, the addresses from which it sends, each in its turn; none: as the system chooses"`
	Connections           int        `db:"connections" json:"connections,omitempty" minimum:"1" maximum:"500" default:"10"`
	MessagesPerConnection int        `db:"messages_per_connection" json:"messages_per_connection,omitempty" minimum:"1" maximum:"1000000" default:"1000"`
	PerMinute             *int       `db:"per_minute" json:"per_minute,omitempty" minimum:"1" maximum:"10000000" doc:"None: as fast as it goes"`
	Shaped                bool       `db:"shaped" json:"shaped,omitempty" doc:"Its server keeps no mail, so that how many connections and mails each a provider takes is kept here"`
	Reports               bool       `db:"reports" json:"reports,omitempty" doc:"Its server keeps mail and posts what becomes of each"`
	TriedAt               *time.Time `db:"tried_at" json:"tried_at,omitempty" readOnly:"true" doc:"When its server last took a real mail; none since it is as it is"`
	Version               int        `db:"version" json:"version" readOnly:"true"`

	Change *changes.Request `db:"-" json:"change,omitempty" readOnly:"true" doc:"What waits for another admin"`
}

var hostShape = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.:_-]{0,252})$`)

// Validate returns everything that is wrong with the route.
func (r Route) Validate() error {
	var wrong fault.List
	name(&wrong, "name", r.Name)
	switch {
	case r.Kind == Direct:
		r.validateSources(&wrong)
	case r.Kind != Relay && r.Kind != "":
		wrong.Add("kind", "labels.route_kind")
	case !hostShape.MatchString(r.Host):
		wrong.Add("host", "labels.server_form")
	}
	if r.Port < 1 || r.Port > 65535 {
		wrong.Add("port", "labels.port")
	}
	switch r.TLS {
	case "starttls", "opportunistic", "implicit", "none":
	default:
		wrong.Add("tls", "labels.tls")
	}
	switch r.Auth {
	case "none":
	case "plain", "login", "cram-md5", "scram":
		if r.Username == "" || r.Password == "" {
			wrong.Add("username", "labels.credentials_missing", "auth", r.Auth)
		}
		if r.TLS == "none" && (r.Auth == "plain" || r.Auth == "login") {
			wrong.Add("tls", "labels.password_in_the_open")
		}
	default:
		wrong.Add("auth", "labels.auth")
	}
	if hasControl(r.Username) || hasControl(r.Password) || len(r.Username) > 500 || len(r.Password) > 500 {
		wrong.Add("username", "labels.credentials_form")
	}
	if r.EHLOName != "" && !hostShape.MatchString(r.EHLOName) {
		wrong.Add("ehlo_name", "labels.host_form")
	}
	if r.Connections < 1 || r.Connections > 500 {
		wrong.Add("connections", "labels.range_500")
	}
	if r.MessagesPerConnection < 1 || r.MessagesPerConnection > 1_000_000 {
		wrong.Add("messages_per_connection", "labels.range_1000000")
	}
	if r.PerMinute != nil && (*r.PerMinute < 1 || *r.PerMinute > 10_000_000) {
		wrong.Add("per_minute", "labels.range_10000000")
	}
	return wrong.Err()
}
