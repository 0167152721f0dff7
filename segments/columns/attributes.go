package columns

import (
	"database/sql"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
	"keur/segments"
)

// maxChanged is up to how many changed members are looked up one by one. Of
// more, as during an import, PostgreSQL is asked without panels.
const maxChanged = 20_000

// changes are the stretches of members, each within a block, whom the panels
// don't tell of.
type changes struct{ first, last []int64 }

// members returns who they are, if they are.
func (c changes) members() set {
	s := set{}
	for i := range c.first {
		s.addAll(c.first[i], c.last[i])
	}
	return s
}

// readPanels makes sets of everyone and of the leaves that have panels,
// corrected by the members who changed since.
func (e *evaluation) readPanels(all []leaf) (err error) {
	slots, leaves := []string{presence}, []leaf{}
	for _, l := range all {
		if l.member {
			slots, leaves = append(slots, l.field.Slot), append(leaves, l)
		}
	}
	slices.Sort(slots)
	slots = slices.Compact(slots)
	changed, fresh, err := e.changes(slots)
	if err != nil {
		return err
	}
	if !fresh {
		e.everyone, err = e.ask(segments.Everyone())
		return err
	}
	e.everyone = set{}
	for _, l := range leaves {
		e.leaves[l.key] = set{}
	}
	if err := e.match(leaves, slots); err != nil || len(changed.first) == 0 {
		return err
	}
	members := changed.members()
	e.everyone = e.everyone.without(members)
	for key, s := range e.leaves {
		e.leaves[key] = s.without(members)
	}
	return e.lookUp(leaves, changed)
}

// changes returns whom panels of the columns don't tell of: who changed in
// transactions that their snapshot didn't see, and blocks that lack a panel or
// have another server's.
// Returns false when that is too much to look up.
func (e *evaluation) changes(slots []string) (list changes, few bool, err error) {
	var rows []struct{ First, Last int64 }
	err = e.tx.SelectContext(e.ctx, &rows, `
		SELECT DISTINCT n.first, n.last
		  FROM panel_changes n
		  LEFT JOIN panels p ON p.label_id = $1 AND p.field = $3 AND p.block = n.block
		 WHERE n.label_id = $1
		   AND (p.block IS NULL OR NOT pg_visible_in_snapshot(n.xid, p.snapshot))
		 UNION
		SELECT block << $4, block << $4 | $5
		  FROM panels
		 WHERE label_id = $1
		   AND field = ANY ($2)
		 GROUP BY block
		HAVING count(*) FILTER (WHERE system = `+thisServer+`) < $6
		 LIMIT $7`, e.Label, pq.Array(slots), presence, pageBits, pageMask, len(slots), maxChanged+1)
	if err != nil {
		return list, false, postgres.Fault(err, "thing.panel_changes")
	}
	n := int64(0)
	for _, r := range rows {
		list.first, list.last = append(list.first, r.First), append(list.last, r.Last)
		n += r.Last - r.First + 1
	}
	return list, n <= maxChanged, nil
}

// match reads the panels of the columns and adds to each leaf's set who matches.
func (e *evaluation) match(leaves []leaf, slots []string) error {
	rows, err := e.tx.QueryxContext(e.ctx, `
		SELECT block, field, `+e.part()+`
		  FROM panels
		 WHERE label_id = $1
		   AND field = ANY ($2)`, e.Label, pq.Array(slots))
	if err != nil {
		return postgres.Fault(err, "thing.panels")
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var block int64
		var slot string
		var content sql.RawBytes
		if err := rows.Scan(&block, &slot, &content); err != nil {
			return err
		}
		if err := e.matchBlock(leaves, slot, block, content); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (e *evaluation) matchBlock(leaves []leaf, slot string, block int64, content []byte) error {
	if slot == presence {
		p, err := decodePanel(segments.Bool, content)
		if err != nil {
			return err
		}
		p.everyone(e.everyone.in(block))
	}
	var p *panel
	for _, l := range leaves {
		if l.field.Slot != slot {
			continue
		}
		if p == nil {
			decoded, err := decodePanel(l.field.Type, content)
			if err != nil {
				return err
			}
			p = &decoded
		}
		if err := p.match(l.matcher, e.leaves[l.key].in(block)); err != nil {
			return err
		}
	}
	return nil
}

// lookUp adds those who changed to everyone, and to the set of each leaf that is
// true of them now.
func (e *evaluation) lookUp(leaves []leaf, changed changes) error {
	q := e.query()
	first, last := q.Arg(pq.Array(changed.first), "bigint[]"), q.Arg(pq.Array(changed.last), "bigint[]")
	conditions, columns := make([]string, len(leaves)), []string{"m.member_id"}
	for i, l := range leaves {
		columns = append(columns, "m."+l.field.Slot)
		condition, err := q.Condition(l.Rule)
		if err != nil {
			return err
		}
		conditions[i] = "(" + condition + ") IS TRUE"
	}
	// OFFSET 0 has each stretch looked up by the key: left to itself the planner
	// would compare every member with every stretch.
	rows, err := e.tx.QueryxContext(e.ctx, `
		SELECT m.member_id, ARRAY[`+strings.Join(conditions, ", ")+`]::boolean[]
		  FROM unnest(`+first+`, `+last+`) c (first, last)
		 CROSS JOIN LATERAL (SELECT `+strings.Join(slices.Compact(slices.Sorted(slices.Values(columns))), ", ")+` FROM memberships m
		                      WHERE m.label_id = `+segments.LabelArg+` AND m.member_id BETWEEN c.first AND c.last`+q.Sampled("m.bucket")+`
		                     OFFSET 0) m`, q.Args...)
	if err != nil {
		return postgres.Fault(err, "thing.segment_members")
	}
	return e.gather(leaves, rows)
}

func (e *evaluation) gather(leaves []leaf, rows *sqlx.Rows) error {
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var member int64
		var matches pq.BoolArray
		if err := rows.Scan(&member, &matches); err != nil {
			return err
		}
		e.everyone.add(member)
		for i, l := range leaves {
			if matches[i] {
				e.leaves[l.key].add(member)
			}
		}
	}
	return rows.Err()
}
