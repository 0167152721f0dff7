package conversions

import (
	"bytes"
	"context"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/clock"
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

// atOnce bounds how many reports one transaction takes.
const atOnce = 5_000

// Record takes in reports of a connection, some thousands a transaction. The
// same again changes nothing, and their order doesn't matter, so what failed
// half-way is simply recorded anew. Returns an invalid fault, and records none
// of its transaction, if a report can't be booked.
func (s *Store) Record(ctx context.Context, connection networks.ConnectionID, from Source, reports []networks.Report) (Recorded, error) {
	var all Recorded
	for first := 0; first < len(reports); first += atOnce {
		var some Recorded
		err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) (err error) {
			some, err = s.RecordIn(ctx, tx, connection, from, reports[first:min(first+atOnce, len(reports))])
			return err
		})
		if err != nil {
			return all, err
		}
		all.add(some)
	}
	return all, nil
}

// Polled takes in what a network answered that was asked, as Record does.
func (s *Store) Polled(ctx context.Context, id networks.ConnectionID, reports []networks.Report) error {
	_, err := s.Record(ctx, id, ByPoll, reports)
	return err
}

// RecordIn is Record within the caller's transaction, which should be short:
// other reports of the connection wait for it.
func (s *Store) RecordIn(
	ctx context.Context, tx *sqlx.Tx, id networks.ConnectionID, from Source, reports []networks.Report,
) (Recorded, error) {
	var of networks.Connection
	// The connection's row is the lock: two that report at once take turns.
	if err := tx.GetContext(ctx, &of, `
		SELECT id, label_id, network FROM network_connections WHERE id = $1 FOR NO KEY UPDATE`, id); err != nil {
		return Recorded{}, postgres.Fault(err, "thing.connection", "id", id)
	}
	b := newBatch(of, len(reports))
	var wrong fault.List
	for i, r := range reports {
		b.reports = append(b.reports, r.Clean())
		b.reports[i].Check(&wrong, "reports["+strconv.Itoa(i)+"].")
	}
	if err := wrong.Err(); err != nil {
		return Recorded{}, err
	}
	if err := b.load(ctx, tx); err != nil {
		return Recorded{}, err
	}
	b.absorb()
	if err := s.book(ctx, tx, of, b.rebook); err != nil {
		return Recorded{}, err
	}
	if err := b.save(ctx, tx, from, s.clock.Now()); err != nil {
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
	later    []*Conversion // said again, as they were
	rebook   []*Conversion
	history  []entry
	noted    map[reportKey]bool // what history has
	recorded Recorded
}

// entry is a report that may say something new of its conversion.
type entry struct {
	of      *Conversion
	known   bool // the conversion was known before
	version networks.Version
	networks.Report
}

// reportKey names a report in the history.
type reportKey struct {
	of     *Conversion
	at     int64 // in microseconds of Unix's time
	digest string
}

// note adds a report to the history, each once.
func (b *batch) note(of *Conversion, version networks.Version, r networks.Report) {
	key := reportKey{of, r.At.UnixMicro(), string(version.Digest)}
	if !b.noted[key] {
		b.noted[key] = true
		b.history = append(b.history, entry{of, of.ID != 0, version, r})
	}
}

// merged is what the reports together bring of a conversion.
type merged struct {
	news
	clues bool // it is to be booked anew
}

func newBatch(of networks.Connection, size int) *batch {
	return &batch{of: of, known: make(map[networks.Key]*Conversion, size), noted: make(map[reportKey]bool, size)}
}

// columns are those of a conversion, none of them null.
const columns = `id, connection_id, network, transaction_ref, part_ref, correction, reported_at, digest, status, unknown_status,
	sale_minor, commission_minor, currency, programme_ref, order_ref, reason, clicked_at, occurred_at, validated_at,
	paid, paid_told_at, sub_id, sub_id_told_at, voucher, voucher_told_at, basis, label_id, coalesce(advertiser_id, 0) AS advertiser_id,
	coalesce(campaign_id, 0) AS campaign_id, coalesce(mailing_id, 0) AS mailing_id, coalesce(send_id, 0) AS send_id, placement_key,
	variant, coalesce(link_id, 0) AS link_id, coalesce(member_id, 0) AS member_id`

// load reads the conversions that the reports are about, each by its key: a
// connection has millions of others, of which the planner knows little.
func (b *batch) load(ctx context.Context, tx *sqlx.Tx) error {
	refs, parts := make([]string, len(b.reports)), make([]string, len(b.reports))
	for i, r := range b.reports {
		refs[i], parts[i] = r.Transaction, r.Part
	}
	var rows []*Conversion
	err := tx.SelectContext(ctx, &rows, `
		SELECT `+columns+` FROM (SELECT DISTINCT * FROM unnest($2::text[], $3::text[]) AS u(ref, part)) u
		 CROSS JOIN LATERAL (
		       SELECT * FROM conversions WHERE connection_id = $1 AND transaction_ref = u.ref AND part_ref = u.part OFFSET 0) c`,
		b.of.ID, pq.Array(refs), pq.Array(parts))
	for _, c := range rows {
		c.ReportedAt = c.ReportedAt.UTC()
		b.known[networks.Key{Transaction: c.Ref, Part: c.Part}] = c
	}
	return postgres.Fault(err, "thing.conversions")
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
			b.note(c, version, r)
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
			b.changed = append(b.changed, c)
		case later:
			b.later = append(b.later, c)
		}
	}
	b.count()
}

// count says what became of the reports.
func (b *batch) count() {
	b.recorded.New, b.recorded.Changed = len(b.fresh), len(b.changed)
	for _, c := range append(b.fresh[:len(b.fresh):len(b.fresh)], b.changed...) {
		if c.Unknown != "" {
			b.recorded.Unknown++
		}
	}
}

// save writes what is new and what changed, and every report that says
// something that wasn't said of its moment.
func (b *batch) save(ctx context.Context, tx *sqlx.Tx, from Source, now time.Time) error {
	zones, err := zonesOf(ctx, tx)
	if err != nil {
		return err
	}
	if err := insert(ctx, tx, b.fresh, zones); err != nil {
		return err
	}
	if err := update(ctx, tx, b.changed, zones); err != nil {
		return err
	}
	if err := touch(ctx, tx, b.later); err != nil {
		return err
	}
	return keep(ctx, tx, b.history, from, now)
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
