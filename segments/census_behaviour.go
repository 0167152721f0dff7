package segments

import (
	"database/sql"
	"encoding/binary"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/civil"
	"keur/internal/postgres"
)

// asked is which deeds a rule asks after.
type asked struct {
	deed      Deed
	mailings  []int64
	campaigns []int64 // whose links; nil: any, or none
	from      string  // the first day …
	through   string  // … and the last one that is packed
}

// did returns the members who opened or clicked as the rule says: from packs,
// and of days that have none from behaviours themselves.
func (c *census) did(e Engagement) (set, error) {
	a, err := c.asked(e)
	if err != nil {
		return nil, postgres.Fault(err, "what a rule refers to")
	}
	crowd := newCrowd(e.AtLeast)
	if err := c.readPacks(a, crowd); err != nil {
		return nil, postgres.Fault(err, "packs of behaviours")
	}
	return crowd.in, postgres.Fault(c.readUnpacked(a, crowd), "behaviours")
}

func (c *census) asked(e Engagement) (a asked, err error) {
	q := newQuery(c.ground)
	a.deed, a.from = e.Deed, civil.Date{Year: 1, Month: 1, Day: 1}.String()
	if e.WithinDays > 0 {
		a.from = c.firstOf(e.WithinDays).String()
	}
	if a.mailings, err = q.mailings(e.Target); err != nil {
		return a, err
	}
	if e.Deed == Clicked && e.Target != (Target{Mailing: e.Mailing}) {
		if a.campaigns, err = q.campaigns(e.Target); err != nil {
			return a, err
		}
	}
	var through []string
	if err := c.find(&through, `SELECT through::text FROM packed WHERE label_id = $1`, c.label); err != nil {
		return a, err
	}
	if a.through = (civil.Date{Year: 1, Month: 1, Day: 1}).String(); len(through) > 0 {
		a.through = through[0]
	}
	return a, nil
}

// readPacks notes what the packs say.
func (c *census) readPacks(a asked, crowd *crowd) error {
	var only map[int64]bool
	if a.campaigns != nil {
		only = map[int64]bool{}
		for _, id := range a.campaigns {
			only[id] = true
		}
	}
	// Plus nothing, lest the index be searched once per mailing.
	rows, err := c.tx.QueryxContext(c.ctx, `
		SELECT `+c.part()+`
		  FROM packs
		 WHERE label_id = $1
		   AND kind = `+kind(a.deed)+`
		   AND day BETWEEN $2 AND $3
		   AND mailing_id + 0 = ANY ($4)
		   AND content IS NOT NULL`, c.label, a.from, a.through, pq.Array(a.mailings))
	return eachBytes(rows, err, func(pack []byte) error { return crowd.unpack(pack, only) })
}

// readUnpacked notes what behaviours say of the days after those that are
// packed, and of those that changed since. Rows are many, so each comes as one
// number: the member, and in its last ten bits how often, more than which no
// rule asks after.
func (c *census) readUnpacked(a asked, crowd *crowd) error {
	q := newQuery(c.ground)
	mailings, from, through := q.arg(pq.Array(a.mailings), "bigint[]"), q.arg(a.from, "date"), q.arg(a.through, "date")
	// Of all members a stretch of the key per mailing is read, of a sample the
	// index that holds no others.
	column, narrowed := "b.mailing_id", ""
	if c.sample > 0 {
		q.buckets = c.sample
		column, narrowed = "b.mailing_id + 0", q.sampled(bucketOf("b"))
	}
	if a.campaigns != nil {
		narrowed += " AND b.campaign_id + 0 = ANY (" + q.arg(pq.Array(a.campaigns), "bigint[]") + ")"
	}
	// Once is enough for most rules: then the key alone is read.
	deed := "b.member_id << 10 | 1"
	if crowd.most > 1 {
		deed = "b.member_id << 10 | least(b.n, 1023)"
	}
	rows, err := c.tx.QueryxContext(c.ctx, `
		SELECT string_agg(int8send(`+deed+`), '')
		  FROM behaviours b
		 WHERE b.label_id = `+labelArg+`
		   AND b.kind = `+kind(a.deed)+`
		   AND `+column+` = ANY (`+mailings+`)
		   AND b.day > `+through+`
		   AND b.day >= `+from+narrowed+`
		 GROUP BY b.mailing_id, b.day
		 UNION ALL
		SELECT string_agg(int8send(`+deed+`), '')
		  FROM packs p
		  JOIN behaviours b ON b.label_id = p.label_id AND b.kind = p.kind AND b.mailing_id = p.mailing_id AND b.day = p.day
		 WHERE p.label_id = `+labelArg+`
		   AND p.kind = `+kind(a.deed)+`
		   AND p.mailing_id = ANY (`+mailings+`)
		   AND p.day BETWEEN `+from+` AND `+through+`
		   AND p.content IS NULL`+narrowed+`
		 GROUP BY p.mailing_id, p.day`, q.args...)
	return eachBytes(rows, err, func(list []byte) error {
		for ; len(list) >= 8; list = list[8:] {
			deed := int64(binary.BigEndian.Uint64(list))
			crowd.note(deed>>10, deed&1023)
		}
		return nil
	})
}

// eachBytes hands the only column of rows to do, row by row.
func eachBytes(rows *sqlx.Rows, err error, do func([]byte) error) error {
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var b sql.RawBytes
		if err := rows.Scan(&b); err != nil {
			return err
		}
		if err := do(b); err != nil {
			return err
		}
	}
	return rows.Err()
}
