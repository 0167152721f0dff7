package imports

import (
	"context"
	"errors"
	"io"

	"keur/internal/words"
	"keur/members"
	"keur/members/imports/repeats"
	"keur/members/imports/tabular"
)

// partitions is how many chunks are merged at once, each over a connection of
// its own. An address always belongs to the same partition, so that two never
// meet at a member. As chunks don't wait for the disk, two keep two cores busy,
// and a third only gets in their way: 98,500 rows/s against 82,000. In the table
// of imports the column lanes has how far each has come.
const partitions = 2

// partitionOf returns the partition of an address.
func partitionOf(fingerprint uint64) int { return int(fingerprint >> 40 % partitions) }

// chunkRows is how many rows are merged in one transaction. Larger ones are no
// faster, hold their locks for longer, take more memory and lose more work when
// an import is stopped.
const chunkRows = 10_000

// maxKept bounds the rejects in the base; a file of nothing but mistakes mustn't
// fill it. The file of rejects has them all.
const maxKept = 10_000

// chunk is the rows of a partition that one transaction takes in.
type chunk struct {
	partition int
	last      int64    // line that the partition stands at when the chunk is done
	rows      int      // in text
	text      []byte   // as COPY reads it
	keys      []string // of the addresses in text
	lines     []int64  // of the rows in text
	rejects   []Reject // to keep; what is beyond the bound is only counted
	counts    Counts   // what was found while reading; the merge adds its own
}

// chunker reads the file and fills the chunks of all partitions.
type chunker struct {
	*run
	writer  *rowWriter
	filling [partitions]*chunk
	queues  [partitions]chan *chunk
	line    int64
}

// cutFile reads the file to its end. What a partition has done already is read,
// and reported as rejected where it was, but not sent again.
func (r *run) cutFile(ctx context.Context, queues [partitions]chan *chunk) error {
	rows, err := r.rows()
	if err != nil {
		return err
	}
	c := &chunker{run: r, queues: queues}
	c.writer = newRowWriter(r.mapping, r.statements(ctx), c.keepReject)
	for i := range c.filling {
		c.filling[i] = &chunk{partition: i}
	}
	for {
		line, fields, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		c.line = line
		var bad *tabular.BadRow
		switch {
		case errors.As(err, &bad):
			err = c.rejectRow("", bad.Reason, []string{bad.Text})
		case err == nil:
			err = c.addRow(fields)
		}
		if err != nil {
			return err
		}
		for _, f := range c.filling {
			if f.rows >= c.chunkRows || len(f.rejects) > 0 && line-f.last > int64(20*c.chunkRows) {
				if err := c.send(ctx, f); err != nil {
					return err
				}
			}
		}
	}
	for _, f := range c.filling {
		if err := c.send(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// chunkFor returns the chunk that a row of the partition goes to. If the row is
// in already that is one which nobody sends: the row is written all the same,
// for its rejects' sake.
func (c *chunker) chunkFor(partition int) *chunk {
	if c.line <= c.positions[partition] {
		return &chunk{partition: partition}
	}
	return c.filling[partition]
}

// addRow puts one row into the chunk of its partition.
func (c *chunker) addRow(fields [][]byte) error {
	a, err := members.ParseAddress(string(fields[c.mapping.email]))
	if err != nil {
		return c.rejectRow(c.mapping.columns[c.mapping.email].header, words.OfError(err), texts(fields))
	}
	again := c.profile.addresses.ComesAgain(a.Key, c.line)
	if key := c.mapping.keyOf(fields); !again && key != "" && c.profile.keys.ComesAgain(key, c.line) {
		return c.rejectRow(c.mapping.columns[c.mapping.at[toMemberKey]].header, words.Of("members.member_key_twice"), texts(fields))
	}
	into := c.chunkFor(partitionOf(repeats.Fingerprint(a.Key)))
	into.counts.Done++
	if again {
		into.counts.Duplicates++
		return nil
	}
	return c.writer.write(into, c.line, a, fields)
}

// rejectRow counts a whole row out. Having no address it belongs to no partition,
// and goes with the first.
func (c *chunker) rejectRow(column string, reason words.Message, fields []string) error {
	into := c.chunkFor(0)
	into.counts.Done++
	into.counts.Rejected++
	return c.keepReject(into, Reject{Row: c.line, Column: column, Reason: reason, Whole: true, Fields: fields})
}

func texts(fields [][]byte) []string {
	texts := make([]string, len(fields))
	for i, field := range fields {
		texts[i] = string(field)
	}
	return texts
}

// keepReject passes a reject on, and keeps it with its chunk unless there are
// enough.
func (c *chunker) keepReject(into *chunk, r Reject) error {
	if into == c.filling[into.partition] && c.kept < maxKept {
		c.kept++
		kept := r
		kept.Fields = nil
		into.rejects = append(into.rejects, kept)
	}
	return c.reject(r)
}

// send hands a chunk over to be merged, which then stands for all rows of its
// partition up to here, and begins the next.
func (c *chunker) send(ctx context.Context, full *chunk) error {
	full.last = max(c.line, c.positions[full.partition])
	select {
	case c.queues[full.partition] <- full:
	case <-ctx.Done():
		return ctx.Err()
	}
	c.filling[full.partition] = &chunk{
		partition: full.partition, last: full.last, text: make([]byte, 0, len(full.text)+len(full.text)/16),
	}
	return nil
}
