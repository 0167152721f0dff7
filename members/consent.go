package members

import (
	"net/netip"
	"time"

	"keur/internal/fault"
	"keur/labels"
)

// ConsentKind is what a consent allows. To be mailed and to be tracked are two
// things, and each is asked for and withdrawn on its own.
type ConsentKind string

// The kinds of consent.
const (
	MailConsent     ConsentKind = "mail"
	TrackingConsent ConsentKind = "tracking"
)

// Consent is what a member said once, given or withdrawn, with the proof of
// it. What was said stays; the newest by At rules, and a withdrawal rules over
// a consent of the same moment.
type Consent struct {
	ID        int64       `json:"-" db:"id"`
	Label     labels.ID   `json:"label_id" db:"label_id"`
	Kind      ConsentKind `json:"kind" db:"kind"`
	Given     bool        `json:"given" db:"given"`
	At        time.Time   `json:"at" db:"at"`                         // when the member said so
	Statement string      `json:"statement,omitempty" db:"statement"` // the exact text that the member saw
	Version   string      `json:"version,omitempty" db:"version"`     // of the text
	Source    string      `json:"source" db:"source"`                 // where: a form, a shop, a file
	FormURL   string      `json:"form_url,omitempty" db:"form_url"`
	IP        string      `json:"ip,omitempty" db:"ip"`
	// Double opt-in: when the question was mailed, and when and from where it was confirmed.
	OptinMailedAt *time.Time `json:"optin_mailed_at,omitempty" db:"optin_mailed_at"`
	ConfirmedAt   *time.Time `json:"confirmed_at,omitempty" db:"confirmed_at"`
	ConfirmedIP   string     `json:"confirmed_ip,omitempty" db:"confirmed_ip"`
	// When and by whom it was written down here; set when it is read.
	RecordedAt time.Time `json:"recorded_at" db:"recorded_at"`
	RecordedBy string    `json:"recorded_by" db:"recorded_by"`
}

// ClockSkew is how far another machine's clock may be ahead of ours.
const ClockSkew = 10 * time.Minute

// Check returns a fault unless the consent can be recorded at now. One that is
// given needs its proof: text, source and time. To withdraw needs nothing but
// the time, as it must be as easy as giving (GDPR article 7).
func (c Consent) Check(now time.Time) error {
	var wrong fault.List
	if c.Kind != MailConsent && c.Kind != TrackingConsent {
		wrong.Add("kind", "members.consent_kind")
	}
	switch {
	case c.At.IsZero():
		wrong.Add("at", "members.consent_at_missing")
	case c.At.After(now.Add(ClockSkew)):
		wrong.Add("at", "members.consent_at_future")
	}
	if c.Given && c.Statement == "" {
		wrong.Add("statement", "members.consent_statement")
	}
	if c.Given && c.Source == "" {
		wrong.Add("source", "members.consent_source")
	}
	for path, ip := range map[string]string{"ip": c.IP, "confirmed_ip": c.ConfirmedIP} {
		if _, err := netip.ParseAddr(ip); ip != "" && err != nil {
			wrong.Add(path, "members.consent_ip")
		}
	}
	return wrong.Err()
}
