package conversions

import (
	"bytes"
	"context"
	"hash/crc32"
	"strconv"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/clock"
	"keur/internal/each"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
	"keur/networks"
	"keur/tracking"
)

// Store keeps conversions.
type Store struct {
	db    *sqlx.DB
	ring  *tracking.Keyring
	clock clock.Clock
}

// NewStore returns the store of conversions in db. ring proves sub-ids.
func NewStore(db *sqlx.DB, ring *tracking.Keyring, clock clock.Clock) *Store {
	return &Store{db: db, ring: ring, clock: clock}
}

// Source is how reports came.
type Source string

// The sources.
const (
	ByPoll     Source = "poll"
	ByPostback Source = "postback"
	ByFile     Source = "file"
)

// Recorded is what became of reports.
type Recorded struct {
	New     int `json:"new"`     // conversions that weren't known
	Changed int `json:"changed"` // known ones that are otherwise now
	Same    int `json:"same"`    // reports that said nothing new
	Unknown int `json:"unknown"` // new or changed ones whose status nobody knows
}

func (r *Recorded) add(other Recorded) {
	r.New, r.Changed, r.Same, r.Unknown = r.New+other.New, r.Changed+other.Changed, r.Same+other.Same, r.Unknown+other.Unknown
}

// atOnce bounds how many reports are taken in before the next are looked at.
const atOnce = 5_000

// lanes is how many transactions record reports of one connection side by side, each
// those of its own transactions of the network: so two cores work at one page.
const lanes = 2

// fewReports are recorded by one transaction, which they cost less than two.
const fewReports = 200

// laneOf returns the lane of a transaction of the network, the same everywhere.
func laneOf(ref string) int { return int(crc32.ChecksumIEEE([]byte(ref)) % lanes) }

// Record takes in reports of a connection, some thousands in a few transactions. The
// same again changes nothing, and their order doesn't matter, so what failed
// half-way is simply recorded anew. Returns an invalid fault, and records none
// of those thousands, if a report can't be booked.
func (s *Store) Record(ctx context.Context, connection networks.ConnectionID, from Source, reports []networks.Report) (Recorded, error) {
	var all Recorded
	for first := 0; first < len(reports); first += atOnce {
		parts, err := split(reports[first:min(first+atOnce, len(reports))], first)
		if err != nil {
			return all, err
		}
		var mu sync.Mutex
		_, err = each.Try(ctx, lanes, parts, func(ctx context.Context, p part) error {
			recorded, err := s.record(ctx, connection, from, p)
			mu.Lock()
			defer mu.Unlock()
			all.add(recorded)
			return err
		})
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// part is what one transaction records.
type part struct {
	lanes   []int64
	reports []networks.Report
}

// split returns reports, of which the first is so many behind others, as they are kept,
// by their lanes.
func split(reports []networks.Report, behind int) ([]part, error) {
	parts := make([]part, lanes)
	for i := range parts {
		parts[i] = part{[]int64{int64(i)}, make([]networks.Report, 0, len(reports)*2/lanes)}
	}
	if len(reports) <= fewReports {
		for i := range lanes - 1 {
			parts[0].lanes = append(parts[0].lanes, int64(i+1))
		}
		parts = parts[:1]
	}
	var wrong fault.List
	for i, r := range reports {
		r = r.Clean()
		r.Check(&wrong, "reports["+strconv.Itoa(behind+i)+"].")
		of := &parts[laneOf(r.Transaction)%len(parts)]
		of.reports = append(of.reports, r)
	}
	return parts, wrong.Err()
}

// Polled takes in what a network answered that was asked, as Record does.
func (s *Store) Polled(ctx context.Context, id networks.ConnectionID, reports []networks.Report) error {
	_, err := s.Record(ctx, id, ByPoll, reports)
	return err
}

// record records a part in a transaction. Rows are copied over its connection.
func (s *Store) record(ctx context.Context, id networks.ConnectionID, from Source, p part) (recorded Recorded, err error) {
	conn, err := s.db.Connx(ctx)
	if err != nil {
		return recorded, err
	}
	defer func() { _ = conn.Close() }()
	err = postgres.InTx(ctx, conn, func(tx *sqlx.Tx) error {
		recorded, err = s.recordIn(ctx, conn, tx, id, from, p)
		return err
	})
	if err != nil {
		recorded = Recorded{}
	}
	return recorded, err
}

func (s *Store) recordIn(
	ctx context.Context, conn *sqlx.Conn, tx *sqlx.Tx, id networks.ConnectionID, from Source, p part,
) (Recorded, error) {
	var of networks.Connection
	if err := tx.GetContext(ctx, &of, `
		SELECT id, label_id, network FROM network_connections WHERE id = $1 FOR KEY SHARE`, id); err != nil {
		return Recorded{}, postgres.Fault(err, "thing.connection", "id", id)
	}
	// Two that report of one lane at once take turns.
	if _, err := tx.ExecContext(ctx, `
		SELECT pg_advisory_xact_lock(hashtextextended('keur.conversions', $1 * 1000 + lane)) FROM unnest($2::bigint[]) lane`,
		int64(id), pq.Array(p.lanes)); err != nil {
		return Recorded{}, postgres.Fault(err, "thing.connection", "id", id)
	}
	b := newBatch(of, p.reports)
	if err := b.load(ctx, tx); err != nil {
		return Recorded{}, err
	}
	b.absorb()
	if err := b.yield(ctx, tx); err != nil {
		return Recorded{}, err
	}
	if err := s.book(ctx, tx, of, b.rebook); err != nil {
		return Recorded{}, err
	}
	if err := b.save(ctx, conn, tx, from, s.clock.Now()); err != nil {
		return Recorded{}, err
	}
	return b.recorded, nil
}

// batch is what is recorded in one statement of each kind.
type batch struct {
	of       networks.Connection
	reports  []networks.Report
	known    map[networks.Key]*Conversion // and the new ones, while they have no id
	fresh    []*Conversion
	changed  []*Conversion
	moved    []*Conversion // changed, and booked anew
	later    []*Conversion // said again, as they were
	rebook   []*Conversion
	history  []entry
	noted    map[reportKey]bool // what history has
	recorded Recorded
}

// entry is a report that may say something new of its conversion.
type entry struct {
	of      *Conversion
	late    bool // a later one was known: the history may have it
	version networks.Version
	networks.Report
}

// reportKey names a report in the history.
type reportKey struct {
	of     *Conversion
	at     int64 // in microseconds of Unix's time
	digest string
}

// note adds a report to the history, each once. It is late if a later one was known.
func (b *batch) note(of *Conversion, version networks.Version, r networks.Report, late bool) {
	key := reportKey{of, r.At.UnixMicro(), string(version.Digest)}
	if !b.noted[key] {
		b.noted[key] = true
		b.history = append(b.history, entry{of, late, version, r})
	}
}

// merged is what the reports together bring of a conversion.
type merged struct {
	news
	clues bool // it is to be booked anew
}

func newBatch(of networks.Connection, reports []networks.Report) *batch {
	return &batch{
		of: of, reports: reports,
		known: make(map[networks.Key]*Conversion, len(reports)), noted: make(map[reportKey]bool, len(reports)),
	}
}

// columns are those of a conversion, none of them null.
const columns = `id, connection_id, network, transaction_ref, part_ref, correction, reported_at, digest, status, unknown_status,
	sale_minor, commission_minor, currency, programme_ref, order_ref, reason, clicked_at, occurred_at, validated_at,
	paid, paid_told_at, sub_id, sub_id_told_at, voucher, voucher_told_at, basis, label_id, coalesce(advertiser_id, 0) AS advertiser_id,
	coalesce(campaign_id, 0) AS campaign_id, coalesce(mailing_id, 0) AS mailing_id, coalesce(send_id, 0) AS send_id, placement_key,
	variant, coalesce(link_id, 0) AS link_id, coalesce(member_id, 0) AS member_id`

// load reads the conversions that the reports are about, each by its key: a
// connection has millions of others, of which the planner knows little. To what they
// are booked only attribution decides, so of that it reads no more than whether a
// person did.
func (b *batch) load(ctx context.Context, tx *sqlx.Tx) error {
	refs, parts := make(pq.StringArray, len(b.reports)), make(pq.StringArray, len(b.reports))
	for i, r := range b.reports {
		refs[i], parts[i] = r.Transaction, r.Part
	}
	rows, err := tx.QueryContext(ctx, `
		SELECT c.id, c.transaction_ref, c.part_ref, c.correction, c.reported_at, c.digest, c.status, c.unknown_status,
		       c.sale_minor, c.commission_minor, c.currency, c.programme_ref, c.order_ref, c.reason, c.clicked_at, c.occurred_at,
		       c.validated_at, c.paid, c.paid_told_at, c.sub_id, c.sub_id_told_at, c.voucher, c.voucher_told_at, c.basis, c.label_id
		  FROM (SELECT DISTINCT * FROM unnest($2::text[], $3::text[]) AS u(ref, part)) u
		 CROSS JOIN LATERAL (
		       SELECT * FROM conversions WHERE connection_id = $1 AND transaction_ref = u.ref AND part_ref = u.part OFFSET 0) c`,
		b.of.ID, refs, parts)
	if err != nil {
		return postgres.Fault(err, "thing.conversions")
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		c := &Conversion{Connection: b.of.ID, Network: b.of.Network}
		if err := rows.Scan(&c.ID, &c.Ref, &c.Part, &c.Correction, &c.ReportedAt, &c.Digest, &c.Status, &c.Unknown,
			&c.Sale, &c.Commission, &c.Currency, &c.Programme, &c.Order, &c.Reason, &c.Clicked, &c.Occurred,
			&c.Validated, &c.Paid, &c.PaidToldAt, &c.SubID, &c.SubIDToldAt, &c.Voucher, &c.VoucherTold, &c.Basis, &c.Label); err != nil {
			return err
		}
		c.ReportedAt = c.ReportedAt.UTC()
		b.known[networks.Key{Transaction: c.Ref, Part: c.Part}] = c
	}
	return postgres.Fault(rows.Err(), "thing.conversions")
}

// absorb takes the reports into their conversions.
func (b *batch) absorb() {
	all := map[*Conversion]*merged{}
	var known []*Conversion // of which something was said
	for _, r := range b.reports {
		c := b.known[r.Key()]
		fresh := c == nil
		if fresh {
			c = &Conversion{Connection: b.of.ID, Network: b.of.Network, Ref: r.Transaction, Part: r.Part}
			b.known[r.Key()] = c
			b.fresh = append(b.fresh, c)
		}
		if all[c] == nil {
			if all[c] = new(merged); !fresh {
				known = append(known, c)
			}
		}
		of := all[c]
		version, before := r.Version(), c.version()
		brings, clues := c.absorb(r, version)
		if !bytes.Equal(version.Digest, before.Digest) {
			b.note(c, version, r, c.ID != 0 && !r.At.After(before.At))
		}
		if brings < change {
			b.recorded.Same++
		}
		of.news = max(of.news, brings)
		if clues && !of.clues || fresh {
			of.clues = true
			b.rebook = append(b.rebook, c)
		}
	}
	for _, c := range known {
		switch all[c].news {
		case change:
			if all[c].clues && c.Basis != ByPerson {
				b.moved = append(b.moved, c)
			} else {
				b.changed = append(b.changed, c)
			}
		case later:
			b.later = append(b.later, c)
		}
	}
	b.count()
}

// count says what became of the reports.
func (b *batch) count() {
	b.recorded.New, b.recorded.Changed = len(b.fresh), len(b.changed)+len(b.moved)
	for _, some := range [][]*Conversion{b.fresh, b.changed, b.moved} {
		for _, c := range some {
			if c.Unknown != "" {
				b.recorded.Unknown++
			}
		}
	}
}

// save writes what is new and what changed, and every report that says
// something that wasn't said of its moment.
func (b *batch) save(ctx context.Context, conn *sqlx.Conn, tx *sqlx.Tx, from Source, now time.Time) error {
	zones, err := zonesOf(ctx, tx)
	if err != nil {
		return err
	}
	if err := insert(ctx, conn, tx, b.fresh, zones); err != nil {
		return err
	}
	if err := update(ctx, tx, b.changed, false, zones); err != nil {
		return err
	}
	if err := update(ctx, tx, b.moved, true, zones); err != nil {
		return err
	}
	if err := touch(ctx, tx, b.later); err != nil {
		return err
	}
	return keep(ctx, conn, tx, b.history, from, now)
}

// zonesOf returns the time zone of each label: a conversion's month is its
// label's.
func zonesOf(ctx context.Context, tx *sqlx.Tx) (map[labels.ID]*time.Location, error) {
	var rows []struct {
		ID   labels.ID `db:"id"`
		Zone string    `db:"time_zone"`
	}
	if err := tx.SelectContext(ctx, &rows, `SELECT id, time_zone FROM labels`); err != nil {
		return nil, postgres.Fault(err, "thing.labels")
	}
	zones := make(map[labels.ID]*time.Location, len(rows))
	for _, r := range rows {
		zone, err := time.LoadLocation(r.Zone)
		if err != nil {
			return nil, fault.Wrap(err, fault.Invalid, "labels.time_zone")
		}
		zones[r.ID] = zone
	}
	return zones, nil
}
