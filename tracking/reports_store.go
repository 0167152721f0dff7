package tracking

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/tracking/dmarc"
)

// What is taken in and kept of reports of a domain: letters prove little, and
// somebody may write many.
const (
	mostReports = 300    // in 24 hours
	mostRows    = 20_000 // likewise
	kept        = 400 * 24 * time.Hour
	ahead       = 24 * time.Hour // by which a receiver's clock may be
)

// take keeps a report, once, and reports whether it is new.
func (r *Reports) take(ctx context.Context, of dmarc.Report, signer string) (first bool, err error) {
	now := r.Clock.Now()
	if of.Until.After(now.Add(ahead)) { // it would be of the last week for as long as it is kept
		return false, fault.New(fault.Invalid, "dmarc.future")
	}
	l, err := r.mailing(ctx, of.Domain)
	if err != nil {
		return false, err
	}
	networks, err := r.Records.Networks(ctx, l)
	if err != nil {
		networks = nil // DNS doesn't answer: then nobody is called unknown
	}
	err = postgres.InTx(ctx, r.DB, func(tx *sqlx.Tx) error {
		// One after the other of a domain: what came today is counted.
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtext('keur.dmarc'), hashtext($1))`, of.Domain); err != nil {
			return err
		}
		var today struct{ Reports, Rows int }
		if err := tx.GetContext(ctx, &today, `
			SELECT count(*) AS reports, coalesce(sum(rows), 0) AS rows FROM dmarc_reports WHERE domain = $1 AND received_at > $2`,
			of.Domain, now.Add(-24*time.Hour)); err != nil {
			return err
		}
		var id int64
		err := tx.GetContext(ctx, &id, `
			INSERT INTO dmarc_reports (org, report_id, domain, policy, begins_at, ends_at, signed_by, rows, received_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (org, report_id, domain) DO NOTHING RETURNING id`,
			of.Org, of.ID, of.Domain, of.Policy, of.From, of.Until, signer, len(of.Rows), now)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if today.Reports >= mostReports || today.Rows+len(of.Rows) > mostRows {
			return fault.New(fault.Conflict, "dmarc.too_many", "domain", of.Domain)
		}
		first = true
		var sources, dispositions, headers, dkims, spfs, knowns pq.StringArray
		var mails pq.Int64Array
		var dkim, spf pq.BoolArray
		for _, row := range of.Rows {
			sources, mails = append(sources, row.Source.String()), append(mails, int64(row.Mails))
			dispositions = append(dispositions, row.Disposition)
			dkim, spf, headers = append(dkim, row.DKIM), append(spf, row.SPF), append(headers, row.HeaderFrom)
			dkims, spfs, knowns = append(dkims, row.DKIMDomain), append(spfs, row.SPFDomain), append(knowns, string(known(row, networks)))
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO dmarc_rows (report_id, source, mails, disposition, dkim, spf, header_from, dkim_domain, spf_domain, known)
			SELECT $1, s::inet, m, p, d, f, h, dd, fd, k
			  FROM unnest($2::text[], $3::bigint[], $4::text[], $5::boolean[], $6::boolean[], $7::text[], $8::text[], $9::text[], $10::text[])
			       u(s, m, p, d, f, h, dd, fd, k)`, id, sources, mails, dispositions, dkim, spf, headers, dkims, spfs, knowns)
		return err
	})
	if own, is := errors.AsType[*fault.Error](err); is {
		return false, own
	}
	return first, postgres.Fault(err, "thing.dmarc_reports")
}

// DeleteOld takes out reports that are older than a year and a month.
func (r *Reports) DeleteOld(ctx context.Context) error {
	_, err := postgres.Exec(ctx, r.DB, `DELETE FROM dmarc_reports WHERE received_at < $1`, r.Clock.Now().Add(-kept))
	return postgres.Fault(err, "thing.dmarc_reports")
}

// ReportedDay is what receivers told of a day.
type ReportedDay struct {
	Day     time.Time `db:"day" json:"day"`
	Aligned int64     `db:"aligned" json:"aligned"`
	Failed  int64     `db:"failed" json:"failed"`
}

// Days returns what was told of mail in the name of a domain and those below, each day
// since.
func (r *Reports) Days(ctx context.Context, domain string, since time.Time) ([]ReportedDay, error) {
	found := []ReportedDay{}
	err := r.DB.SelectContext(ctx, &found, `
		SELECT date_trunc('day', r.begins_at, 'UTC') AS day,
		       coalesce(sum(w.mails) FILTER (WHERE w.dkim OR w.spf), 0)::bigint AS aligned,
		       coalesce(sum(w.mails) FILTER (WHERE NOT w.dkim AND NOT w.spf), 0)::bigint AS failed
		  FROM dmarc_reports r JOIN dmarc_rows w ON w.report_id = r.id
		 WHERE r.domain = $1 AND r.begins_at >= $2 GROUP BY 1 ORDER BY 1`, domain, since)
	return found, postgres.Fault(err, "thing.dmarc_reports")
}

// Source is an address from which mail came in the name of a domain.
type Source struct {
	Address  string    `db:"address" json:"address"`
	Known    Known     `db:"known" json:"known"`
	Mails    int64     `db:"mails" json:"mails"`
	Failed   int64     `db:"failed" json:"failed" doc:"Neither signature nor return path is aligned"`
	NoDKIM   int64     `db:"no_dkim" json:"no_dkim"`
	NoSPF    int64     `db:"no_spf" json:"no_spf"`
	Refused  int64     `db:"refused" json:"refused" doc:"Quarantined or rejected"`
	From     string    `db:"header_from" json:"header_from" doc:"The domain that members saw, of the most mails"`
	Signs    string    `db:"dkim_domain" json:"dkim_domain" doc:"Who signed, of the most mails"`
	Returns  string    `db:"spf_domain" json:"spf_domain" doc:"Of the return path, of the most mails"`
	LastSeen time.Time `db:"last_seen" json:"last_seen"`
}

// mostSources is how many are listed.
const mostSources = 1000

// Sources returns from where mail came since, unknown ones and then those with the
// most mails first. provenOnly leaves out what nobody signed or brought.
func (r *Reports) Sources(ctx context.Context, domain string, since time.Time, provenOnly bool) ([]Source, error) {
	found := []Source{}
	err := r.DB.SelectContext(ctx, &found, `
		SELECT host(w.source) AS address, (array_agg(w.known ORDER BY r.begins_at DESC, w.known))[1] AS known, sum(w.mails)::bigint AS mails,
		       coalesce(sum(w.mails) FILTER (WHERE NOT w.dkim AND NOT w.spf), 0)::bigint AS failed,
		       coalesce(sum(w.mails) FILTER (WHERE NOT w.dkim), 0)::bigint AS no_dkim,
		       coalesce(sum(w.mails) FILTER (WHERE NOT w.spf), 0)::bigint AS no_spf,
		       coalesce(sum(w.mails) FILTER (WHERE w.disposition <> 'none'), 0)::bigint AS refused,
		       (array_agg(w.header_from ORDER BY w.mails DESC))[1] AS header_from,
		       (array_agg(w.dkim_domain ORDER BY w.mails DESC))[1] AS dkim_domain,
		       (array_agg(w.spf_domain ORDER BY w.mails DESC))[1] AS spf_domain, max(r.begins_at) AS last_seen
		  FROM dmarc_reports r JOIN dmarc_rows w ON w.report_id = r.id
		 WHERE r.domain = $1 AND r.begins_at >= $2 AND (NOT $3 OR r.signed_by <> '' OR r.brought_by LIKE 'user:%')
		 GROUP BY w.source
		 ORDER BY (array_agg(w.known ORDER BY r.begins_at DESC, w.known))[1] <> 'unknown', sum(w.mails) DESC, w.source LIMIT $4`, domain, since, provenOnly, mostSources)
	return found, postgres.Fault(err, "thing.dmarc_reports")
}

// Reporter is who wrote reports.
type Reporter struct {
	Org      string    `db:"org" json:"org"`
	SignedBy string    `db:"signed_by" json:"signed_by,omitempty" doc:"Whose signature the letters have; none: nobody could check, or a person brought them"`
	Brought  bool      `db:"brought" json:"brought" doc:"A person brought them as files"`
	Reports  int       `db:"reports" json:"reports"`
	Mails    int64     `db:"mails" json:"mails"`
	Last     time.Time `db:"last" json:"last"`
}

// Reporters returns who wrote reports of a domain since, the one of the most mails first.
func (r *Reports) Reporters(ctx context.Context, domain string, since time.Time) ([]Reporter, error) {
	found := []Reporter{}
	err := r.DB.SelectContext(ctx, &found, `
		SELECT r.org, r.signed_by, r.brought_by LIKE 'user:%' AS brought, count(DISTINCT r.id) AS reports,
		       coalesce(sum(w.mails), 0)::bigint AS mails, max(r.begins_at) AS last
		  FROM dmarc_reports r LEFT JOIN dmarc_rows w ON w.report_id = r.id
		 WHERE r.domain = $1 AND r.begins_at >= $2 GROUP BY 1, 2, 3 ORDER BY 5 DESC, 1, 2 LIMIT 200`, domain, since)
	return found, postgres.Fault(err, "thing.dmarc_reports")
}

// Reported returns the domains of which there are reports, of these and those above.
func (r *Reports) Reported(ctx context.Context, senders []string) ([]string, error) {
	found := []string{}
	err := r.DB.SelectContext(ctx, &found, `
		SELECT DISTINCT domain FROM dmarc_reports
		 WHERE EXISTS (SELECT FROM unnest($1::text[]) s WHERE s = domain OR s LIKE '%.' || domain) ORDER BY 1`, pq.Array(senders))
	return found, postgres.Fault(err, "thing.dmarc_reports")
}

// Trouble sums up what was told of a domain within a week by who proved who they are.
type Trouble struct {
	Domain     string `db:"domain"`
	Ours       int64  `db:"ours"` // from addresses of ours
	OursFailed int64  `db:"ours_failed"`
	Unknown    int64  `db:"unknown"` // from addresses that nobody knows
	Mails      int64  `db:"mails"`
}

// What is spoken of: so many mails at least, and so many of a hundred of ours, or of
// all, since forwarders break some of everybody's.
const (
	troubleFrom   = 100
	troubleOurs   = 1
	troubleOthers = 5
)

// OwnFails reports whether mail of ours fails as it shouldn't.
func (t Trouble) OwnFails() bool {
	return t.OursFailed >= troubleFrom && 100*t.OursFailed >= troubleOurs*t.Ours
}

// Strangers reports whether somebody unknown mails much in the domain's name.
func (t Trouble) Strangers() bool {
	return t.Unknown >= troubleFrom && 100*t.Unknown >= troubleOthers*t.Mails
}

// Troubles returns the domains of which something is to be said, of these and those
// above them.
func (r *Reports) Troubles(ctx context.Context, senders []string) ([]Trouble, error) {
	var all []Trouble
	err := r.DB.SelectContext(ctx, &all, `
		SELECT r.domain, coalesce(sum(w.mails) FILTER (WHERE w.known = 'ours'), 0)::bigint AS ours,
		       coalesce(sum(w.mails) FILTER (WHERE w.known = 'ours' AND NOT w.dkim AND NOT w.spf), 0)::bigint AS ours_failed,
		       coalesce(sum(w.mails) FILTER (WHERE w.known = 'unknown' AND NOT w.dkim AND NOT w.spf), 0)::bigint AS unknown,
		       sum(w.mails)::bigint AS mails
		  FROM dmarc_reports r JOIN dmarc_rows w ON w.report_id = r.id
		 WHERE r.begins_at >= $2 AND (r.signed_by <> '' OR r.brought_by LIKE 'user:%')
		   AND EXISTS (SELECT FROM unnest($1::text[]) s WHERE s = r.domain OR s LIKE '%.' || r.domain)
		 GROUP BY 1 ORDER BY 1`, pq.Array(senders), r.Clock.Now().Add(-8*24*time.Hour))
	found := []Trouble{}
	for _, t := range all {
		if t.OwnFails() || t.Strangers() {
			found = append(found, t)
		}
	}
	return found, postgres.Fault(err, "thing.dmarc_reports")
}
