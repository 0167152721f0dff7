package reports

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"strconv"

	"keur/internal/tables"
	"keur/segments"
)

// WriteOutcomes writes outcomes as CSV with a header, line by line. Of one that is
// too small to be told it leaves the counts empty.
func WriteOutcomes(w io.Writer, outcomes []Outcome) error {
	header := []string{"name", "label_id", "mailing_id", "series_id", "send_id", "placement", "campaign_id", "advertiser_id", "period",
		"sends", "matched", "audience"}
	return writeCSV(w, append(append(header, countNames...), "ctr", "ctor"), func(yield func([]string) bool) {
		for _, o := range outcomes {
			audience, counts := strconv.Itoa(o.Audience), o.Counts.cells()
			if o.Few { // as pages say it; no zeros, which would be a count
				audience, counts = fmt.Sprintf("<%d", segments.Fewest), make([]string, len(countNames))
			}
			line := []string{
				tables.Safe(o.Of.Name), id(o.Of.Label), id(o.Of.Mailing), id(o.Of.Series), id(o.Of.Send), tables.Safe(o.Of.Placement),
				id(o.Of.Campaign), id(o.Of.Advertiser), o.Of.Period, strconv.Itoa(o.Sends), strconv.Itoa(o.Waterfall.Matched), audience,
			}
			if !yield(append(append(line, counts...), o.CTR.cell(), o.CTOR.cell())) {
				return
			}
		}
	})
}

// WriteParts writes a breakdown as CSV with a header, line by line.
func WriteParts(w io.Writer, parts []Part) error {
	header := []string{"key", "name", "placement", "campaign_id"}
	return writeCSV(w, append(append(header, countNames...), "ctr", "ctor"), func(yield func([]string) bool) {
		for _, p := range parts {
			line := []string{tables.Safe(p.Key), tables.Safe(p.Name), tables.Safe(p.Placement), id(p.Campaign)}
			if !yield(append(append(line, p.Counts.cells()...), p.CTR.cell(), p.CTOR.cell())) {
				return
			}
		}
	})
}

func writeCSV(w io.Writer, header []string, lines iter.Seq[[]string]) error {
	out := csv.NewWriter(w)
	if err := out.Write(header); err != nil {
		return err
	}
	for line := range lines {
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// countNames are the columns of cells.
var countNames = []string{
	"sent", "bounced", "delivered", "deferred", "failed", "lapsed", "skipped", "in_doubt",
	"opens_unique", "opens", "opens_machine", "clicks_unique", "clicks", "clicks_machine", "unsubscribes", "complaints",
	"relayed", "relay_delivered", "relay_returned", "relay_unknown",
}

func (c *Counts) cells() []string {
	cells := make([]string, 0, len(countNames))
	for _, n := range c.fields() {
		cells = append(cells, strconv.FormatInt(*n, 10))
	}
	return cells
}

// cell writes a rate as a decimal; empty when there is none.
func (r Rate) cell() string {
	if r.Value == nil {
		return ""
	}
	return strconv.FormatFloat(*r.Value, 'f', 6, 64)
}

// id writes the number of a thing; empty when the line isn't about one.
func id[T ~int | ~int64](n T) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(int64(n), 10)
}
