package members

import (
	"context"
	"time"

	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
)

// Summary is a member under one label, as a list shows them.
type Summary struct {
	ID              ID         `json:"id" db:"id"`
	Address         string     `json:"address" db:"address"`
	Key             string     `json:"member_key,omitempty" db:"member_key"`
	Source          string     `json:"source" db:"source"`
	JoinedAt        time.Time  `json:"joined_at" db:"joined_at"`
	MailConsent     bool       `json:"mail_consent" db:"mail_consent"`
	TrackingConsent bool       `json:"tracking_consent" db:"tracking_consent"`
	ConfirmedAt     *time.Time `json:"confirmed_at,omitempty" db:"confirmed_at"`
	Disposable      bool       `json:"disposable" db:"disposable"` // the domain gives out throw-away mailboxes
	Suppressed      bool       `json:"suppressed" db:"suppressed"` // for whatever reason, under this label or every one
}

// ListFilter narrows a list of members. Zero fields don't narrow.
type ListFilter struct {
	Mailable    *bool // consents to mail, and isn't suppressed
	Source      string
	Domain      string    // of the address
	From, Until time.Time // joined from, and before
}

// List returns a page of the label's members, those who became one first first
// unless asked otherwise.
func (s *Store) List(ctx context.Context, label labels.ID, filter ListFilter, ask paging.Ask) (paging.Page[Summary], error) {
	if !filter.From.IsZero() && !filter.Until.IsZero() && !filter.From.Before(filter.Until) {
		return paging.Page[Summary]{}, fault.At("until", "input.after_from")
	}
	// By the primary key of memberships, which a page enters where the one before ended.
	keys := []paging.Key[Summary]{paging.Number("u.member_id", func(m Summary) ID { return m.ID })}
	orders := []paging.Order[Summary]{{Name: "oldest", Keys: keys}, {Name: "newest", Down: true, Keys: keys}}
	found, err := paging.Select(ctx, s.db, orders, ask, `
		SELECT m.id, m.address, coalesce(u.member_key, '') AS member_key, u.source, u.joined_at, u.mail_consent, u.tracking_consent,
		       u.confirmed_at, m.disposable, p.suppressed
		  FROM memberships u
		  JOIN members m ON m.id = u.member_id
		 CROSS JOIN LATERAL (
		       SELECT EXISTS (SELECT FROM suppressions s WHERE s.member_id = u.member_id AND s.label_id IN (0, u.label_id)) AS suppressed) p
		 WHERE u.label_id = $1 AND ($2::boolean IS NULL OR $2 = (u.mail_consent AND NOT p.suppressed))
		   AND ($3 = '' OR u.source = $3) AND ($4 = '' OR m.domain = lower($4)) 
		   AND ($5::timestamptz IS NULL OR u.joined_at >= $5) AND ($6::timestamptz IS NULL OR u.joined_at < $6)`,
		label, filter.Mailable, filter.Source, filter.Domain, postgres.Moment(filter.From), postgres.Moment(filter.Until))
	return found, postgres.Fault(err, "thing.members_of_label", "label", label)
}
