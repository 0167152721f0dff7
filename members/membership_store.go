package members

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/labels"
)

// memberships returns those of the member, with their attributes by name.
func memberships(ctx context.Context, q sqlx.ExtContext, id ID) ([]Membership, error) {
	list := []Membership{}
	rows, err := q.QueryxContext(ctx, `
		SELECT label_id, joined_at, mail_consent, tracking_consent, confirmed_at, source, coalesce(time_zone, ''),
		       coalesce(member_key, '')
		  FROM memberships WHERE member_id = $1 AND label_id IN (SELECT id FROM labels)
		 ORDER BY label_id`, id) // the labels are named because the key starts with them
	if err != nil {
		return nil, postgres.Fault(err, "thing.memberships_of_member", "member", id)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var m Membership
		if err := rows.Scan(&m.Label, &m.JoinedAt, &m.MailConsent, &m.TrackingConsent, &m.ConfirmedAt, &m.Source, &m.TimeZone,
			&m.Key); err != nil {
			return nil, fmt.Errorf("membership of member %d: %w", id, err)
		}
		list = append(list, m)
	}
	if err := rows.Err(); err != nil {
		return nil, postgres.Fault(err, "thing.memberships_of_member", "member", id)
	}
	for i := range list {
		if list[i].Attributes, err = valuesOf(ctx, q, list[i].Label, id); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// valuesOf returns the member's attributes under label that have a value.
func valuesOf(ctx context.Context, q sqlx.ExtContext, label labels.ID, id ID) (map[string]any, error) {
	values := map[string]any{}
	attributes, err := attributesOf(ctx, q, label)
	if err != nil || len(attributes) == 0 {
		return values, err
	}
	columns, targets := make([]string, len(attributes)), make([]any, len(attributes))
	for i, a := range attributes {
		columns[i], targets[i] = a.Slot, a.Type.target()
	}
	err = q.QueryRowxContext(ctx, `
		SELECT `+strings.Join(columns, ", ")+` FROM memberships
		 WHERE label_id = $1 AND member_id = $2`, label, id).Scan(targets...)
	if err != nil {
		return nil, postgres.Fault(err, "thing.attributes_of_member", "member", id)
	}
	for i, a := range attributes {
		if v := value(targets[i]); v != nil {
			values[a.Name] = v
		}
	}
	return values, nil
}

// target returns what a column of the type is scanned into.
func (t Type) target() any {
	switch t {
	case Number:
		return new(sql.NullFloat64)
	case Date:
		return new(sql.NullTime)
	case Bool:
		return new(sql.NullBool)
	case Set:
		return new(pq.StringArray)
	}
	return new(sql.NullString)
}

// value returns what was scanned into target as JSON shows it, or nil.
func value(target any) any {
	switch v := target.(type) {
	case *sql.NullFloat64:
		if v.Valid {
			return v.Float64
		}
	case *sql.NullTime:
		if v.Valid {
			return v.Time.Format(time.DateOnly)
		}
	case *sql.NullBool:
		if v.Valid {
			return v.Bool
		}
	case *pq.StringArray:
		if *v != nil {
			return []string(*v)
		}
	case *sql.NullString:
		if v.Valid {
			return v.String
		}
	}
	return nil
}

// columnsOf returns the columns of the named attributes and their values,
// checked. The columns come from the table of attributes, never from input.
func columnsOf(ctx context.Context, tx *sqlx.Tx, label labels.ID, named map[string]any) (columns []string, values []any, err error) {
	if len(named) == 0 {
		return nil, nil, nil
	}
	declared, err := attributesOf(ctx, tx, label)
	if err != nil {
		return nil, nil, err
	}
	var wrong fault.List
	for name, given := range named {
		i := slices.IndexFunc(declared, func(a Attribute) bool { return a.Name == name })
		if i < 0 {
			wrong.Add("attributes."+name, "members.attribute_undeclared")
			continue
		}
		column, err := declared[i].column(given)
		if err != nil {
			wrong.Note("attributes."+name, words.OfError(err))
			continue
		}
		columns, values = append(columns, declared[i].Slot), append(values, column)
	}
	return columns, values, wrong.Err()
}

// CheckZone returns a fault unless zone is empty or a name of the IANA zones.
func CheckZone(zone string) error {
	if zone == "" {
		return nil
	}
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
		return fault.At("time_zone", "members.time_zone")
	}
	return nil
}

// CheckKey returns a fault unless key is empty or one that a publisher gives: at
// most 100 characters of ASCII, without blanks.
func CheckKey(key string) error {
	if len(key) > 100 || strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return fault.At("member_key", "members.member_key_form")
	}
	return nil
}

// nullable returns s as a column takes it that holds null and not "".
func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// placeholders returns $from, … for n values.
func placeholders(from, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("$%d", from+i)
	}
	return strings.Join(list, ", ")
}
