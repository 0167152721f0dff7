package networks

import (
	"cmp"
	"context"
	"time"

	"keur/internal/fault"
	"keur/internal/postgres"
)

// renewing is how long whoever renews a session may take before another may:
// longer than their call, or a token that holds once would be used twice.
const renewing = patience + time.Minute

// session returns the session that is kept, unless it is the one that was lost;
// then it is renewed. It's never renewed by two at once, since a token that holds
// once would be used twice: who comes second is told to wait. The network is
// asked outside of any transaction.
func (v *vault) session(
	ctx context.Context, id ConnectionID, now time.Time, lost string, renew func(kept string) (string, error),
) (string, error) {
	kept, err := v.kept(ctx, id)
	if err != nil || kept != "" && kept != lost {
		return kept, err
	}
	claimed, err := postgres.Exec(postgres.Aside(ctx), v.db, `
		INSERT INTO network_sessions AS s (connection_id, renewing_until) VALUES ($1, $2)
		ON CONFLICT (connection_id) DO UPDATE SET renewing_until = $2 WHERE s.renewing_until IS NULL OR s.renewing_until <= $3`,
		id, now.Add(renewing), now)
	if err != nil {
		return "", postgres.Fault(err, "thing.connection", "id", id)
	}
	if n, err := claimed.RowsAffected(); err != nil || n == 0 {
		return "", cmp.Or(err, error(&Wait{now.Add(renewing / 10)}))
	}
	if kept, err = v.kept(ctx, id); err == nil && (kept == "" || kept == lost) {
		kept, err = renew(kept)
	}
	if err != nil {
		return "", cmp.Or(v.release(ctx, id), err)
	}
	return kept, v.keep(ctx, id, kept)
}

func (v *vault) kept(ctx context.Context, id ConnectionID) (string, error) {
	return v.open(ctx, id, "network_sessions", `SELECT sealed FROM network_sessions WHERE connection_id = $1`)
}

// open returns what a query finds, opened, empty if it is none.
func (v *vault) open(ctx context.Context, id ConnectionID, kind, query string) (string, error) {
	var found [][]byte
	if err := v.db.SelectContext(ctx, &found, query, id); err != nil {
		return "", postgres.Fault(err, "thing.connection", "id", id)
	}
	if len(found) == 0 || found[0] == nil {
		return "", nil
	}
	text, err := v.box.Open(found[0], beside(kind, id)...)
	return string(text), err
}

// keep keeps a session, also while the process is told to stop: the one before
// may hold no longer.
func (v *vault) keep(ctx context.Context, id ConnectionID, session string) error {
	_, err := postgres.Exec(postgres.Aside(context.WithoutCancel(ctx)), v.db, `
		INSERT INTO network_sessions (connection_id, sealed) VALUES ($1, $2)
		ON CONFLICT (connection_id) DO UPDATE SET sealed = excluded.sealed, renewing_until = NULL`,
		id, v.box.Seal([]byte(session), beside("network_sessions", id)...))
	return postgres.Fault(err, "thing.connection", "id", id)
}

func (v *vault) release(ctx context.Context, id ConnectionID) error {
	_, err := postgres.Exec(postgres.Aside(context.WithoutCancel(ctx)), v.db,
		`UPDATE network_sessions SET renewing_until = NULL WHERE connection_id = $1`, id)
	return postgres.Fault(err, "thing.connection", "id", id)
}

// begin keeps the verifier of a page on which a person opens the account.
func (v *vault) begin(ctx context.Context, id ConnectionID, verifier string) error {
	_, err := postgres.Exec(ctx, v.db, `
		INSERT INTO network_sessions (connection_id, verifier_sealed) VALUES ($1, $2)
		ON CONFLICT (connection_id) DO UPDATE SET verifier_sealed = excluded.verifier_sealed`,
		id, v.box.Seal([]byte(verifier), beside("verifier", id)...))
	return postgres.Fault(err, "thing.connection", "id", id)
}

// verifier returns the one of the page that was opened last.
func (v *vault) verifier(ctx context.Context, id ConnectionID) (string, error) {
	text, err := v.open(ctx, id, "verifier", `SELECT verifier_sealed FROM network_sessions WHERE connection_id = $1`)
	if err == nil && text == "" {
		return "", fault.New(fault.Conflict, "networks.nothing_begun")
	}
	return text, err
}
