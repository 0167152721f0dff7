package networks

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/postgres"
	"keur/internal/seal"
)

// maxCredential bounds one of the credentials.
const maxCredential = 2000

// validate returns everything that is wrong with credentials for a network.
func (c Credentials) validate(can Capabilities) error {
	var wrong fault.List
	known := map[string]bool{}
	for _, f := range can.Fields {
		known[f.Name] = true
		if value := c[f.Name]; value == "" && !f.Optional || !form.Line(value, maxCredential) {
			wrong.Add("credentials."+f.Name, "networks.credential", "most", maxCredential)
		}
	}
	for name := range c {
		if !known[name] {
			wrong.Add("credentials", "networks.no_such_credential")
		}
	}
	return wrong.Err()
}

// vault keeps what opens accounts at networks, sealed.
type vault struct {
	db  *sqlx.DB
	box *seal.Box
}

// beside names what a connection's secrets are sealed beside.
func beside(kind string, id ConnectionID) []string {
	return []string{kind, strconv.Itoa(int(id))}
}

// put keeps a connection's credentials in place of those before, and its account
// where they name it. What the network gave for the ones before is dropped, and
// its questions are due.
func (v *vault) put(ctx context.Context, of Connection, c Credentials, now time.Time) error {
	id := of.ID
	text, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("credentials of connection %d: %w", id, err)
	}
	sealed := v.box.Seal(text, beside("network_credentials", id)...)
	return postgres.InTx(ctx, v.db, func(tx *sqlx.Tx) error {
		for _, write := range []struct {
			query string
			args  []any
		}{
			{`UPDATE network_connections SET publisher_ref = $2, version = version + 1 WHERE id = $1 AND publisher_ref <> $2`,
				[]any{id, of.Publisher}},
			{`INSERT INTO network_credentials (connection_id, sealed, set_at) VALUES ($1, $2, $3)
				ON CONFLICT (connection_id) DO UPDATE SET sealed = excluded.sealed, set_at = excluded.set_at`, []any{id, sealed, now}},
			{`UPDATE network_sessions SET sealed = NULL, verifier_sealed = NULL WHERE connection_id = $1`, []any{id}},
			{`UPDATE network_sweeps SET due_at = $2, failures = 0, problem = NULL, turn = turn + 1 WHERE connection_id = $1`,
				[]any{id, now}},
		} {
			if _, err := tx.ExecContext(ctx, write.query, write.args...); err != nil {
				return refused(err, of)
			}
		}
		return nil
	})
}

// credentials returns a connection's, nil if it has none.
func (v *vault) credentials(ctx context.Context, id ConnectionID) (Credentials, error) {
	var found [][]byte
	if err := v.db.SelectContext(ctx, &found, `SELECT sealed FROM network_credentials WHERE connection_id = $1`, id); err != nil {
		return nil, postgres.Fault(err, "thing.connection", "id", id)
	}
	if len(found) == 0 {
		return nil, nil
	}
	text, err := v.box.Open(found[0], beside("network_credentials", id)...)
	if err != nil {
		return nil, err
	}
	var c Credentials
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("credentials of connection %d: %w", id, err)
	}
	return c, nil
}
