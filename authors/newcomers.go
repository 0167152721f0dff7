package authors

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/postgres"
	"keur/labels"
)

// Newcomers are users who count only for what is submitted later, with from
// when on, by the label's clock.
type Newcomers map[accounts.UserID]time.Time

// Moment is how a message holds a moment of the label's clock.
const Moment = "2006-01-02T15:04"

// newcomers returns those whose cooling-off ends after the moment.
func newcomers(all []accounts.Tenure, cooling time.Duration, submitted time.Time, zone *time.Location) Newcomers {
	found := Newcomers{}
	for _, t := range all {
		if from, cools := t.CountsFrom(cooling); cools && from.After(submitted) {
			found[t.UserID] = from.In(zone)
		}
	}
	return found
}

// NewcomersTo returns who is too new to decide about a revision that was, or is
// to be, submitted at the moment.
func NewcomersTo(ctx context.Context, q sqlx.QueryerContext, revision int64, submitted time.Time) (Newcomers, error) {
	var of struct {
		Label labels.ID `db:"label_id"`
		Zone  string    `db:"time_zone"`
		Hours int       `db:"hours"`
	}
	if err := sqlx.GetContext(ctx, q, &of, `
		SELECT m.label_id, l.time_zone, cooling_hours(r.id) AS hours
		  FROM revisions r JOIN mailings m ON m.id = r.mailing_id JOIN labels l ON l.id = m.label_id
		 WHERE r.id = $1`, revision); err != nil {
		return nil, postgres.Fault(err, "thing.revision", "id", revision)
	}
	all, err := accounts.Tenures(ctx, q, of.Label)
	if err != nil {
		return nil, err
	}
	return newcomers(all, time.Duration(of.Hours)*time.Hour, submitted, labels.Label{TimeZone: of.Zone}.Location()), nil
}
