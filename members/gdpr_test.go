package members

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"keur/internal/fault"
)

func TestExport(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), context.Background()
	if _, err := d.Declare(ctx, d.nl, "city", Text); err != nil {
		t.Fatal(err)
	}
	m, err := d.Create(ctx, Newcomer{Label: d.nl, Address: "Jan@x.nl", Attributes: map[string]any{"city": "Breda"}, Consents: []Consent{consent(d.clock.Now())}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Suppress(ctx, nil, m.ID, d.nl, Manual, "asked by telephone", nil); err != nil {
		t.Fatal(err)
	}
	if err := d.SetPreferences(ctx, m.ID, Preferences{Label: d.nl}); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`INSERT INTO soft_bounces (member_id, send_id, at) VALUES ($1, 7, now())`,
		`INSERT INTO conversions (network, transaction_ref, member_id, status, currency, occurred_at) VALUES ('awin', 'T-1', $1, 'pending', 'EUR', now())`,
	} {
		if _, err := d.owner.Exec(q, m.ID); err != nil {
			t.Fatal(err)
		}
	}
	e, err := d.Export(ctx, m.ID)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Jan@x.nl", "Breda", "Ja, stuur mij acties", "asked by telephone", `"off_topics":[]`, `"send_id":7`, "T-1", `"events":[]`, `"imprint_name":"X"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the export lacks %s: %s", want, text)
		}
	}
	if _, err := d.Export(ctx, m.ID+1); !fault.Is(err, fault.NotFound) {
		t.Errorf("nobody: %v", err)
	}
}

// TestEraseLeavesNoAddress looks for the address in each column of each table.
func TestEraseLeavesNoAddress(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), context.Background()
	const address = "Weg.Ermee@xn--mller-kva.de"
	m, err := d.Create(ctx, Newcomer{Label: d.nl, Address: address, Consents: []Consent{consent(d.clock.Now())}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Suppress(ctx, nil, m.ID, d.nl, Unsubscribe, "one-click", nil); err != nil {
		t.Fatal(err)
	}
	d.load(t, ImportOptions{}, "email;geboortedatum\n"+address+";nooit\n")
	for _, q := range []string{
		`INSERT INTO notices (key, recipient, subject, body) VALUES ('a', $1, 'about ' || $1, 'x')`,
		`INSERT INTO notices (key, recipient, subject, body, error) VALUES ('b', 'user@x.nl', 'about', 'x', '550 ' || lower($1))`,
		`WITH u AS (INSERT INTO users (email, name) VALUES ('user@x.nl', 'U') RETURNING id)
		 INSERT INTO idempotency_keys (user_id, key, request_hash, of_members, response) SELECT id, 'k', 'h', true, convert_to('{"address":"' || $1 || '"}', 'UTF8') FROM u`,
	} {
		if _, err := d.owner.Exec(q, address); err != nil {
			t.Fatal(err)
		}
	}
	d.reason = "the letter of WEG.ermee@xn--mller-kva.de, of May"
	if err := d.erase(m.ID); err != nil {
		t.Fatal(err)
	}
	if n := d.count(t, `SELECT count(*) FROM erasure_requests WHERE reason = 'the letter of …, of May'`); n != 1 {
		t.Error("it isn't said any more why the member was erased")
	}
	var tables []string
	if err := d.owner.Select(&tables, `
		SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`); err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		var n int
		if err := d.owner.Get(&n, `
			SELECT count(*) FROM `+table+` x WHERE position(lower($1) in lower(to_jsonb(x)::text)) > 0
			    OR position(encode(convert_to($1, 'UTF8'), 'hex') in to_jsonb(x)::text) > 0`, address); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			t.Errorf("%s still has the address", table)
		}
	}
	if err := d.erase(m.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("erased twice: %v", err)
	}
	if _, err := d.Create(ctx, Newcomer{Label: d.de, Address: strings.ToUpper(address)}); !fault.Is(err, fault.Conflict) {
		t.Errorf("an erased member came back: %v", err)
	}
}
