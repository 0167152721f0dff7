package postback_test

import (
	"net/url"
	"testing"
	"time"

	"keur/internal/fault"
	"keur/networks"
	"keur/networks/postback"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func read(t *testing.T, query string) (networks.Report, error) {
	t.Helper()
	form, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return postback.Read(form, now)
}

func TestReadsWhatTheParametersSay(t *testing.T) {
	t.Parallel()
	r, err := read(t, "transaction=A1&programme=7&currency=jpy&amount=1200&commission=60&subid=x&order=N-1"+
		"&status=Goedgekeurd&time=2026-11-20T10:00:00%2B01:00")
	if err != nil {
		t.Fatal(err)
	}
	if r.Sale != 1200 || r.Commission != 60 || r.Currency != "JPY" || r.Status != networks.Approved ||
		r.Unknown != "" || !r.At.Equal(now) ||
		!r.Occurred.Equal(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)) {
		t.Errorf("read %+v", r)
	}
	// A new sale is of its own moment, so that a verdict that came before it in
	// the post still counts.
	r, err = read(t, "transaction=A1&programme=7&currency=EUR&time=2026-11-20")
	if err != nil || r.Status != networks.Pending || !r.At.Equal(r.Occurred) {
		t.Errorf("a new sale is %+v, %v", r, err)
	}
	r, err = read(t, "transaction=A1&programme=7&currency=EUR&status=stalled")
	if err != nil || r.Status != networks.Pending || r.Unknown != "stalled" {
		t.Errorf("an unknown status is %+v, %v", r, err)
	}
	for _, wrong := range []string{
		"currency=EUR&amount=1,50", "currency=&amount=1", "currency=EUR&time=now", "currency=EUR&clicked=1",
		"currency=EUR&changed=2026-13-01",
	} {
		if r, err := read(t, wrong); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s is read as %+v, %v", wrong, r, err)
		}
	}
}

// What two networks use in two ways is never guessed.
func TestStatusWords(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]networks.Status{
		"PENDING": networks.Pending, "offen": networks.Pending, "En attente": networks.Pending, " bevestigd ": networks.Approved,
		"Bestätigt":   networks.Approved,
		"disapproved": networks.Declined, "Storniert": networks.Declined, "annulé": networks.Declined, "deleted": networks.Deleted,
	} {
		if got, known := networks.StatusOf(word); !known || got != want {
			t.Errorf("%q is %s, %t", word, got, known)
		}
	}
	for _, word := range []string{"", "2", "closed", "mixed", "paid", "approved_but_stalled", "extended"} {
		if got, known := networks.StatusOf(word); known || got != networks.Pending {
			t.Errorf("%q is %s, %t", word, got, known)
		}
	}
}
