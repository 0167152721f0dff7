package imports

import (
	"context"
	"errors"
	"io"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/members"
	"keur/members/imports/tabular"
)

// maxKept bounds the rejects in the base; a file of nothing but mistakes mustn't
// fill it. The file of rejects has them all.
const maxKept = 10_000

// dealer reads the file for the second time and fills the lanes' chunks.
type dealer struct {
	*importRun
	writer  *rowWriter
	filling [lanes]*chunk
	queues  [lanes]chan *chunk
	line    int64
}

// deal reads the file to its end. What a lane has done already is read, and
// reported as rejected where it was, but not sent again.
func (r *importRun) deal(ctx context.Context, queues [lanes]chan *chunk) error {
	rows, err := r.rows()
	if err != nil {
		return err
	}
	d := &dealer{importRun: r, queues: queues}
	d.writer = newRowWriter(r.plan, d.statement(ctx), d.refuse)
	for i := range d.filling {
		d.filling[i] = &chunk{lane: i}
	}
	for {
		line, fields, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		d.line = line
		var bad *tabular.BadRow
		switch {
		case errors.As(err, &bad):
			err = d.reject(0, "", bad.Reason)
		case err == nil:
			err = d.row(fields)
		}
		if err != nil {
			return err
		}
		for i, c := range d.filling {
			if c.rows >= d.chunkRows || len(c.rejects) > 0 && line-c.last > int64(20*d.chunkRows) {
				if err := d.send(ctx, i); err != nil {
					return err
				}
			}
		}
	}
	for i := range d.filling {
		if err := d.send(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// row puts one row into the chunk of its lane.
func (d *dealer) row(fields [][]byte) error {
	a, err := members.ParseAddress(string(fields[d.plan.email]))
	if err != nil {
		return d.reject(0, d.plan.columns[d.plan.email].header, sentence(err))
	}
	print := fingerprint(a.Key)
	lane := laneOf(print)
	c := d.filling[lane]
	if d.line <= d.positions[lane] {
		// Already in. It is written all the same, for the rejects' sake.
		c = &chunk{lane: lane}
	}
	c.counts.Done++
	if d.survey.superseded(print, d.line) {
		c.counts.Duplicates++
		return nil
	}
	return d.writer.write(c, d.line, a, fields)
}

// reject counts a whole row out.
func (d *dealer) reject(lane int, column, reason string) error {
	c := d.filling[lane]
	if d.line <= d.positions[lane] {
		c = &chunk{lane: lane}
	}
	c.counts.Done++
	c.counts.Rejected++
	return d.refuse(c, Reject{Row: d.line, Column: column, Reason: reason, Whole: true})
}

// refuse tells of a reject, and keeps it with its chunk unless there are enough.
func (d *dealer) refuse(c *chunk, r Reject) error {
	if c == d.filling[c.lane] && d.kept < maxKept {
		d.kept++
		c.rejects = append(c.rejects, r)
	}
	return d.tell(r)
}

// tell passes a reject on to whoever wants to hear.
func (r *importRun) tell(reject Reject) error {
	if r.options.Rejects == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.options.Rejects(reject)
}

// send gives the lane its chunk, which then stands for all rows up to here.
func (d *dealer) send(ctx context.Context, lane int) error {
	c := d.filling[lane]
	c.last = max(d.line, d.positions[lane])
	select {
	case d.queues[lane] <- c:
	case <-ctx.Done():
		return ctx.Err()
	}
	d.filling[lane] = &chunk{lane: lane, last: c.last, text: make([]byte, 0, len(c.text)+len(c.text)/16)}
	return nil
}

// maxStatements bounds the different texts of consent in one file.
const maxStatements = 1000

// statement returns a function that knows the numbers of texts of consent.
func (d *dealer) statement(ctx context.Context) func(text string) (int64, error) {
	known := map[string]int64{}
	return func(text string) (int64, error) {
		if id, ok := known[text]; ok {
			return id, nil
		}
		if len(known) == maxStatements {
			return 0, fault.New(fault.Invalid, "the file has more than %d different texts of consent; is the right column named?", maxStatements)
		}
		id, err := d.statementOf(ctx, text, "")
		known[text] = id
		return id, err
	}
}

// statementOf returns the number of a text of consent. A dry run adds none; to
// it, a text that isn't there is one that nobody has agreed to yet.
func (r *importRun) statementOf(ctx context.Context, text, version string) (id int64, err error) {
	errKeepNothing := errors.New("keep nothing")
	err = postgres.InTx(ctx, r.db, func(tx *sqlx.Tx) error {
		if id, err = members.StatementID(ctx, tx, r.options.Label, text, version); err == nil && r.options.DryRun {
			return errKeepNothing
		}
		return err
	})
	if errors.Is(err, errKeepNothing) {
		err = nil
	}
	return id, err
}

// sentence returns what a fault says, without its parts.
func sentence(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Sentence
	}
	return err.Error()
}
