package segments

import (
	"database/sql"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
)

// mostChanged is up to how many changed members are looked up one by one. Of
// more, as during an import, PostgreSQL is asked without panels.
const mostChanged = 20_000

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
func (c *census) readPanels(all []leaf) (err error) {
	fields, leaves := []Field{consentFields["mail"]}, []leaf{}
	for _, l := range all {
		if l.member {
			fields, leaves = append(fields, l.field), append(leaves, l)
		}
	}
	changed, fresh, err := c.changes(slots(fields))
	if err != nil {
		return err
	}
	if !fresh {
		c.everyone, err = c.askBase(Everyone())
		return err
	}
	c.everyone = set{}
	for _, l := range leaves {
		c.leaves[l.key] = set{}
	}
	if err := c.choose(leaves, slots(fields)); err != nil || len(changed.first) == 0 {
		return err
	}
	members := changed.members()
	c.everyone = c.everyone.without(members)
	for key, s := range c.leaves {
		c.leaves[key] = s.without(members)
	}
	return c.lookUp(leaves, changed)
}

// changes returns whom panels of the columns don't tell of: who changed in
// transactions that their snapshot didn't see, and blocks that lack a panel or
// have another server's.
// Returns false when that is too much to look up.
func (c *census) changes(slots []string) (list changes, few bool, err error) {
	var rows []struct{ First, Last int64 }
	err = c.tx.SelectContext(c.ctx, &rows, `
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
		 LIMIT $7`, c.label, pq.Array(slots), presence, pageBits, pageMask, len(slots), mostChanged+1)
	if err != nil {
		return list, false, postgres.Fault(err, "what changed since the panels")
	}
	n := int64(0)
	for _, r := range rows {
		list.first, list.last = append(list.first, r.First), append(list.last, r.Last)
		n += r.Last - r.First + 1
	}
	return list, n <= mostChanged, nil
}

// choose reads the panels of the columns and adds to each leaf's set who matches.
func (c *census) choose(leaves []leaf, slots []string) error {
	rows, err := c.tx.QueryxContext(c.ctx, `
		SELECT block, field, `+c.part()+`
		  FROM panels
		 WHERE label_id = $1
		   AND field = ANY ($2)`, c.label, pq.Array(slots))
	if err != nil {
		return postgres.Fault(err, "panels")
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var block int64
		var slot string
		var content sql.RawBytes
		if err := rows.Scan(&block, &slot, &content); err != nil {
			return err
		}
		if err := c.chooseFrom(leaves, slot, block, content); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (c *census) chooseFrom(leaves []leaf, slot string, block int64, content []byte) error {
	if slot == presence {
		p, err := decodePanel(Bool, content)
		if err != nil {
			return err
		}
		p.everyone(c.everyone.in(block))
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
		if err := p.choose(l.matcher, c.leaves[l.key].in(block)); err != nil {
			return err
		}
	}
	return nil
}

// lookUp adds those who changed to everyone, and to the set of each leaf that is
// true of them now.
func (c *census) lookUp(leaves []leaf, changed changes) error {
	q := newQuery(c.ground)
	q.buckets = c.sample
	first, last := q.arg(pq.Array(changed.first), "bigint[]"), q.arg(pq.Array(changed.last), "bigint[]")
	conditions, columns := make([]string, len(leaves)), []string{"m.member_id"}
	for i, l := range leaves {
		columns = append(columns, "m."+l.field.Slot)
		condition, err := q.compile(l.Rule)
		if err != nil {
			return err
		}
		conditions[i] = "(" + condition + ") IS TRUE"
	}
	// OFFSET 0 has each stretch looked up by the key: left to itself the planner
	// would compare every member with every stretch.
	rows, err := c.tx.QueryxContext(c.ctx, `
		SELECT m.member_id, ARRAY[`+strings.Join(conditions, ", ")+`]::boolean[]
		  FROM unnest(`+first+`, `+last+`) c (first, last)
		 CROSS JOIN LATERAL (SELECT `+strings.Join(slices.Compact(slices.Sorted(slices.Values(columns))), ", ")+` FROM memberships m
		                      WHERE m.label_id = `+labelArg+` AND m.member_id BETWEEN c.first AND c.last`+q.sampled("m.bucket")+`
		                     OFFSET 0) m`, q.args...)
	if err != nil {
		return postgres.Fault(err, "members of a segment")
	}
	return c.gather(leaves, rows)
}

func (c *census) gather(leaves []leaf, rows *sqlx.Rows) error {
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var member int64
		var matches pq.BoolArray
		if err := rows.Scan(&member, &matches); err != nil {
			return err
		}
		c.everyone.add(member)
		for i, l := range leaves {
			if matches[i] {
				c.leaves[l.key].add(member)
			}
		}
	}
	return rows.Err()
}
