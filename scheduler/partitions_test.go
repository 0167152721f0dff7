package scheduler_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"keur/scheduler"
)

// TestMonthsAreMadeAheadAndDroppedWhole: the ledger's and the events' months are
// there before anything is sent in them, and those that nobody keeps go whole.
func TestMonthsAreMadeAheadAndDroppedWhole(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0, func(p *scheduler.Parts) { p.RetentionMonths = 12 })
	// By the base's clock too, which alone tells what is younger than a year.
	now := time.Now().UTC()
	d.World.Clock.Set(now)
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	d.World.DB.MustExec(`SELECT ensure_partitions($1, $1)`, month.AddDate(0, -20, 0))
	d.World.DB.MustExec(`SELECT ensure_partitions($1, $1)`, month.AddDate(0, -11, 0))
	d.Attend(context.Background())
	for months, want := range map[int]bool{-20: false, -11: true, 0: true, 4: true} {
		for _, parent := range []string{"deliveries", "events", "engagements", "relay_reports"} {
			name := parent + month.AddDate(0, months, 0).Format("_2006_01")
			var options []string
			if err := d.World.DB.Select(&options, `SELECT coalesce(array_to_string(reloptions, ','), '') FROM pg_class WHERE relname = $1`, name); err != nil {
				t.Fatal(err)
			}
			if (len(options) == 1) != want {
				t.Errorf("%s is there: %v, want %v", name, !want, want)
			}
			if want && parent == "deliveries" && options[0] != "fillfactor=25" { // so that every outcome is a HOT update
				t.Errorf("%s has %q", name, options)
			}
		}
	}
	if _, err := d.World.DB.Exec(`SELECT drop_partitions($1)`, now); err == nil || !strings.Contains(err.Error(), "younger than a year are kept") {
		t.Errorf("the application dropped what must be kept: %v", err)
	}
}

// TestMonthsAreOurs: the application's login makes no month of another era under
// the name of one to come, nor far ones by the thousand, and a temporary table
// called as the ledger doesn't keep old months from going.
func TestMonthsAreOurs(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0)
	for _, months := range []string{
		`'2030-05-01 BC', '2030-05-02 BC'`, `'0001-01-01', '0002-01-01'`, `'9000-01-01', '9001-01-01'`, `'-infinity', 'infinity'`,
	} {
		if _, err := d.World.DB.Exec(`SELECT ensure_partitions(` + months + `)`); err == nil || !strings.Contains(err.Error(), "ten years at once") {
			t.Errorf("made %s: %v", months, err)
		}
	}
	tx := d.World.DB.MustBegin()
	defer func() { _ = tx.Rollback() }()
	tx.MustExec(`CREATE TEMP TABLE deliveries (send_month date) PARTITION BY RANGE (send_month)`)
	tx.MustExec(`CREATE TEMP TABLE deliveries_2011_01 PARTITION OF pg_temp.deliveries FOR VALUES FROM ('2011-01-01') TO ('2011-02-01')`)
	if _, err := tx.Exec(`SELECT drop_partitions('2012-01-01')`); err != nil {
		t.Errorf("a temporary table is in the way: %v", err)
	}
}
