package scheduler

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/form"
	"keur/internal/postgres"
	"keur/internal/trace"
)

// mostProblem bounds what is kept of why a duty failed; its log has all of it.
const mostProblem = 1000

// dutyLease is how long a holder may be silent before another takes over.
const dutyLease = time.Minute

// Duty is a recurring piece of work that one process at a time does. Run must
// be idempotent: after a crash it is run again.
type Duty struct {
	Name  string
	Every time.Duration
	Run   func(ctx context.Context) error
}

// Counted drops the number that work returns: it is for callers who ask.
func Counted[N int | int64](work func(context.Context) (N, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := work(ctx)
		return err
	}
}

// Emptied repeats work until it finds nothing more to do.
func Emptied[N int | int64](work func(context.Context) (N, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		for {
			if n, err := work(ctx); err != nil || n == 0 {
				return err
			}
		}
	}
}

// dutyRunner runs duties, each in one process at a time.
type dutyRunner struct {
	db    *sqlx.DB
	clock clock.Clock
	log   *slog.Logger
	me    uuid.UUID
}

// repeat attends to a duty now, since a process that never lives for a day does
// the daily ones as well, and then at its interval until ctx ends.
func (r *dutyRunner) repeat(ctx context.Context, duty Duty) {
	ticker := time.NewTicker(duty.Every)
	defer ticker.Stop()
	for ctx.Err() == nil {
		r.attend(ctx, duty)
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

// attend runs a duty if it is due and nobody else holds it.
func (r *dutyRunner) attend(ctx context.Context, duty Duty) {
	fence, mine, err := r.claim(ctx, duty)
	if err != nil && ctx.Err() == nil {
		r.log.Error("claim a duty", "duty", duty.Name, "error", err)
	}
	if err != nil || !mine {
		return
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	go r.keep(work, stop, duty, fence)
	problem := ""
	if err := r.run(work, duty); err != nil {
		problem = form.Fit(err.Error(), mostProblem)
		if ctx.Err() == nil {
			r.log.Error("duty", "duty", duty.Name, "error", err)
		}
	}
	r.release(ctx, duty, fence, problem)
}

// run does a duty's work. What breaks it, as a text from elsewhere that nobody
// foresaw may, is its error and no end of the process, which does more than this.
func (r *dutyRunner) run(ctx context.Context, duty Duty) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			r.log.Error("duty panicked", "duty", duty.Name, "stack", string(debug.Stack()))
			err = fmt.Errorf("duty %s broke: %v", duty.Name, cause)
		}
	}()
	ctx, span := trace.Begin(ctx, "duty "+duty.Name)
	defer span.End()
	err = duty.Run(ctx)
	span.Failed(err)
	return err
}

// claim takes a duty that was not done within its interval by anyone. The
// fence tells the holder of today from one that was thought dead.
func (r *dutyRunner) claim(ctx context.Context, duty Duty) (fence int64, mine bool, err error) {
	now := r.clock.Now()
	var fences []int64
	// A tenth of slack: the ticker and the row's clock never quite agree.
	err = postgres.Select(ctx, r.db, &fences, `
		INSERT INTO duties AS d (name, holder, fence, lease_until, started_at)
		VALUES ($1, $2, 1, $3, $4)
		ON CONFLICT (name) DO UPDATE
		   SET holder = $2, fence = d.fence + 1, lease_until = $3, started_at = $4
		 WHERE (d.lease_until IS NULL OR d.lease_until < $4) AND (d.finished_at IS NULL OR d.finished_at <= $5)
		RETURNING fence`, duty.Name, r.me, now.Add(dutyLease), now, now.Add(-duty.Every*9/10))
	if err != nil || len(fences) == 0 {
		return 0, false, postgres.Fault(err, "thing.duty", "name", duty.Name)
	}
	return fences[0], true, nil
}

// keep renews the lease while the duty runs, and stops it if it was lost.
func (r *dutyRunner) keep(ctx context.Context, stop func(), duty Duty, fence int64) {
	ticker := time.NewTicker(dutyLease / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		done, err := postgres.Exec(ctx, r.db, `UPDATE duties SET lease_until = $3 WHERE name = $1 AND fence = $2`,
			duty.Name, fence, r.clock.Now().Add(dutyLease))
		if err != nil {
			continue
		}
		if n, _ := done.RowsAffected(); n == 0 {
			stop()
			return
		}
	}
}

// release gives the duty back. It must succeed during a shutdown as well, or
// the duty would rest until the lease ran out.
func (r *dutyRunner) release(ctx context.Context, duty Duty, fence int64, problem string) {
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_, err := postgres.Exec(after, r.db, `
		UPDATE duties SET holder = NULL, lease_until = NULL, finished_at = $3, error = $4 WHERE name = $1 AND fence = $2`,
		duty.Name, fence, r.clock.Now(), problem)
	if err != nil {
		r.log.Error("release a duty", "duty", duty.Name, "error", fmt.Errorf("duty %s: %w", duty.Name, err))
	}
}
