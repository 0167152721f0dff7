package members

import (
	"context"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
)

// Attributes returns the attributes of label, by name.
func (s *Store) Attributes(ctx context.Context, label labels.ID) ([]Attribute, error) {
	return attributesOf(ctx, s.db, label)
}

func attributesOf(ctx context.Context, q sqlx.QueryerContext, label labels.ID) ([]Attribute, error) {
	list := []Attribute{}
	err := sqlx.SelectContext(ctx, q, &list, `
		SELECT name, type, slot FROM attributes WHERE label_id = $1 ORDER BY name`, label)
	return list, postgres.Fault(err, "thing.attributes_of_label", "label", label)
}

// Declare gives label an attribute and returns it with its slot. To declare it
// again with the same type changes nothing; with another type it is a conflict.
func (s *Store) Declare(ctx context.Context, label labels.ID, name string, typ Type) (Attribute, error) {
	declared, err := NewAttributes(s).Declare(ctx, label, []Attribute{{Name: name, Type: typ}})
	if err != nil {
		return Attribute{}, err
	}
	return declared[0], nil
}

// Attributes changes what labels know of their members.
type Attributes struct {
	members *Store
}

// NewAttributes returns the store of attributes.
func NewAttributes(members *Store) *Attributes { return &Attributes{members} }

// Declare gives label several attributes: all of them or, with a fault, none.
func (s *Attributes) Declare(ctx context.Context, label labels.ID, wanted []Attribute) ([]Attribute, error) {
	declared := make([]Attribute, len(wanted))
	err := postgres.InTx(ctx, s.members.db, func(tx *sqlx.Tx) error {
		taken, err := lockAttributes(ctx, tx, label)
		if err != nil {
			return err
		}
		for i, a := range wanted {
			if err := a.Check(); err != nil {
				return err
			}
			if declared[i], err = declare(ctx, tx, label, a, taken); err != nil {
				return err
			}
			taken = append(taken, declared[i])
		}
		return nil
	})
	return declared, err
}

// lockAttributes returns the attributes of label. Two who declare or remove at once
// must not choose the same slot; the label's row is what both have.
func lockAttributes(ctx context.Context, tx *sqlx.Tx, label labels.ID) ([]Attribute, error) {
	var id labels.ID
	if err := tx.GetContext(ctx, &id, `SELECT id FROM labels WHERE id = $1 FOR UPDATE`, label); err != nil {
		return nil, postgres.Fault(err, "thing.label", "id", label)
	}
	return attributesOf(ctx, tx, label)
}

func declare(ctx context.Context, tx *sqlx.Tx, label labels.ID, a Attribute, taken []Attribute) (Attribute, error) {
	if i := slices.IndexFunc(taken, func(t Attribute) bool { return t.Name == a.Name }); i >= 0 {
		if taken[i].Type != a.Type {
			return a, fault.New(fault.Conflict, "members.attribute_exists_as", "name", a.Name, "type", taken[i].Type)
		}
		return taken[i], nil
	}
	var err error
	if a.Slot, err = a.FreeSlot(taken); err != nil {
		return a, err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO attributes (label_id, name, type, slot) VALUES ($1, $2, $3, $4)`, label, a.Name, a.Type, a.Slot)
	return a, postgres.Fault(err, "thing.attribute", "name", a.Name)
}

// Remove takes an attribute from label of which no member has a value. Returns a
// conflict if one has, if a segment or a mailing that isn't over asks for it, or
// while an import runs (trigger attributes_guard).
func (s *Attributes) Remove(ctx context.Context, label labels.ID, name string) error {
	return postgres.InTx(ctx, s.members.db, func(tx *sqlx.Tx) error {
		if _, err := lockAttributes(ctx, tx, label); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, `DELETE FROM attributes WHERE label_id = $1 AND name = $2`, label, name)
		if err != nil {
			return postgres.Fault(err, "thing.attribute", "name", name)
		}
		if n, _ := done.RowsAffected(); n == 0 {
			return fault.New(fault.NotFound, "members.attribute_undeclared")
		}
		return nil
	})
}

// FieldSQL returns for each field of a member, of its membership ms, the SQL
// that reads it as text in the form that templates read, with a comma before
// it. A field that the label has no more is empty for everyone.
func (s *Store) FieldSQL(ctx context.Context, label labels.ID, fields []string) ([]string, error) {
	attributes, err := s.Attributes(ctx, label)
	if err != nil {
		return nil, err
	}
	slots := map[string]string{}
	for _, a := range attributes {
		slots[a.Name] = a.Slot
	}
	columns := make([]string, len(fields))
	for i, field := range fields {
		switch slot := slots[field]; {
		case slot == "":
			columns[i] = ", ''"
		case strings.HasPrefix(slot, "s"):
			columns[i] = ", coalesce(to_json(ms." + slot + ")::text, '')"
		default:
			columns[i] = ", coalesce(ms." + slot + "::text, '')"
		}
	}
	return columns, nil
}
