package imports

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/members"
)

// enterAll adds a chunk of rows of whom nobody is a member yet. Nothing has to be
// looked up for them, so they go by COPY straight to where they belong. By way of
// the staging table, row by row, the same takes PostgreSQL half as long again.
// Returns a unique violation if somebody is a member after all.
func (m *merge) enterAll(ctx context.Context, conn *sqlx.Conn, tx *sqlx.Tx, c *chunk, counts *Counts) error {
	var numbers, actor string
	if err := tx.QueryRowxContext(ctx, `
		SELECT string_agg(nextval('members_id_seq')::text, ' '), current_actor() FROM generate_series(1, $1)`,
		c.rows).Scan(&numbers, &actor); err != nil {
		return err
	}
	f := m.fresh
	f.now, f.actor = appendMoment(nil, m.clock.Now()), appendText(nil, actor)
	f.write(c, strings.Fields(numbers))
	for _, into := range []struct {
		table   string
		columns []string
		lines   []byte
	}{
		{"members", []string{"id", "address", "address_key", "domain", "disposable", "created_at"}, f.members},
		{"memberships", f.columns, f.memberships},
		{"consents", []string{
			"member_id", "label_id", "kind", "given", "at", "statement_id", "source", "form_url", "ip",
			"optin_mailed_at", "confirmed_at", "confirmed_ip", "recorded_at", "recorded_by",
		}, f.consents},
	} {
		if len(into.lines) == 0 {
			continue
		}
		if err := postgres.CopyText(ctx, conn, into.table, into.columns, into.lines); err != nil {
			return err
		}
	}
	counts.Inserted += int64(c.rows)
	counts.NotMailable += f.unwilling
	return nil
}

// freshWriter turns staged lines into those of the three tables that a new
// member has rows in. What it writes is what enter and join would insert.
type freshWriter struct {
	columns []string // of memberships
	slots   int      // where the attributes begin, which are the staged line's last columns
	bare    bool     // there are no attributes
	tracked bool     // the file is about tracking too
	at      stagedPlaces
	label   []byte
	began   []byte                                       // what stands in for a time that a row doesn't say
	source  []byte                                       // … and for where the member came from
	proof   struct{ at, statement, source, form []byte } // of the file

	now, actor                     []byte
	fields                         [][]byte // of the line at hand
	unwilling                      int64    // who can't be mailed
	members, memberships, consents []byte
}

// stagedPlaces are the places of columns in a staged line; -1: it has no such column.
type stagedPlaces struct {
	key, address, domain, disposable, joined, source, zone     int
	mail, mailAt, tracking, statement, consentSource, form, ip int
	optinMailed, confirmed, confirmedIP                        int
}

func placesOf(staged []string) stagedPlaces {
	at := func(column string) int { return slices.Index(staged, column) }
	return stagedPlaces{
		key: at("key"), address: at("address"), domain: at("domain"), disposable: at("disposable"),
		joined: at("joined_at"), source: at("source"), zone: at("time_zone"), mail: at("mail"), mailAt: at("mail_at"),
		tracking: at("tracking"), statement: at("statement_id"), consentSource: at("consent_source"), form: at("form_url"),
		ip: at("ip"), optinMailed: at("optin_mailed_at"), confirmed: at("confirmed_at"), confirmedIP: at("confirmed_ip"),
	}
}

// newFreshWriter returns a writer for the chunks of one lane.
func newFreshWriter(m *merge) *freshWriter {
	f := &freshWriter{slots: len(m.staged) - len(m.attributes), bare: len(m.attributes) == 0, at: placesOf(m.staged), fields: make([][]byte, len(m.staged))}
	f.columns = append([]string{"label_id", "member_id", "joined_at", "mail_consent", "tracking_consent", "confirmed_at", "source", "time_zone"}, m.staged[f.slots:]...)
	f.label = strconv.AppendInt(nil, int64(m.options.Label), 10)
	f.began, f.source = appendMoment(nil, m.plan.started), appendText(nil, m.options.Source)
	f.proof.at, f.proof.statement = []byte(null), []byte(null)
	if c := m.options.Consent; c != nil {
		f.proof.at, f.proof.statement = appendMoment(nil, c.At), strconv.AppendInt(nil, m.proof, 10)
		f.proof.source, f.proof.form = appendText(nil, c.Source), appendText(nil, c.FormURL)
	}
	_, f.tracked = m.plan.at[toTracking]
	return f
}

// write writes the rows of the chunk. In the order of their addresses: neighbours
// in the index come one after the other.
func (f *freshWriter) write(c *chunk, numbers []string) {
	f.unwilling, f.members, f.memberships, f.consents = 0, f.members[:0], f.memberships[:0], f.consents[:0]
	lines := bytes.Split(bytes.TrimSuffix(c.text, []byte{'\n'}), []byte{'\n'})
	order := make([]int, len(lines))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(c.keys[a], c.keys[b]) })
	for n, i := range order {
		f.row(lines[i], []byte(numbers[n]))
	}
}

// row writes one staged line.
func (f *freshWriter) row(line, id []byte) {
	attributes := line
	for i := range f.slots {
		f.fields[i], attributes, _ = bytes.Cut(attributes, []byte{'\t'})
	}
	no, none, key := []byte{'f'}, []byte(null), f.of(f.at.key, nil)
	f.members = appendLine(f.members, id, f.of(f.at.address, key), key, f.of(f.at.domain, nil), f.of(f.at.disposable, nil), f.now)
	mail, confirmed := f.of(f.at.mail, no), none
	if isYes(mail) {
		confirmed = f.of(f.at.confirmed, none)
	} else {
		f.unwilling++
	}
	f.memberships = appendLine(f.memberships, f.label, id, f.of(f.at.joined, f.began), mail, f.of(f.at.tracking, no), confirmed,
		f.of(f.at.source, f.source), f.of(f.at.zone, none))
	if !f.bare {
		f.memberships[len(f.memberships)-1] = '\t'
		f.memberships = appendLine(f.memberships, attributes)
	}
	f.consent(id, members.MailConsent, f.of(f.at.mail, none))
	if f.tracked {
		f.consent(id, members.TrackingConsent, f.of(f.at.tracking, none))
	}
}

// consent writes what the row says of one kind of consent. A no without a time
// adds nothing to a history that has no yes.
func (f *freshWriter) consent(id []byte, kind members.ConsentKind, given []byte) {
	none := []byte(null)
	at, statement := f.of(f.at.mailAt, nil), none
	switch {
	case isYes(given):
		at, statement = f.of(f.at.mailAt, f.proof.at), f.of(f.at.statement, f.proof.statement)
	case string(given) == null || at == nil:
		return
	}
	f.consents = appendLine(f.consents, id, f.label, []byte(kind), given, at, statement,
		f.of(f.at.consentSource, f.proof.source), f.of(f.at.form, f.proof.form), f.of(f.at.ip, none),
		f.of(f.at.optinMailed, none), f.of(f.at.confirmed, none), f.of(f.at.confirmedIP, none), f.now, f.actor)
}

// of returns what the line has at a place, or otherwise if that is nothing.
func (f *freshWriter) of(place int, otherwise []byte) []byte {
	if place < 0 || string(f.fields[place]) == null {
		return otherwise
	}
	return f.fields[place]
}

func isYes(field []byte) bool { return string(field) == "t" }

// appendLine appends fields, which are spelled as COPY reads them, as a line.
func appendLine(text []byte, fields ...[]byte) []byte {
	for i, field := range fields {
		if i > 0 {
			text = append(text, '\t')
		}
		text = append(text, field...)
	}
	return append(text, '\n')
}
