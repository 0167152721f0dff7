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
	a := Attribute{Name: name, Type: typ}
	if err := a.Check(); err != nil {
		return Attribute{}, err
	}
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		// Two who declare at once must not choose the same slot; the label's row
		// is what both have.
		var id labels.ID
		if err := tx.GetContext(ctx, &id, `SELECT id FROM labels WHERE id = $1 FOR UPDATE`, label); err != nil {
			return postgres.Fault(err, "thing.label", "id", label)
		}
		taken, err := attributesOf(ctx, tx, label)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(taken, func(t Attribute) bool { return t.Name == name }); i >= 0 {
			if taken[i].Type != typ {
				return fault.New(fault.Conflict, "members.attribute_exists_as", "name", name, "type", taken[i].Type)
			}
			a = taken[i]
			return nil
		}
		if a.Slot, err = a.FreeSlot(taken); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO attributes (label_id, name, type, slot) VALUES ($1, $2, $3, $4)`, label, a.Name, a.Type, a.Slot)
		return postgres.Fault(err, "thing.attribute", "name", name)
	})
	return a, err
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
