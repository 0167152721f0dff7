package main

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"keur/delivery/worker"
	"keur/reports/figures"
)

// newMetrics returns the registry that /metrics shows, with what every process
// has: its memory, its goroutines and its connections to the base.
func newMetrics(d *stores) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewDBStatsCollector(d.DB.DB, "keur"),
		figures.NewQueues(d.DB),
	)
	return r
}

// measure shows what a worker did.
func (h *process) measure(m *worker.Metrics) {
	counters := []struct {
		name, help string
		outcome    string
		n          *atomic.Int64
	}{
		{"keur_smtp_transactions_total", "SMTP transactions by outcome.", "accepted", &m.Accepted},
		{"keur_smtp_transactions_total", "SMTP transactions by outcome.", "deferred", &m.Deferred},
		{"keur_smtp_transactions_total", "SMTP transactions by outcome.", "rejected", &m.Rejected},
		{"keur_smtp_transactions_total", "SMTP transactions by outcome.", "withheld", &m.Withheld},
		{"keur_smtp_transactions_total", "SMTP transactions by outcome.", "lost", &m.Lost},
		{"keur_smtp_transactions_total", "SMTP transactions by outcome.", "not_sent", &m.NotSent},
		{"keur_smtp_dials_total", "SMTP connections by outcome.", "all", &m.Dials},
		{"keur_smtp_dials_total", "SMTP connections by outcome.", "failed", &m.DialErrors},
		{"keur_ledger_commits_total", "Group commits of the delivery ledger.", "rounds", &m.Rounds},
		{"keur_ledger_commits_total", "Group commits of the delivery ledger.", "changes", &m.Changes},
	}
	for _, c := range counters {
		h.metrics.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: c.name, Help: c.help, ConstLabels: prometheus.Labels{"outcome": c.outcome},
		}, func() float64 { return float64(c.n.Load()) }))
	}
	lag := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "keur_slot_lag_seconds", Help: "From the moment a send might begin to the first mail of it that a server took.",
		Buckets: []float64{.1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 3600},
	})
	m.FirstMail = func(late time.Duration) { lag.Observe(late.Seconds()) }
	h.metrics.MustRegister(lag, prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "keur_smtp_transaction_seconds_total", Help: "Time spent in SMTP transactions: by their number it is their latency.",
	}, func() float64 { return time.Duration(m.Spent.Load()).Seconds() }))
}
