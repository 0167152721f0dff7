// Package anchors proves the audit trail from outside it: it signs the trail's
// head and keeps that elsewhere, and holds the governed tables to what the
// trail tells of them, so that what was rewritten with the rules off is found.
package anchors

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"keur/approval"
	"keur/internal/postgres"
)

// row is a row as JSON; numbers keep their digits.
type row map[string]any

// Books hold what the trail tells of each governed table: its rows or sets of
// them, by what the entries are about. They are written entry by entry.
type Books struct {
	tables map[string]map[string][]row
	wrong  []string
}

// NewBooks returns empty books.
func NewBooks() *Books { return &Books{tables: map[string]map[string][]row{}} }

// Take writes one entry of the trail into the books.
func (b *Books) Take(e approval.Entry) {
	table, act, _ := strings.Cut(e.Action, ".")
	if !slices.Contains([]string{"insert", "update", "delete", "written"}, act) {
		return // of something else than rows
	}
	detail, err := decode(e.Detail)
	if err != nil {
		b.wrong = append(b.wrong, fmt.Sprintf("entry %d can't be read: %v", e.Seq, err))
		return
	}
	rows := b.tables[table]
	if rows == nil {
		rows = map[string][]row{}
		b.tables[table] = rows
	}
	at := -1
	switch act {
	case "insert":
		rows[e.Subject] = append(rows[e.Subject], detail)
		return
	case "written": // a set, as it was then
		if rows[e.Subject] = []row{detail}; detail["sha256"] == nil {
			delete(rows, e.Subject)
		}
		return
	case "update":
		at = slices.IndexFunc(rows[e.Subject], func(r row) bool { return r.came(detail) })
	case "delete":
		at = slices.IndexFunc(rows[e.Subject], func(r row) bool { return reflect.DeepEqual(r, detail) })
	}
	switch {
	case at < 0:
		b.wrong = append(b.wrong, fmt.Sprintf("entry %d tells of another %s than the entries before it", e.Seq, e.Subject))
	case act == "update":
		rows[e.Subject][at].turn(detail)
	default:
		rows[e.Subject] = slices.Delete(rows[e.Subject], at, at+1)
	}
}

// came reports whether a change is one of the row: whether it had what the
// change says it came from.
func (r row) came(change row) bool {
	for column, value := range change {
		if step, is := value.(map[string]any); is && !reflect.DeepEqual(r[column], step["from"]) {
			return false
		}
	}
	return true
}

func (r row) turn(change row) {
	for column, value := range change {
		if step, is := value.(map[string]any); is {
			r[column] = step["to"]
		}
	}
}

// Reconcile holds the books to the tables, in the snapshot of tx, and returns
// each row and each set of rows that isn't what the trail tells, with the
// difference. Of secrets, and of words that may have to be forgotten, the trail
// tells a hash.
func (b *Books) Reconcile(ctx context.Context, tx *sqlx.Tx) ([]string, error) {
	var names []string
	if err := tx.SelectContext(ctx, &names, `SELECT name FROM governed_tables() ORDER BY name`); err != nil {
		return nil, postgres.Fault(err, "thing.audit_trail")
	}
	found := b.wrong
	for _, name := range names {
		differences, err := b.compare(ctx, tx, name)
		if err != nil {
			return nil, err
		}
		found = append(found, differences...)
	}
	return found, nil
}

// compare takes the rows of a table off the books, one by one. What is left on
// either side is a difference.
func (b *Books) compare(ctx context.Context, tx *sqlx.Tx, table string) (found []string, err error) {
	rows, err := tx.QueryxContext(ctx, `SELECT subject, told FROM governed_rows($1)`, table)
	if err != nil {
		return nil, postgres.Fault(err, "thing.audit_trail")
	}
	defer func() { _ = rows.Close() }()
	stray := map[string][]row{}
	for rows.Next() {
		var subject string
		var text []byte
		if err := rows.Scan(&subject, &text); err != nil {
			return nil, fmt.Errorf("read %s: %w", table, err)
		}
		present, err := decode(text)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", table, err)
		}
		told := b.tables[table][subject]
		if at := slices.IndexFunc(told, present.tells); at >= 0 {
			b.tables[table][subject] = slices.Delete(told, at, at+1)
			continue
		}
		stray[subject] = append(stray[subject], present)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", table, err)
	}
	for subject, told := range b.tables[table] {
		for _, was := range told {
			if len(stray[subject]) == 0 {
				found = append(found, subject+" is gone, and nobody is on the trail for it")
				continue
			}
			found = append(found, subject+": "+difference(stray[subject][0], was))
			stray[subject] = stray[subject][1:]
		}
	}
	for subject, rows := range stray {
		for range rows {
			found = append(found, subject+" is there, and nobody is on the trail for it")
		}
	}
	slices.Sort(found)
	return found, nil
}

// tells reports whether the row is as it was told. A column that came later is
// not in what was told before.
func (r row) tells(told row) bool {
	for column, value := range told {
		if !reflect.DeepEqual(r[column], value) {
			return false
		}
	}
	return true
}

// difference says in which columns a row isn't as it was told.
func difference(present, told row) string {
	var parts []string
	for column, value := range told {
		if !reflect.DeepEqual(present[column], value) {
			parts = append(parts, fmt.Sprintf("%s is %s, and the trail says %s", column, text(present[column]), text(value)))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "; ")
}

func text(value any) string {
	written, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(written)
}

func decode(raw []byte) (row, error) {
	reader := json.NewDecoder(bytes.NewReader(raw))
	reader.UseNumber()
	var r row
	return r, reader.Decode(&r)
}
