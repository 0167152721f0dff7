package networktest

import (
	"cmp"
	"maps"
	"strings"
	"testing"
	"time"

	"keur/internal/fault"
	"keur/networks"
	"keur/networks/simulators"
)

// The network forgets the session before its time, and later it is past: either
// way the question is answered, and what was renewed holds from then on.
func session(t *testing.T, a *account) {
	a.Appear(simulators.Sale{Ref: "6001", Programme: "15883", Sale: 1000, Commission: 50})
	for range 3 {
		if found := numbers(a.lately(t)); found["6001"] == 0 {
			t.Fatalf("it says %v", found)
		}
		a.Coming(simulators.Forgets)
		if found := numbers(a.lately(t)); found["6001"] == 0 {
			t.Fatalf("after the session was lost it says %v", found)
		}
		a.clock.Add(2 * time.Hour)
	}
	before := a.Calls()
	a.lately(t)
	if calls, sweeps := a.Calls()-before, len(a.Capabilities().Sweeps); calls > 3*sweeps+3 {
		t.Errorf("%d sweeps took %d calls: what was renewed isn't kept", sweeps, calls)
	}
}

// What is beyond the limit isn't asked at once again, nor taken for an answer.
func limit(t *testing.T, a *account) {
	a.lately(t)
	before := a.Calls()
	a.Coming(simulators.Throttles)
	_, err := a.ask(t.Context(), networks.Occurred, begun.AddDate(0, 0, -1), begun)
	wait, is := networks.AsWait(err)
	if !is || wait.Until.Before(a.clock.Now().Add(a.Capabilities().Limit.Penalty)) {
		t.Errorf("told to wait, it says %v", err)
	}
	if a.Calls() != before+1 {
		t.Errorf("told to wait, it called %d times more", a.Calls()-before-1)
	}
	a.lately(t)
}

// An error is no empty answer, whatever its code, and repeats no secret.
func trouble(t *testing.T, a *account) {
	a.Appear(simulators.Sale{Ref: "7001", Programme: "15883", Sale: 1000, Commission: 50})
	a.lately(t)
	for _, wrong := range []simulators.Mischief{simulators.Stumbles, simulators.Mumbles, simulators.Blunders} {
		a.Coming(wrong)
		got, err := a.ask(t.Context(), networks.Occurred, begun.AddDate(0, 0, -1), begun)
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("when it %s, it says %+v, %v", wrong, got, err)
		}
		a.leaks(t, err)
	}
	if found := numbers(a.lately(t)); found["7001"] == 0 {
		t.Errorf("after its trouble it says %v", found)
	}
}

// leaks fails if an error says a credential.
func (a *account) leaks(t *testing.T, err error) {
	t.Helper()
	for _, f := range a.Capabilities().Fields {
		if secret := a.Credentials[f.Name]; err != nil && f.Secret && secret != "" && strings.Contains(err.Error(), secret) {
			t.Errorf("an error says the %s: %v", f.Name, err)
		}
	}
}

func credentials(t *testing.T, a *account) {
	a.client.Credentials = maps.Clone(a.Credentials)
	for _, f := range a.Capabilities().Fields {
		if f.Secret {
			a.client.Credentials[f.Name] = "wrong"
		}
	}
	a.Forget()
	a.clock.Add(24 * time.Hour)
	_, err := a.ask(t.Context(), networks.Occurred, begun.AddDate(0, 0, -1), begun)
	if !networks.IsRefused(err) {
		t.Errorf("with wrong credentials it says %v", err)
	}
	a.leaks(t, err)
}

// A word that nobody knows is pending, and listed. An amount that can't be read
// is never guessed, and holds up no other.
func unknown(t *testing.T, a *account) {
	a.Appear(simulators.Sale{Ref: "8001", Programme: "15883", Sale: 1000, Commission: 50, Word: "on_hold"})
	a.Appear(simulators.Sale{Ref: "8002", Programme: "15883", Sale: 1000, Commission: 50, Broken: true})
	a.Appear(simulators.Sale{Ref: "8003", Programme: "15883", Sale: 1000, Commission: 50, Currency: "GBP"})
	got := a.lately(t)
	found := map[string]networks.Report{}
	for _, r := range got.Reports {
		found[r.Transaction] = r
	}
	if r := found["8001"]; r.Status != networks.Pending || r.Unknown != "on_hold" {
		t.Errorf("an unknown word is %s, %q", r.Status, r.Unknown)
	}
	if r := found["8003"]; r.Currency != cmp.Or(a.Server.Currency, "GBP") || r.Commission != 50 {
		t.Errorf("pounds are %+v", r)
	}
	if _, is := found["8002"]; is || len(got.Unread) == 0 || got.Unread[0].Ref != "8002" || got.Unread[0].Err == nil ||
		!strings.Contains(string(got.Unread[0].Raw), "8002") {
		t.Errorf("an amount that is none is %+v; unread are %+v", found["8002"], got.Unread)
	}
}
