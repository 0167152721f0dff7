package segments

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/labels"
)

// Field is an attribute of a label's members that rules may ask after.
type Field struct {
	Name string `db:"name"`
	Type Type   `db:"type"`
	Slot string `db:"slot"` // its column in memberships; only ever read from the attributes table
}

// Fields are a label's attributes by name.
type Fields map[string]Field

// membershipFields are what a membership itself can be asked after.
var membershipFields = Fields{
	"joined":    {Name: "joined", Type: Moment, Slot: "joined_at"},
	"confirmed": {Name: "confirmed", Type: Moment, Slot: "confirmed_at"},
	"source":    {Name: "source", Type: Text, Slot: "source"},
}

// consentFields are the consents that a membership holds.
var consentFields = Fields{
	"mail":     {Name: "mail", Type: Bool, Slot: "mail_consent"},
	"tracking": {Name: "tracking", Type: Bool, Slot: "tracking_consent"},
}

// MembershipFields are what a membership itself can be asked after, in order.
func MembershipFields() []Field {
	return []Field{membershipFields["joined"], membershipFields["confirmed"], membershipFields["source"]}
}

// MembershipField returns the field of a membership of that name, if there is one.
func MembershipField(name string) (Field, bool) {
	field, ok := membershipFields[name]
	return field, ok
}

// ConsentFields are the consents that a membership holds.
func ConsentFields() []Field { return []Field{consentFields["mail"], consentFields["tracking"]} }

// Comparison returns the field of memberships that a valid rule compares, and
// how. ok is false for one that asks after something else.
func (f Fields) Comparison(r Rule) (field Field, op Op, value any, ok bool) {
	switch {
	case r.Attribute != nil:
		return f[r.Attribute.Name], r.Attribute.Op, r.Attribute.Value, true
	case r.Membership != nil:
		return membershipFields[r.Membership.Field], r.Membership.Op, r.Membership.Value, true
	case r.Consent != nil:
		return consentFields[r.Consent.Kind], Is, r.Consent.Given, true
	}
	return Field{}, "", nil, false
}

// FieldsOf returns the attributes that rules of the label may ask after.
func FieldsOf(ctx context.Context, db sqlx.QueryerContext, label labels.ID) (Fields, error) {
	var list []Field
	if err := sqlx.SelectContext(ctx, db, &list, `
		SELECT name, type, slot
		  FROM attributes
		 WHERE label_id = $1`, label); err != nil {
		return nil, postgres.Fault(err, "thing.attributes_of_label", "label", label)
	}
	fields := make(Fields, len(list))
	for _, f := range list {
		fields[f.Name] = f
	}
	return fields, nil
}
