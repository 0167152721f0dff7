package figures

import (
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/prometheus/client_golang/prometheus"

	"keur/internal/pgtest"
)

// Every figure is read, and open alarms are counted by their level.
func TestFiguresOfTheBase(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO mail_alarms (kind, provider, domain, span, level, mails, events, raised_at, mails_now, events_now, looked_at, ended_at)
			VALUES ('complaints', 'google', 'shop.nl', 'day', 'alarm', 1, 1, now(), 1, 1, now(), NULL),
			       ('complaints', 'yahoo', 'shop.nl', 'day', 'alarm', 1, 1, now(), 1, 1, now(), now())`)
	})
	registry := prometheus.NewRegistry()
	registry.MustRegister(NewQueues(db.App))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			got[name] = m.GetGauge().GetValue()
		}
	}
	if got["keur_mail_alarms alarm"] != 1 {
		t.Errorf("figures are %v", got)
	}
	for _, name := range []string{"keur_queue_retries", "keur_queue_notices", "keur_queue_webhooks", "keur_notices_given_up",
		"keur_outcome_deltas", "keur_labels_captured"} {
		if n, is := got[name]; !is || n != 0 {
			t.Errorf("%s is %v, %t", name, n, is)
		}
	}
}
