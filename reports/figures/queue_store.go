// Package figures shows what waits in the base to Prometheus.
package figures

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/prometheus/client_golang/prometheus"

	"keur/internal/notices"
)

// Queues shows what waits in the base, read when it is asked for. The
// same for every process; one of them is enough to watch.
type Queues struct {
	db *sqlx.DB

	batches, retries, notices, givenUp, hooks, deltas, sends, captured, alarms, dutyAge, dutyFailed *prometheus.Desc
}

// NewQueues returns the figures of db.
func NewQueues(db *sqlx.DB) *Queues {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("keur_"+name, help, labels, nil)
	}
	return &Queues{
		db:         db,
		batches:    desc("queue_deliveries", "Deliveries in batches that wait or are being sent.", "state"),
		retries:    desc("queue_retries", "Deferred deliveries that wait for their next attempt."),
		notices:    desc("queue_notices", "Operational mails that wait."),
		hooks:      desc("queue_webhooks", "Messages of webhooks that wait."),
		givenUp:    desc("notices_given_up", "Operational mails that no server took in two days, or that can't be opened."),
		deltas:     desc("outcome_deltas", "Counts that are not folded yet."),
		sends:      desc("sends", "Sends that have not ended, by state.", "state"),
		captured:   desc("labels_captured", "Labels without an SMTP route, whose mail the local inbox catches."),
		alarms:     desc("mail_alarms", "Alarms of complaints and hard bounces that are open, by level.", "level"),
		dutyAge:    desc("duty_age_seconds", "Seconds since the duty was last finished.", "duty"),
		dutyFailed: desc("duty_failed", "1 if the duty's last run failed.", "duty"),
	}
}

// Describe sends the descriptions; prometheus calls it.
func (q *Queues) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{q.batches, q.retries, q.notices, q.givenUp, q.hooks, q.deltas, q.sends, q.captured, q.alarms,
		q.dutyAge, q.dutyFailed} {
		out <- d
	}
}

// Collect reads the figures; prometheus calls it at each scrape.
func (q *Queues) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	q.byState(ctx, out, q.batches, `SELECT state, sum(size) AS n FROM delivery_batches WHERE state <> 'done' GROUP BY 1`)
	q.byState(ctx, out, q.sends, `SELECT state, count(*) AS n FROM sends WHERE state NOT IN ('finished', 'cancelled') GROUP BY 1`)
	q.one(ctx, out, q.retries, `SELECT count(*) FROM delivery_retries`)
	q.one(ctx, out, q.notices, `SELECT count(*) FROM notices WHERE sent_at IS NULL AND attempts < $1`, notices.MaxAttempts)
	q.one(ctx, out, q.givenUp, `SELECT count(*) FROM notices WHERE sent_at IS NULL AND attempts >= $1`, notices.MaxAttempts)
	q.one(ctx, out, q.hooks, `SELECT count(*) FROM webhook_messages WHERE state = 'waiting'`)
	q.one(ctx, out, q.deltas, `SELECT count(*) FROM outcome_deltas`)
	q.one(ctx, out, q.captured, `SELECT count(*) FROM labels WHERE smtp_route_id IS NULL`)
	q.byState(ctx, out, q.alarms, `SELECT level AS state, count(*) AS n FROM mail_alarms WHERE ended_at IS NULL GROUP BY 1`)
	q.byState(ctx, out, q.dutyAge, `SELECT name AS state, extract(epoch FROM now() - finished_at) AS n FROM duties WHERE finished_at IS NOT NULL`)
	q.byState(ctx, out, q.dutyFailed, `SELECT name AS state, (error <> '')::int AS n FROM duties`)
}

func (q *Queues) byState(ctx context.Context, out chan<- prometheus.Metric, desc *prometheus.Desc, query string) {
	var rows []struct {
		State string  `db:"state"`
		N     float64 `db:"n"`
	}
	if err := q.db.SelectContext(ctx, &rows, query); err != nil {
		out <- prometheus.NewInvalidMetric(desc, err)
		return
	}
	for _, r := range rows {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, r.N, r.State)
	}
}

func (q *Queues) one(ctx context.Context, out chan<- prometheus.Metric, desc *prometheus.Desc, query string, args ...any) {
	var n float64
	if err := q.db.GetContext(ctx, &n, query, args...); err != nil {
		out <- prometheus.NewInvalidMetric(desc, err)
		return
	}
	out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, n)
}
