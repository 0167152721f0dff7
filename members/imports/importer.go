package imports

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/errgroup"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/members"
	"keur/members/imports/tabular"
)

// connectionsEach is how many connections an import may hold at once: one for
// its lock, one for each partition, and one for what is asked meanwhile.
const connectionsEach = partitions + 2

// Importer reads files of members into the base.
type Importer struct {
	db        *sqlx.DB
	store     *members.Store
	clock     clock.Clock
	chunkRows int
	running   chan struct{} // one of its places for each import that runs
}

// NewImporter returns an importer into db, whose members are kept by store. At
// the same time it runs no more imports than leave half of db's connections to
// others; the rest wait, since imports that each hold some connections and wait
// for one more would wait for ever.
func NewImporter(db *sqlx.DB, clk clock.Clock, store *members.Store) *Importer {
	places := max(1, db.Stats().MaxOpenConnections/(2*connectionsEach))
	return &Importer{db: db, store: store, clock: clk, chunkRows: chunkRows, running: make(chan struct{}, places)}
}

// Run imports the file and returns what became of it. Each chunk is committed
// together with how far it came, so an import that was stopped goes on where it
// was when it is run again with the same file and options, and one that is run
// twice changes nothing the second time. Members who withdrew their consent, are
// suppressed or were erased stay so, whatever the file says. Progress may be nil;
// it is called by one goroutine at a time. Returns an invalid fault if the file
// can't be understood, a conflict if it is being imported already, and with the
// import, cancelled, the error of a ctx that ended.
func (im *Importer) Run(ctx context.Context, options Options, file io.Reader, progress func(Progress)) (Import, error) {
	if err := options.Check(im.clock.Now()); err != nil {
		return Import{}, err
	}
	if progress == nil {
		progress = func(Progress) {}
	}
	seekable, done, err := tabular.Spool(file)
	if err != nil {
		return Import{}, err
	}
	defer done()
	table, err := tabular.Open(seekable, options.Encoding)
	if err != nil {
		return Import{}, err
	}
	defer func() { _ = table.Close() }()
	release, err := im.takePlace(ctx)
	if err != nil {
		return Import{}, err
	}
	defer release()
	r := &run{Importer: im, options: options, table: table, progress: progress}
	if err := r.prepare(ctx); err != nil {
		return Import{Columns: r.state.Columns, Standing: r.state.Standing}, err
	}
	unlock, err := r.lockFile(ctx)
	if err != nil {
		return Import{}, err
	}
	defer unlock()
	if err := r.declareAttributes(ctx, r.attributes); err != nil {
		return Import{}, err
	}
	if err := r.begin(ctx); err != nil {
		return Import{}, err
	}
	progress(Progress{Import: r.state})
	if err = r.findChains(ctx); err == nil {
		err = r.mergeFile(ctx)
	}
	return r.finish(ctx, err)
}

// takePlace waits until another import may run.
func (im *Importer) takePlace(ctx context.Context) (release func(), err error) {
	if most := im.db.Stats().MaxOpenConnections; most > 0 && most < connectionsEach {
		return nil, fault.New(fault.Unavailable, "members.import_connections", "needed", connectionsEach, "most", most)
	}
	select {
	case im.running <- struct{}{}:
		return func() { <-im.running }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// run is one import under way.
type run struct {
	*Importer
	options    Options
	table      *tabular.File
	mapping    *mapping
	profile    *profile
	statement  int64 // the text of consent that the options give
	progress   func(Progress)
	emptyBase  bool                // there was no member at all when this run began
	attributes []members.Attribute // of the label, before the file's
	chains     []move              // of which one needs the address that another leaves

	mu        sync.Mutex // guards what the partitions change
	state     Import
	positions [partitions]int64 // lines that the partitions stood at when this run began
	kept      int               // rejects in the base
	reported  time.Time
}

// prepare understands the file: its columns, and by a first reading their types.
func (r *run) prepare(ctx context.Context) error {
	var label struct {
		Locale string `db:"locale"`
		Zone   string `db:"time_zone"`
	}
	if err := r.db.GetContext(ctx, &label, `SELECT locale, time_zone FROM labels WHERE id = $1`, r.options.Label); err != nil {
		return postgres.Fault(err, "thing.label", "id", r.options.Label)
	}
	attributes, err := r.store.Attributes(ctx, r.options.Label)
	if err != nil {
		return err
	}
	rows, err := r.rows()
	if err != nil {
		return err
	}
	if r.mapping, err = newMapping(rows.Header, r.options, attributes); err != nil {
		return err
	}
	if r.mapping.zone, err = time.LoadLocation(label.Zone); err != nil {
		return fmt.Errorf("zone of label %d: %w", r.options.Label, err)
	}
	r.mapping.comma = label.Locale != "en"
	r.mapping.started = r.clock.Now()
	r.state = Import{
		Label: r.options.Label, FileName: r.options.FileName, State: Running, StartedAt: r.mapping.started, Columns: r.mapping.shown(),
	}
	r.profile, err = profileRows(ctx, rows, r.mapping, func(n int64) {
		r.report(Progress{Import: Import{Counts: Counts{Done: n}}, Reading: true})
	})
	if err != nil {
		return err
	}
	r.state.Total, r.state.Columns, r.state.Standing = r.profile.rows, r.mapping.shown(), r.mapping.wholeFile
	if err := r.mapping.doubts(); err != nil {
		for i := range r.state.Columns {
			if asks := r.mapping.columns[i].dateDoubt(); !asks.IsZero() {
				r.state.Columns[i].Asks = asks
			}
		}
		return err
	}
	r.attributes = attributes
	return nil
}

func (r *run) rows() (*tabular.Reader, error) {
	delimiter := byte(0)
	if r.options.Delimiter != "" {
		delimiter = r.options.Delimiter[0]
	}
	return r.table.Rows(delimiter)
}

// declareAttributes gives each new attribute its column: by declaring all of them,
// or in a dry run by choosing those that they would get. If one doesn't fit, none
// is declared.
func (r *run) declareAttributes(ctx context.Context, taken []members.Attribute) error {
	var wanted []members.Attribute
	for i := range r.mapping.columns {
		c := &r.mapping.columns[i]
		if c.attribute.Name == "" || c.attribute.Slot != "" {
			continue
		}
		err := c.attribute.Check()
		if err == nil {
			c.attribute.Slot, err = c.attribute.FreeSlot(taken)
		}
		if err != nil {
			return fault.Wrap(err, fault.Of(err), "members.column_no_attribute", "column", c.header, "error", err)
		}
		taken, wanted = append(taken, c.attribute), append(wanted, c.attribute)
	}
	if r.options.DryRun || len(wanted) == 0 {
		return nil
	}
	declared, err := members.NewAttributes(r.store).Declare(ctx, r.options.Label, wanted)
	if err != nil {
		return err
	}
	for _, a := range declared {
		for i := range r.mapping.columns {
			if c := &r.mapping.columns[i]; c.attribute.Name == a.Name {
				c.attribute = a
			}
		}
	}
	return nil
}

// mergeFile cuts the file into chunks and merges them, each partition beside the
// others.
func (r *run) mergeFile(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	if err := r.db.GetContext(ctx, &r.emptyBase, `SELECT NOT EXISTS (SELECT FROM members)`); err != nil {
		return postgres.Fault(err, "thing.members")
	}
	var queues [partitions]chan *chunk
	for i := range queues {
		queues[i] = make(chan *chunk) // without a buffer: one chunk in the base, one in the making
		group.Go(func() error { return r.mergePartition(ctx, i, queues[i]) })
	}
	group.Go(func() error {
		defer func() {
			for _, queue := range queues {
				close(queue)
			}
		}()
		return r.cutFile(ctx, queues)
	})
	return group.Wait()
}

// report passes on where the import is; often enough to see it move, and no
// more often.
func (r *run) report(p Progress) {
	if now := time.Now(); now.Sub(r.reported) > 50*time.Millisecond || p.State != Running {
		r.reported = now
		r.progress(p)
	}
}

// reject passes a reject on to whoever wants to hear.
func (r *run) reject(reject Reject) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.options.DryRun && len(r.state.Rejects) < shownRejects {
		r.state.Rejects = append(r.state.Rejects, Reject{Row: reject.Row, Column: reject.Column, Reason: reject.Reason})
	}
	if r.options.Rejects == nil {
		return nil
	}
	return r.options.Rejects(reject)
}

// shownRejects is how many rejects a dry run returns.
const shownRejects = 100

// outcome tells an end that was asked for from one that wasn't.
func outcome(ctx context.Context, err error) (state State, why words.Message) {
	switch {
	case err == nil:
		return Finished, why
	case ctx.Err() != nil, errors.Is(err, context.Canceled):
		return Cancelled, why
	}
	var f *fault.Error
	if errors.As(err, &f) {
		return Failed, f.Message
	}
	return Failed, words.Of("members.import_failed")
}
