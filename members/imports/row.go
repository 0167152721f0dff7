package imports

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"

	"keur/internal/postgres"
	"keur/internal/typed"
	"keur/internal/words"
	"keur/members"
)

// rowWriter writes rows of the file as lines for COPY, of the staging table.
type rowWriter struct {
	*mapping
	staged     []string // columns of the line, in their order
	proofs     bool     // the file has columns of consent
	stands     bool     // the file says how members stand
	statement  func(text string) (int64, error)
	keepReject func(*chunk, Reject) error
	err        error // of statement or keepReject: the import ends
}

// proofTargets are the columns that make a row bring its own consent.
var proofTargets = []string{
	toConsent, toConsentAt, toConsentText, toConsentSource, toConsentURL, toConsentIP, toOptinMailed, toConfirmedAt, toConfirmedIP,
	toTracking,
}

// factTargets are columns of the membership itself.
var factTargets = []string{toJoinedAt, toSource, toTimeZone, toMemberKey}

// newRowWriter chooses what a line has: no more than the file can fill.
func newRowWriter(m *mapping, statement func(text string) (int64, error), keepReject func(*chunk, Reject) error) *rowWriter {
	w := &rowWriter{mapping: m, statement: statement, keepReject: keepReject}
	w.staged = []string{"n", "key", "address", "domain", "disposable", "mail"}
	for _, target := range proofTargets {
		_, has := m.at[target]
		w.proofs = w.proofs || has
	}
	w.stands = len(m.statuses) > 0 || m.wholeFile != ""
	w.proofs = w.proofs || w.stands
	if w.proofs {
		w.staged = append(w.staged,
			"leaves", "left_at", "mail_at", "statement_id", "consent_source", "form_url", "ip", "optin_mailed_at", "confirmed_at",
			"confirmed_ip", "tracking")
	}
	for _, target := range factTargets {
		if _, has := m.at[target]; has {
			w.staged = append(w.staged, target)
		}
	}
	for _, c := range m.columns {
		if c.attribute.Name != "" {
			w.staged = append(w.staged, c.attribute.Slot)
		}
	}
	return w
}

// write appends the row to the chunk, as one line.
func (w *rowWriter) write(c *chunk, line int64, a members.Address, fields [][]byte) error {
	row := row{w, c, line, fields}
	t := append(strconv.AppendInt(c.text, line, 10), '\t')
	t = append(postgres.AppendText(t, a.Key), '\t')
	if a.Mail == a.Key {
		t = append(t, null...)
	} else {
		t = postgres.AppendText(t, a.Mail)
	}
	t = append(append(append(t, '\t'), a.Domain...), '\t')
	t = append(appendBool(t, a.Disposable, true), '\t')
	if w.proofs {
		t = row.appendConsent(t)
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

// keyOf returns the publisher's own number of a row's member, or "".
func (m *mapping) keyOf(fields [][]byte) string {
	i, has := m.at[toMemberKey]
	if !has {
		return ""
	}
	key := strings.TrimSpace(string(fields[i]))
	if members.CheckKey(key) != nil {
		return ""
	}
	return key
}

// row is one row on its way into a chunk.
type row struct {
	*rowWriter
	chunk  *chunk
	line   int64
	fields [][]byte
}

// field returns column i, without the blanks around it.
func (r *row) field(i int) string { return strings.TrimSpace(string(r.fields[i])) }

// of returns the field of a target, "" if the file has no such column.
func (r *row) of(target string) string {
	if i, has := r.at[target]; has {
		return r.field(i)
	}
	return ""
}

// omit notes that the value of column i is left out of the row, and why.
func (r *row) omit(i int, reason words.Message) {
	r.chunk.counts.Omitted++
	if err := r.keepReject(r.chunk, Reject{
		Row: r.line, Column: r.columns[i].header, Reason: reason, Fields: texts(r.fields),
	}); err != nil {
		r.err = err
	}
}

// timeOf returns the time in the column of a target; zero if there is none.
func (r *row) timeOf(target string) time.Time {
	s := r.of(target)
	if s == "" || typed.IsNoDate(s) {
		return time.Time{}
	}
	at, ok := typed.Moment(s, r.columns[r.mapping.at[target]].order(), r.zone)
	switch {
	case !ok:
		r.omit(r.mapping.at[target], words.Of("members.moment_expected"))
		return time.Time{}
	case at.After(r.started.Add(members.ClockSkew)):
		r.omit(r.mapping.at[target], words.Of("members.consent_at_future"))
		return time.Time{}
	}
	return at
}

// appendFact appends when and from where the member came, or the member's zone.
func (r *row) appendFact(t []byte, target string, i int) []byte {
	if target == toJoinedAt {
		return appendTime(t, r.timeOf(target))
	}
	s := r.field(i)
	if target == toTimeZone && members.CheckZone(s) != nil {
		r.omit(i, words.Of("members.time_zone"))
		s = ""
	}
	if target == toMemberKey && members.CheckKey(s) != nil {
		r.omit(i, words.Of("members.member_key_form"))
		s = ""
	}
	return r.appendChecked(t, i, s)
}

// appendChecked appends a text, or nothing for an empty one.
func (r *row) appendChecked(t []byte, i int, s string) []byte {
	if s == "" {
		return append(t, null...)
	}
	if err := members.CheckText(s); err != nil {
		r.omit(i, words.OfError(err))
		return append(t, null...)
	}
	return postgres.AppendText(t, s)
}

// appendAttribute appends the value of column i as its attribute takes it. An
// empty cell is no value: it leaves what is known as it is.
func (r *row) appendAttribute(t []byte, i int) []byte {
	s, c := r.field(i), &r.columns[i]
	if s == "" {
		return append(t, null...)
	}
	switch c.attribute.Type {
	case members.Number:
		if v, ok := typed.Number(s, c.guess.comma(r.comma)); ok {
			return strconv.AppendFloat(t, v, 'g', -1, 64)
		}
		r.omit(i, words.Of("members.number_expected"))
	case members.Date:
		if day, _, ok := typed.Date(s, c.order()); ok {
			return append(t, day...)
		}
		if !typed.IsNoDate(s) {
			r.omit(i, words.Of("members.day_expected"))
		}
	case members.Bool:
		if v, ok := typed.YesNo(s); ok {
			return appendBool(t, v, true)
		}
		r.omit(i, words.Of("members.yes_or_no_expected"))
	case members.Set:
		set, err := members.WordSet(typed.List(s))
		if sorted, ok := set.(pq.StringArray); ok && err == nil {
			array, _ := sorted.Value()
			return postgres.AppendText(t, array.(string))
		}
		if err != nil {
			r.omit(i, words.OfError(err))
		}
	default:
		if c.target == "gender" {
			if sex, known := typed.Gender(s); known {
				s = sex
			}
		}
		return r.appendChecked(t, i, s)
	}
	return append(t, null...)
}

// appendTime appends a time, or nothing for none.
func appendTime(t []byte, at time.Time) []byte {
	if at.IsZero() {
		return append(t, null...)
	}
	return at.UTC().AppendFormat(t, "2006-01-02 15:04:05.999999Z")
}

// appendConsent appends what the row says of consent. It is given only with its
// proof: text, source and time, of the row or else of the file. Without proof a
// yes is no answer, and the member is not mailable by it. A no needs no proof.
func (r *row) appendConsent(t []byte) []byte {
	at := r.timeOf(toConsentAt)
	unreadable := at.IsZero() && r.of(toConsentAt) != ""
	v := r.verdict(at)
	v.count(&r.chunk.counts)
	if v.Set&hasLeft != 0 {
		return r.appendLeft(t, v, at)
	}
	given, answered := v.consent(!at.IsZero() || r.consent != nil && !unreadable)
	tracked, trackingAnswered := r.tracking()
	text, source := r.of(toConsentText), r.of(toConsentSource)
	proven := !unreadable && r.proven(at, text, source)
	var statement int64
	if proven && text != "" && (given && answered || tracked && trackingAnswered) {
		var err error
		if statement, err = r.statement(text); err != nil {
			r.err = err
		}
	}
	t = append(appendBool(t, given, answered && (proven || !given)), "\t"+null+"\t"+null+"\t"...)
	t = append(appendTime(t, at), '\t')
	if statement == 0 {
		t = append(t, null...)
	} else {
		t = strconv.AppendInt(t, statement, 10)
	}
	t = r.appendOf(append(t, '\t'), toConsentSource)
	t = r.appendOf(append(t, '\t'), toConsentURL)
	t = r.appendIP(append(t, '\t'), toConsentIP)
	t = appendTime(append(t, '\t'), r.timeOf(toOptinMailed))
	t = appendTime(append(t, '\t'), r.timeOf(toConfirmedAt))
	t = r.appendIP(append(t, '\t'), toConfirmedIP)
	return appendBool(append(t, '\t'), tracked, trackingAnswered && (proven || !tracked))
}

// appendLeft appends what the row says of a member who left. What else it says of
// consent is of when they came.
func (r *row) appendLeft(t []byte, v verdict, at time.Time) []byte {
	given, answered := v.consent(false)
	if !v.own {
		at = v.at
	}
	t = append(appendBool(t, given, answered), '\t')
	t = append(strconv.AppendInt(t, int64(v.Suppresses()), 10), '\t')
	t = append(appendTime(t, v.at), '\t')
	t = append(appendTime(t, at), '\t')
	t = append(append(t, null...), "\timport"...)
	return append(t, strings.Repeat("\t"+null, 6)...)
}

// tracking returns yes or no from the column of consent to tracking, and whether
// it says so.
func (r *row) tracking() (yes, known bool) {
	i, has := r.at[toTracking]
	if !has || r.field(i) == "" {
		return false, false
	}
	if yes, known = typed.YesNo(r.field(i)); !known {
		r.omit(i, words.Of("members.yes_or_no_expected"))
	}
	return yes, known
}

// proven reports whether text, source and time of a consent are all known.
func (r *row) proven(at time.Time, text, source string) bool {
	if r.consent != nil {
		return true // the file has what the row lacks
	}
	return !at.IsZero() && text != "" && source != ""
}

func (r *row) appendOf(t []byte, target string) []byte {
	i, has := r.at[target]
	if !has {
		return append(t, null...)
	}
	return r.appendChecked(t, i, r.field(i))
}

// appendIP appends an IP address, which the base checks as well: a wrong one
// would cost the whole chunk.
func (r *row) appendIP(t []byte, target string) []byte {
	s := r.of(target)
	if s == "" {
		return append(t, null...)
	}
	ip, err := netip.ParseAddr(strings.TrimSpace(s))
	if err != nil || ip.Zone() != "" {
		r.omit(r.mapping.at[target], words.Of("members.consent_ip"))
		return append(t, null...)
	}
	return ip.AppendTo(t)
}

// null is how COPY reads that there is no value.
const null = `\N`

// appendBool appends a value that may be unknown.
func appendBool(line []byte, value, known bool) []byte {
	switch {
	case !known:
		return append(line, null...)
	case value:
		return append(line, 't')
	}
	return append(line, 'f')
}
