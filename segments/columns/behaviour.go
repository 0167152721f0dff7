package columns

import (
	"database/sql"
	"encoding/binary"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/civil"
	"keur/internal/postgres"
	"keur/segments"
)

// actionFilter is which actions a rule asks after.
type actionFilter struct {
	kind      string // the event_kind, in quotes
	mailings  []int64
	campaigns []int64 // whose links; nil: any, or none
	from      string  // the first day …
	through   string  // … and the last one that is packed
}

// engaged returns the members who opened or clicked as the rule says: from
// packs, and of days that have none from behaviours themselves.
func (e *evaluation) engaged(r segments.Engagement) (set, error) {
	f, err := e.actionFilterOf(r)
	if err != nil {
		return nil, postgres.Fault(err, "thing.rule_reference")
	}
	tally := newTally(r.AtLeast)
	if err := e.readPacks(f, tally); err != nil {
		return nil, postgres.Fault(err, "thing.packs")
	}
	return tally.in, postgres.Fault(e.readUnpacked(f, tally), "thing.behaviours")
}

func (e *evaluation) actionFilterOf(r segments.Engagement) (f actionFilter, err error) {
	targets, never := segments.NewTargets(e.ctx, e.tx, e.Label), civil.Date{Year: 1, Month: 1, Day: 1}.String()
	f.kind, f.from = "'"+r.Action.Event()+"'", never
	if r.WithinDays > 0 {
		f.from = e.FirstOf(r.WithinDays).String()
	}
	if f.mailings, err = targets.Mailings(r.Target); err != nil {
		return f, err
	}
	if r.Action == segments.Clicked && r.Target != (segments.Target{Mailing: r.Mailing}) {
		if f.campaigns, err = targets.Campaigns(r.Target); err != nil {
			return f, err
		}
	}
	return f, e.tx.GetContext(e.ctx, &f.through, `
		SELECT coalesce((SELECT through::text FROM packed WHERE label_id = $1), $2)`, e.Label, never)
}

// readPacks notes what the packs say.
func (e *evaluation) readPacks(f actionFilter, tally *tally) error {
	var only map[int64]bool
	if f.campaigns != nil {
		only = map[int64]bool{}
		for _, id := range f.campaigns {
			only[id] = true
		}
	}
	// Plus nothing, lest the index be searched once per mailing.
	rows, err := e.tx.QueryxContext(e.ctx, `
		SELECT `+e.part()+`
		  FROM packs
		 WHERE label_id = $1
		   AND kind = `+f.kind+`
		   AND day BETWEEN $2 AND $3
		   AND mailing_id + 0 = ANY ($4)
		   AND content IS NOT NULL`, e.Label, f.from, f.through, pq.Array(f.mailings))
	return eachBytes(rows, err, func(pack []byte) error { return tally.unpack(pack, only) })
}

// readUnpacked notes what behaviours say of the days after those that are
// packed, and of those that changed since. Rows are many, so each comes as one
// number: the member, and in its last ten bits how often, more than which no
// rule asks after.
func (e *evaluation) readUnpacked(f actionFilter, tally *tally) error {
	q := e.query()
	mailings, from, through := q.Arg(pq.Array(f.mailings), "bigint[]"), q.Arg(f.from, "date"), q.Arg(f.through, "date")
	// Of all members a stretch of the key per mailing is read, of a sample the
	// index that holds no others.
	column, narrowed := "b.mailing_id", ""
	if e.Sample {
		column, narrowed = "b.mailing_id + 0", q.Sampled(segments.BucketOf("b"))
	}
	if f.campaigns != nil {
		narrowed += " AND b.campaign_id + 0 = ANY (" + q.Arg(pq.Array(f.campaigns), "bigint[]") + ")"
	}
	// Once is enough for most rules: then the key alone is read.
	action := "b.member_id << 10 | 1"
	if tally.most > 1 {
		action = "b.member_id << 10 | least(b.n, 1023)"
	}
	rows, err := e.tx.QueryxContext(e.ctx, `
		SELECT string_agg(int8send(`+action+`), '')
		  FROM behaviours b
		 WHERE b.label_id = `+segments.LabelArg+`
		   AND b.kind = `+f.kind+`
		   AND `+column+` = ANY (`+mailings+`)
		   AND b.day > `+through+`
		   AND b.day >= `+from+narrowed+`
		 GROUP BY b.mailing_id, b.day
		 UNION ALL
		SELECT string_agg(int8send(`+action+`), '')
		  FROM packs p
		  JOIN behaviours b ON b.label_id = p.label_id AND b.kind = p.kind AND b.mailing_id = p.mailing_id AND b.day = p.day
		 WHERE p.label_id = `+segments.LabelArg+`
		   AND p.kind = `+f.kind+`
		   AND p.mailing_id = ANY (`+mailings+`)
		   AND p.day BETWEEN `+from+` AND `+through+`
		   AND p.content IS NULL`+narrowed+`
		 GROUP BY p.mailing_id, p.day`, q.Args...)
	return eachBytes(rows, err, func(list []byte) error {
		for ; len(list) >= 8; list = list[8:] {
			action := int64(binary.BigEndian.Uint64(list))
			tally.note(action>>10, action&1023)
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
