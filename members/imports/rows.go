package imports

import (
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"

	"keur/members"
)

// rowWriter writes rows of the file as lines for COPY.
type rowWriter struct {
	*plan
	staged    []string // columns of the line, in their order
	proofs    bool     // the file has columns of consent
	statement func(text string) (int64, error)
	refuse    func(*chunk, Reject) error
	err       error // of statement or refuse: the import ends
}

// proofTargets are the columns that make a row bring its own consent.
var proofTargets = []string{toConsent, toConsentAt, toConsentText, toConsentSource, toConsentURL, toConsentIP, toOptinMailed, toConfirmedAt, toConfirmedIP, toTracking}

// factTargets are columns of the membership itself.
var factTargets = []string{toJoinedAt, toSource, toTimeZone}

// newRowWriter chooses what a line has: no more than the file can fill.
func newRowWriter(p *plan, statement func(text string) (int64, error), refuse func(*chunk, Reject) error) *rowWriter {
	w := &rowWriter{plan: p, statement: statement, refuse: refuse}
	w.staged = []string{"n", "key", "address", "domain", "disposable", "mail"}
	for _, target := range proofTargets {
		_, has := p.at[target]
		w.proofs = w.proofs || has
	}
	if w.proofs {
		w.staged = append(w.staged, "mail_at", "statement_id", "consent_source", "form_url", "ip", "optin_mailed_at", "confirmed_at", "confirmed_ip", "tracking")
	}
	for _, target := range factTargets {
		if _, has := p.at[target]; has {
			w.staged = append(w.staged, target)
		}
	}
	for _, c := range p.columns {
		if c.attribute.Name != "" {
			w.staged = append(w.staged, c.attribute.Slot)
		}
	}
	return w
}

// write appends the row to the chunk, as one line.
func (w *rowWriter) write(c *chunk, line int64, a members.Address, fields [][]byte) error {
	row := rowOf{w, c, line, fields}
	t := append(strconv.AppendInt(c.text, line, 10), '\t')
	t = append(appendText(t, a.Key), '\t')
	if a.Mail == a.Key {
		t = append(t, null...)
	} else {
		t = appendText(t, a.Mail)
	}
	t = append(append(append(t, '\t'), a.Domain...), '\t')
	t = append(appendBool(t, a.Disposable, true), '\t')
	if w.proofs {
		t = row.appendProof(t)
	} else {
		t = appendBool(t, true, w.consent != nil)
	}
	for _, target := range factTargets {
		if i, has := w.at[target]; has {
			t = row.appendFact(append(t, '\t'), target, i)
		}
	}
	for i := range w.columns {
		if w.columns[i].attribute.Name != "" {
			t = row.appendAttribute(append(t, '\t'), i)
		}
	}
	c.text = append(t, '\n')
	c.keys, c.lines = append(c.keys, a.Key), append(c.lines, line)
	c.rows++
	return w.err
}

// rowOf is one row on its way into a chunk.
type rowOf struct {
	*rowWriter
	chunk  *chunk
	line   int64
	fields [][]byte
}

// field returns column i, without the blanks around it.
func (r *rowOf) field(i int) string { return strings.TrimSpace(string(r.fields[i])) }

// of returns the field of a target, "" if the file has no such column.
func (r *rowOf) of(target string) string {
	if i, has := r.at[target]; has {
		return r.field(i)
	}
	return ""
}

// omit notes that the value of column i is left out of the row, and why.
func (r *rowOf) omit(i int, reason string) {
	r.chunk.counts.Omitted++
	if err := r.refuse(r.chunk, Reject{Row: r.line, Column: r.columns[i].header, Reason: reason}); err != nil {
		r.err = err
	}
}

// moment returns the time in the column of a target; zero if there is none.
func (r *rowOf) moment(target string) time.Time {
	s := r.of(target)
	if s == "" || isNoDate(s) {
		return time.Time{}
	}
	at, ok := ParseMoment(s, r.zone)
	switch {
	case !ok:
		r.omit(r.plan.at[target], "this is no time such as 2026-11-21 14:30")
		return time.Time{}
	case at.After(r.started.Add(members.ClockSkew)):
		r.omit(r.plan.at[target], "this is in the future")
		return time.Time{}
	}
	return at
}

// appendFact appends when and from where the member came, or the member's zone.
func (r *rowOf) appendFact(t []byte, target string, i int) []byte {
	if target == toJoinedAt {
		return appendMoment(t, r.moment(target))
	}
	s := r.field(i)
	if target == toTimeZone && members.CheckZone(s) != nil {
		r.omit(i, "this is no time zone such as Europe/Amsterdam")
		s = ""
	}
	return r.appendWords(t, i, s)
}

// appendWords appends a text, or nothing for an empty one.
func (r *rowOf) appendWords(t []byte, i int, s string) []byte {
	if s == "" {
		return append(t, null...)
	}
	if err := members.CheckText(s); err != nil {
		r.omit(i, err.Error())
		return append(t, null...)
	}
	return appendText(t, s)
}

// appendAttribute appends the value of column i as its attribute takes it. An
// empty cell is no value: it leaves what is known as it is.
func (r *rowOf) appendAttribute(t []byte, i int) []byte {
	s, c := r.field(i), &r.columns[i]
	if s == "" {
		return append(t, null...)
	}
	switch c.attribute.Type {
	case members.Number:
		if v, ok := parseNumber(s, c.guess.comma(r.comma)); ok {
			return strconv.AppendFloat(t, v, 'g', -1, 64)
		}
		r.omit(i, "this is not a number")
	case members.Date:
		if day, _, ok := parseDate(s); ok {
			return append(t, day...)
		}
		if !isNoDate(s) {
			r.omit(i, "this is no date such as 2026-11-21 or 21-11-2026")
		}
	case members.Bool:
		if v, ok := parseBool(s); ok {
			return appendBool(t, v, true)
		}
		r.omit(i, "this is neither yes nor no")
	case members.Set:
		set, err := members.WordSet(strings.FieldsFunc(s, func(c rune) bool { return c == ',' || c == ';' || c == '|' }))
		if words, ok := set.(pq.StringArray); ok && err == nil {
			array, _ := words.Value()
			return appendText(t, array.(string))
		}
		if err != nil {
			r.omit(i, err.Error())
		}
	default:
		if c.target == "gender" {
			if sex, known := genders[strings.ToLower(s)]; known {
				s = sex
			}
		}
		return r.appendWords(t, i, s)
	}
	return append(t, null...)
}

func appendMoment(t []byte, at time.Time) []byte {
	if at.IsZero() {
		return append(t, null...)
	}
	return at.UTC().AppendFormat(t, "2006-01-02 15:04:05.999999Z")
}
