package members

import (
	"context"
	"slices"
	"strings"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
)

// Finder finds members of a label by what they call themselves and by what the
// publisher calls them. By address is Store.Find.
type Finder struct{ members *Store }

// NewFinder returns a finder over the members.
func NewFinder(members *Store) *Finder { return &Finder{members} }

// ByKey returns the label's member with that number of the publisher's own.
func (f *Finder) ByKey(ctx context.Context, label labels.ID, key string) (Member, error) {
	var id ID
	if err := f.members.db.GetContext(ctx, &id, `
		SELECT member_id FROM memberships WHERE label_id = $1 AND member_key = $2`, label, key); err != nil {
		return Member{}, postgres.Fault(err, "thing.member_of_key")
	}
	return f.members.Get(ctx, id)
}

// MostNamed is how many members of one name are listed.
const MostNamed = 20

// Named returns the label's members of that name, whole or any part of it, in
// whatever case, those who joined last first; at most MostNamed. Names have no
// index, which imports would pay for: it reads the label's members through.
func (f *Finder) Named(ctx context.Context, label labels.ID, name string) ([]Summary, error) {
	known, err := f.members.Attributes(ctx, label)
	if err != nil {
		return nil, err
	}
	var slots []string
	for _, part := range []string{"first_name", "last_name"} { // in the order in which a whole name has them
		if i := slices.IndexFunc(known, func(a Attribute) bool { return a.Name == part && a.Type == Text }); i >= 0 {
			slots = append(slots, "u."+known[i].Slot)
		}
	}
	found := []Summary{}
	name = strings.Join(strings.Fields(name), " ")
	if len(slots) == 0 || name == "" {
		return found, nil
	}
	// Slots are columns by their table's own check, and no text of anybody's.
	conditions := []string{`lower(concat_ws(' ', ` + strings.Join(slots, ", ") + `) COLLATE names) = lower($2 COLLATE names)`}
	for _, slot := range slots {
		conditions = append(conditions, `lower(`+slot+` COLLATE names) = lower($2 COLLATE names)`)
	}
	err = f.members.db.SelectContext(ctx, &found, `
		SELECT m.id, m.address, coalesce(u.member_key, '') AS member_key, u.source, u.joined_at, u.mail_consent, u.tracking_consent,
		       u.confirmed_at, m.disposable, false AS suppressed
		  FROM memberships u
		  JOIN members m ON m.id = u.member_id
		 WHERE u.label_id = $1 AND (`+strings.Join(conditions, " OR ")+`)
		 ORDER BY u.joined_at DESC, u.member_id DESC LIMIT $3`, label, name, MostNamed)
	return found, postgres.Fault(err, "thing.members_of_label", "label", label)
}

// Whose returns who somebody means by a number: the label's member of that
// number, or of that number of the publisher's own.
func (f *Finder) Whose(ctx context.Context, label labels.ID, id ID, text string) (Member, error) {
	m, err := f.members.Get(ctx, id)
	if err == nil {
		if _, is := m.Under(label); is {
			return m, nil
		}
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return m, err
	}
	return f.ByKey(ctx, label, text)
}
